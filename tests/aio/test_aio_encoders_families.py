"""Every family of checkpoint: small random models in the published file form, blocks compared."""

import json
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import save_file
from torch import nn

from omnireid.aio.encoders import load_encoder
from omnireid.errors import ModelError

SHAPE = {
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
VISION = {**SHAPE, "image_size": 32, "patch_size": 16}
TEXT = {
    **SHAPE,
    "vocab_size": 30,
    "max_position_embeddings": 8,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
DINO = {k: v for k, v in SHAPE.items() if k != "intermediate_size"}


def two_towers(config, model):
    return lambda: model(config(text_config=TEXT, vision_config=VISION))


# name: (model, suffix of the name, where the tower is, its entry norm, its exit norm, its words)
FAMILIES = {
    "clip": (
        two_towers(transformers.CLIPConfig, transformers.CLIPModel),
        *("", "vision_model", "pre_layrnorm", "post_layernorm", None),
    ),
    "clip#text": (
        two_towers(transformers.CLIPConfig, transformers.CLIPModel),
        *("#text", "text_model", None, "final_layer_norm", "embeddings.token_embedding"),
    ),
    "clip-vision": (
        lambda: transformers.CLIPVisionModel(
            transformers.CLIPVisionConfig(**VISION, hidden_act="gelu")
        ),
        *("", "", "pre_layrnorm", "post_layernorm", None),
    ),
    "clip-text": (
        lambda: transformers.CLIPTextModel(transformers.CLIPTextConfig(**TEXT)),
        *("", "", None, "final_layer_norm", "embeddings.token_embedding"),
    ),
    "siglip#vision": (
        two_towers(transformers.SiglipConfig, transformers.SiglipModel),
        *("#vision", "vision_model", None, "post_layernorm", None),
    ),
    "siglip#text": (
        two_towers(transformers.SiglipConfig, transformers.SiglipModel),
        *("#text", "text_model", None, "final_layer_norm", "embeddings.token_embedding"),
    ),
    "siglip2": (
        lambda: transformers.Siglip2Model(
            transformers.Siglip2Config(
                text_config=TEXT, vision_config={**SHAPE, "patch_size": 16, "num_patches": 4}
            )
        ),
        *("", "vision_model", None, "post_layernorm", None),
    ),
    "dinov2": (
        lambda: transformers.Dinov2Model(
            transformers.Dinov2Config(**DINO, mlp_ratio=2, image_size=28)
        ),
        *("", "", None, "layernorm", None),
    ),
    "xlm-roberta": (
        lambda: transformers.XLMRobertaModel(transformers.XLMRobertaConfig(**TEXT)),
        *("#text", "", "embeddings.LayerNorm", None, "embeddings.word_embeddings"),
    ),
    "masked-lm": (  # the same blocks under a head, as many text models are published
        lambda: transformers.XLMRobertaForMaskedLM(transformers.XLMRobertaConfig(**TEXT)),
        *("", "roberta", "embeddings.LayerNorm", None, "embeddings.word_embeddings"),
    ),
}


def randomise(module: nn.Module, seed: int = 0) -> nn.Module:
    """Every weight at random: a norm or scale left out would otherwise be 1 and go unseen."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return module.eval()


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    mask = torch.ones(2, 7, dtype=torch.bool)
    mask[1, 4:] = False
    return torch.randn(2, 7, 24, generator=torch.Generator().manual_seed(8)), mask


def additive(mask: torch.Tensor) -> torch.Tensor:
    return torch.zeros(mask.shape)[:, None, None].masked_fill(~mask[:, None, None], -1e9)


def part(module: nn.Module, path: str | None) -> nn.Module:
    return nn.Identity() if path is None else module.get_submodule(path)


@pytest.mark.parametrize("family", FAMILIES)
def test_blocks_equal_the_librarys_own(family, batch, tmp_path):
    make, suffix, tower, entry, leave, words = FAMILIES[family]
    model = randomise(make())
    model.save_pretrained(tmp_path)
    encoder = load_encoder(f"local-dir:{tmp_path}{suffix}")
    assert all(p.dtype == torch.float32 for p in encoder.parameters())
    # In double precision, so that a difference is one of meaning and not of rounding.
    model, encoder = model.double(), encoder.double()
    tokens, mask = batch[0].double(), batch[1]
    reference = model.get_submodule(tower) if tower else model
    with torch.no_grad():
        hidden = reference.encoder(
            part(reference, entry)(tokens), attention_mask=additive(mask).double()
        )
        expected = part(reference, leave)(hidden.last_hidden_state)
        got = encoder(tokens, mask)
    assert expected[mask].std() > 0.05
    assert (got - expected)[mask].abs().max() < 1e-9
    table = encoder.word_embedding()
    assert (table is None) == (words is None)
    if words is not None:
        assert torch.equal(table.double(), part(reference, words).weight)
    assert not any(p.requires_grad for p in encoder.parameters())


def test_shards_are_joined(batch, tmp_path):
    model = randomise(transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**VISION)))
    model.save_pretrained(tmp_path / "one")
    model.save_pretrained(tmp_path / "many", max_shard_size="20KB")
    assert not (tmp_path / "many" / "model.safetensors").exists()
    one, many = (load_encoder(f"local-dir:{tmp_path / n}") for n in ("one", "many"))
    assert torch.equal(one(*batch), many(*batch))


def register(folder: Path, monkeypatch, **changes) -> dict:
    """A user's own registry file beside its weights; returns the card as written."""
    card = {
        "name": "mine",
        "kind": "vit-blocks",
        "origin": "test",
        "licence": "none",
        "width": 24,
        "layers": 2,
        "heads": 4,
        "mlp_width": 96,
        "activation": "gelu",
        "norm_eps": 1e-5,
        "weights": {"file": "weights.pth", "folder": "."},
        **changes,
    }
    (folder / "mine.json").write_text(json.dumps(card))
    monkeypatch.setenv("OMNIREID_ENCODERS", str(folder))
    return card


class ViTBlock(nn.Module):
    """A ViT block with the attribute names of timm, which Meta-Transformer's file has."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = nn.Module()
        self.attn.qkv, self.attn.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Module()
        self.mlp.fc1, self.mlp.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x):
        length, width = x.shape
        parts = self.attn.qkv(self.norm1(x)).chunk(3, dim=-1)
        q, k, v = (p.view(length, self.heads, -1).transpose(0, 1) for p in parts)
        weights = (q @ k.transpose(1, 2) / (width // self.heads) ** 0.5).softmax(-1)
        x = x + self.attn.proj((weights @ v).transpose(0, 1).reshape(length, width))
        return x + self.mlp.fc2(nn.functional.gelu(self.mlp.fc1(self.norm2(x))))


def test_meta_transformer_checkpoint(batch, tmp_path, monkeypatch):
    blocks = randomise(nn.Sequential(ViTBlock(24, 4), ViTBlock(24, 4)))
    assert "0.attn.qkv.weight" in blocks.state_dict()
    torch.save(blocks.state_dict(), tmp_path / "weights.pth")
    register(tmp_path, monkeypatch)
    tokens, mask = batch
    with torch.no_grad():
        got = load_encoder("mine")(tokens, mask)
        expected = torch.cat([blocks(tokens[0]), blocks(tokens[1, :4])])
    assert (got[mask] - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.mark.parametrize("tower", ["vision", "text"])
def test_open_clip_checkpoint(tower, batch, tmp_path, monkeypatch):
    generator = torch.Generator().manual_seed(5)
    root = {"vision": "visual.", "text": ""}[tower]
    block = root + "transformer.resblocks.{}."
    attention, tensors = nn.MultiheadAttention(24, 4, batch_first=True), {}
    for index in range(2):
        for name, shape in {
            "attn.in_proj_weight": (72, 24),
            "attn.in_proj_bias": (72,),
            "attn.out_proj.weight": (24, 24),
            "attn.out_proj.bias": (24,),
            "mlp.c_fc.weight": (96, 24),
            "mlp.c_fc.bias": (96,),
            "mlp.c_proj.weight": (24, 96),
            "mlp.c_proj.bias": (24,),
            **{f"ln_{n}.{s}": (24,) for n in (1, 2) for s in ("weight", "bias")},
        }.items():
            tensors[block.format(index) + name] = torch.randn(shape, generator=generator) * 0.3
    for norm in ("ln_pre", "ln_post") if tower == "vision" else ("ln_final",):
        for suffix in ("weight", "bias"):
            tensors[f"{root}{norm}.{suffix}"] = torch.randn(24, generator=generator)
    tensors["token_embedding.weight"] = torch.randn(30, 24, generator=generator)
    save_file(tensors, tmp_path / "open_clip_model.safetensors")
    register(
        tmp_path,
        monkeypatch,
        kind=f"open-clip-{tower}",
        weights={"file": "open_clip_model.safetensors", "folder": "."},
    )

    def norm(x, name):
        return nn.functional.layer_norm(
            x, (24,), tensors[name + ".weight"], tensors[name + ".bias"]
        )

    def linear(x, name):
        return x @ tensors[name + ".weight"].T + tensors[name + ".bias"]

    tokens, mask = batch
    with torch.no_grad():
        x = norm(tokens, "visual.ln_pre") if tower == "vision" else tokens
        for index in range(2):
            at = block.format(index)
            attention.load_state_dict(
                {k.split("attn.")[1]: v for k, v in tensors.items() if k.startswith(at + "attn.")}
            )
            y = norm(x, at + "ln_1")
            x = x + attention(y, y, y, key_padding_mask=~mask)[0]
            y = nn.functional.gelu(linear(norm(x, at + "ln_2"), at + "mlp.c_fc"))
            x = x + linear(y, at + "mlp.c_proj")
        expected = norm(x, "visual.ln_post" if tower == "vision" else "ln_final")
        encoder = load_encoder("mine")
        got = encoder(tokens, mask)
    assert (got - expected)[mask].abs().max() < 1e-4 * expected[mask].abs().max()
    table = encoder.word_embedding()
    assert table is None if tower == "vision" else table.shape == (30, 24)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"layers": 3}, "3 blocks expected, 2 found"),
        ({"mlp_width": 95}, "size mismatch"),
        ({"kind": "dinov2"}, "holds no blocks of the kind dinov2"),
    ],
)
def test_weights_that_do_not_fit_the_card_are_refused(changes, why, tmp_path, monkeypatch):
    torch.save(
        nn.Sequential(ViTBlock(24, 4), ViTBlock(24, 4)).state_dict(), tmp_path / "weights.pth"
    )
    register(tmp_path, monkeypatch, **changes)
    with pytest.raises(ModelError, match=why):
        load_encoder("mine")


def test_a_missing_tensor_is_named(tmp_path, monkeypatch):
    state = nn.Sequential(ViTBlock(24, 4), ViTBlock(24, 4)).state_dict()
    del state["1.mlp.fc2.bias"]
    torch.save(state, tmp_path / "weights.pth")
    register(tmp_path, monkeypatch)
    with pytest.raises(ModelError, match=r"1\.mlp\.fc2\.bias is missing"):
        load_encoder("mine")

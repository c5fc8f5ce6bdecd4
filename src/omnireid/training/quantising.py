"""Graphs made small: the word table in int8 rows, and whole graphs that compute in int8."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from onnxruntime import quantization

from omnireid.observation import IMAGE_MODALITIES, Modality

Pictures = Mapping[Modality, npt.NDArray[np.uint8]]

_TABLE = "table"
_STEPS = 127


def store_words_int8(path: Path) -> None:
    """Rewrite the text graph so that each word's row lies in the file as int8 with one scale.

    The rows are restored to float32 when they are looked up: a quarter of the bytes, a rounding of
    at most half a step of 127.
    """
    model = onnx.load(str(path))
    graph = model.graph
    weight = next(one for one in graph.initializer if one.name == _TABLE)
    rows = numpy_helper.to_array(weight).astype(np.float32)
    scale = np.maximum(np.abs(rows).max(1, keepdims=True), 1e-12) / _STEPS
    stored = np.rint(rows / scale).astype(np.int8)
    graph.initializer.remove(weight)
    graph.initializer.append(numpy_helper.from_array(stored, f"{_TABLE}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{_TABLE}.scale"))
    nodes = []
    for node in graph.node:
        if node.op_type != "Gather" or node.input[0] != _TABLE:
            nodes.append(node)
            continue
        ids, found = node.input[1], node.output[0]
        make = onnx.helper.make_node
        nodes += [
            make("Gather", [f"{_TABLE}.int8", ids], [f"{found}.int8"]),
            make("Cast", [f"{found}.int8"], [f"{found}.cast"], to=onnx.TensorProto.FLOAT),
            make("Gather", [f"{_TABLE}.scale", ids], [f"{found}.scale"]),
            make("Mul", [f"{found}.cast", f"{found}.scale"], [found]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def compute_in_int8(folder: Path, pictures: Pictures) -> None:
    """Rewrite the graphs of a folder of float32 graphs to compute in int8.

    Convolutions with ranges measured on `pictures` ((n, H, W, 3) for each image modality);
    products of the encoder and the text tokenizer with ranges measured on each input.
    """
    # Its advice on pre-processing is for graphs that were not made here.
    logging.getLogger().setLevel(max(logging.getLogger().level, logging.ERROR))
    for modality in IMAGE_MODALITIES:
        path = folder / f"{modality}.onnx"
        quantization.quantize_static(
            str(path),
            str(path),
            _Batches(pictures[modality]),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
        )
    for name in (Modality.TEXT.value, "encoder"):
        path = folder / f"{name}.onnx"
        quantization.quantize_dynamic(
            str(path), str(path), op_types_to_quantize=["MatMul"], per_channel=True
        )


class _Batches(quantization.CalibrationDataReader):
    """The pictures in batches, as ONNX Runtime asks for them."""

    def __init__(self, pictures: npt.NDArray[np.uint8], size: int = 32) -> None:
        self._left: Iterator[npt.NDArray[np.uint8]] = (
            pictures[first : first + size] for first in range(0, len(pictures), size)
        )

    def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
        batch = next(self._left, None)
        return None if batch is None else {"pictures": batch}

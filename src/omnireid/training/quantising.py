"""Graphs made small: words and large weights stored in int8, and graphs that compute in int8."""

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
_LARGE = 65536
"""Weights of products with at least so many numbers are stored as int8."""
_LEAST = 1e-12
_NARROW = 64
"""Products with fewer columns (the learned looks' scores) cost nothing and stay as they are."""


def store_words_int8(path: Path) -> None:
    """Rewrite the text graph so that each word's row lies in the file as int8 with one scale.

    The rows are restored to float32 when they are looked up: a quarter of the bytes, a rounding of
    at most half a step of 127.
    """
    model = onnx.load(str(path))
    graph = model.graph
    weight = next(one for one in graph.initializer if one.name == _TABLE)
    rows = numpy_helper.to_array(weight).astype(np.float32)
    stored, scale = _in_steps(rows, axis=1)
    graph.initializer.remove(weight)
    graph.initializer.append(numpy_helper.from_array(stored, f"{_TABLE}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{_TABLE}.scale"))
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


def store_products_int8(path: Path) -> None:
    """Rewrite a graph so that the large weights of its products lie in the file as int8.

    Each column has a scale of its own; ONNX Runtime restores float32 weights when it loads the
    graph, so that the arithmetic stays float32.
    """
    model = onnx.load(str(path))
    graph = model.graph
    weights = {one.name: one for one in graph.initializer}
    restored: list[onnx.NodeProto] = []
    make = onnx.helper.make_node
    for node in graph.node:
        name = node.input[1] if node.op_type in ("MatMul", "Gemm") else ""
        if name not in weights or np.prod(weights[name].dims) < _LARGE:
            continue
        weight = weights.pop(name)
        # torch writes a linear layer over (B, D) as Gemm, with the weight as it is kept.
        axis = 1 if node.op_type == "Gemm" else 0
        stored, scale = _in_steps(numpy_helper.to_array(weight).astype(np.float32), axis=axis)
        graph.initializer.remove(weight)
        graph.initializer.append(numpy_helper.from_array(stored, f"{name}.int8"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        restored += [
            make("Cast", [f"{name}.int8"], [f"{name}.cast"], to=onnx.TensorProto.FLOAT),
            make("Mul", [f"{name}.cast", f"{name}.scale"], [name]),
        ]
    nodes = [*restored, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def compute_in_int8(folder: Path, pictures: Pictures) -> None:
    """Rewrite the graphs of a folder of float32 graphs to compute in int8.

    Convolutions with ranges measured on `pictures` ((n, H, W, 3) for each image modality);
    products of the encoder and the text tokenizer with a range of each token's own.
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
        _compute_products_in_int8(folder / f"{name}.onnx")


def _compute_products_in_int8(path: Path) -> None:
    """Rewrite products with fixed weights: int8 steps of each row, and of each weight's column.

    ONNX Runtime's own dynamic quantisation takes one range of the whole batch, so that a vector
    would depend on what else is encoded beside it.
    """
    model = onnx.load(str(path))
    graph = model.graph
    weights = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    small: dict[str, npt.NDArray[np.generic]] = {
        "int8.least": np.float32(_LEAST).reshape(1),
        "int8.steps": np.float32(_STEPS).reshape(1),
        # Rows lie around 128: int8 by int8 takes ONNX Runtime four times as long as uint8 by int8.
        "int8.middle": np.float32(128).reshape(1),
        "int8.zero": np.array(128, np.uint8),
    }
    for node in graph.node:
        weight = _fixed_weight(node, weights)
        if weight is None or weight.shape[1] < _NARROW:
            nodes.append(node)
            continue
        name = node.output[0]
        small[f"{name}.weight"], columns = _in_steps(weight, axis=0)
        small[f"{name}.columns"] = columns[0]
        nodes += _product(node, name)
    used = {value for node in nodes for value in node.input}
    for one in list(graph.initializer):
        if one.name not in used:
            graph.initializer.remove(one)
    graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in small.items() if k in used)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _fixed_weight(
    node: onnx.NodeProto, weights: Mapping[str, npt.NDArray[np.generic]]
) -> npt.NDArray[np.float32] | None:
    """The weight (inputs, outputs) of a product, where it has one."""
    if node.op_type not in ("MatMul", "Gemm") or node.input[1] not in weights:
        return None
    weight: npt.NDArray[np.float32] = weights[node.input[1]].astype(np.float32)
    # torch writes a linear layer over (B, D) as Gemm, with the weight as it is kept.
    return weight.T if node.op_type == "Gemm" else weight


def _product(node: onnx.NodeProto, name: str) -> Iterator[onnx.NodeProto]:
    """The nodes that take the place of one product."""
    make = onnx.helper.make_node
    values, bias = node.input[0], node.input[2:3]
    scaled = f"{name}.scaled" if bias else name
    yield make("Abs", [values], [f"{name}.sizes"])
    yield make("ReduceMax", [f"{name}.sizes"], [f"{name}.top"], axes=[-1], keepdims=1)
    yield make("Max", [f"{name}.top", "int8.least"], [f"{name}.range"])
    yield make("Div", [f"{name}.range", "int8.steps"], [f"{name}.step"])
    yield make("Div", [values, f"{name}.step"], [f"{name}.exact"])
    yield make("Round", [f"{name}.exact"], [f"{name}.rounded"])
    yield make("Add", [f"{name}.rounded", "int8.middle"], [f"{name}.lifted"])
    yield make("Cast", [f"{name}.lifted"], [f"{name}.rows"], to=onnx.TensorProto.UINT8)
    yield make("MatMulInteger", [f"{name}.rows", f"{name}.weight", "int8.zero"], [f"{name}.sums"])
    yield make("Cast", [f"{name}.sums"], [f"{name}.counted"], to=onnx.TensorProto.FLOAT)
    yield make("Mul", [f"{name}.counted", f"{name}.step"], [f"{name}.by_row"])
    yield make("Mul", [f"{name}.by_row", f"{name}.columns"], [scaled])
    if bias:
        yield make("Add", [scaled, *bias], [name])


def _in_steps(
    values: npt.NDArray[np.float32], *, axis: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Whole steps, -127 to 127, and how long a step is along `axis` (which is kept)."""
    top = np.maximum(np.abs(values).max(axis, keepdims=True), _LEAST)
    step: npt.NDArray[np.float32] = (top / _STEPS).astype(np.float32)
    return np.rint(values / step).astype(np.int8), step


class _Batches(quantization.CalibrationDataReader):
    """The pictures in batches, as ONNX Runtime asks for them."""

    def __init__(self, pictures: npt.NDArray[np.uint8], size: int = 32) -> None:
        self._left: Iterator[npt.NDArray[np.uint8]] = (
            pictures[first : first + size] for first in range(0, len(pictures), size)
        )

    def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
        batch = next(self._left, None)
        return None if batch is None else {"pictures": batch}

"""The network cut into the model folder's ONNX graphs, and their weights stored in half."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from omnireid.aio.network import AIONetwork, Tokens
from omnireid.observation import IMAGE_MODALITIES, Modality

_OPSET = 17
_HALF_FROM = 1024
"""Weights with at least so many numbers are stored as float16; the graph computes in float32."""


class PictureGraph(nn.Module):
    """uint8 pictures (n, H, W, 3) to tokens (n, L, D): scaling is part of the graph."""

    def __init__(self, network: AIONetwork, modality: Modality) -> None:
        super().__init__()
        self.tokenizer = network.image_tokenizers[modality.value]
        self.embedding = network.modality_embedding[list(Modality).index(modality)].detach()

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class."""
        tokens: Tensor = self.tokenizer(pictures.permute(0, 3, 1, 2).float() / 255.0)
        return tokens + self.embedding


class TextGraph(nn.Module):
    """Word ids (n, L) to tokens (n, L, D), from one merged word table."""

    def __init__(self, network: AIONetwork) -> None:
        super().__init__()
        self.tokenizer = network.text_tokenizer
        self.table = nn.Parameter(network.text_tokenizer.table.detach().clone())
        self.embedding = network.modality_embedding[list(Modality).index(Modality.TEXT)].detach()

    def forward(self, ids: Tensor) -> Tensor:
        """See the class."""
        return self.tokenizer.tokens_of(F.embedding(ids, self.table)) + self.embedding


class EncoderGraph(nn.Module):
    """Tokens (n, L, D), mask (n, L) and neck (n,) to the vector (n, E) and attribute logits."""

    def __init__(self, network: AIONetwork) -> None:
        super().__init__()
        self.network = network
        scale, shift = network.necks.affine()
        self.scale, self.shift = nn.Parameter(scale.detach()), nn.Parameter(shift.detach())

    def forward(self, tokens: Tensor, mask: Tensor, neck: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        _, states, seen, pooled = self.network.encode_hidden([Tokens(tokens, mask)])
        necked = pooled * self.scale[neck] + self.shift[neck]
        return F.normalize(necked, dim=1), self.network.attribute_head.read(states, seen)


def write_graphs(network: AIONetwork, folder: Path) -> tuple[str, ...]:
    """Write `rgb`, `infrared`, `sketch`, `text` and `encoder` .onnx; returns their names."""
    network = network.eval()
    config = network.config
    length = config.text_length
    for modality in IMAGE_MODALITIES:
        pictures = torch.zeros(2, config.image_height, config.image_width, 3, dtype=torch.uint8)
        _export(
            PictureGraph(network, modality),
            (pictures,),
            folder / f"{modality}.onnx",
            {"pictures": {0: "n"}, "tokens": {0: "n"}},
            1,
        )
    ids = torch.zeros(2, min(8, length), dtype=torch.int64)
    _export(
        TextGraph(network),
        (ids,),
        folder / "text.onnx",
        {"ids": {0: "n", 1: "l"}, "tokens": {0: "n", 1: "l"}},
        1,
    )
    tokens = torch.zeros(2, 9, network.encoder.width)
    mask = torch.ones(2, 9, dtype=torch.bool)
    _export(
        EncoderGraph(network),
        (tokens, mask, torch.zeros(2, dtype=torch.int64)),
        folder / "encoder.onnx",
        {
            "tokens": {0: "n", 1: "l"},
            "mask": {0: "n", 1: "l"},
            "neck": {0: "n"},
            "vector": {0: "n"},
            "attributes": {0: "n"},
        },
        3,
    )
    return tuple(f"{name}.onnx" for name in (*Modality, "encoder"))


def _export(
    graph: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    axes: dict[str, dict[int, str]],
    inputs: int,
) -> None:
    names = list(axes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.eval(),
            example,
            str(path),
            input_names=names[:inputs],
            output_names=names[inputs:],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )


def store_half(path: Path) -> None:
    """Rewrite a graph so that its large float32 weights lie in the file as float16.

    Each gets a Cast back to float32, which ONNX Runtime folds when it loads the graph: half the
    bytes on disk, the same float32 arithmetic.
    """
    model = onnx.load(str(path))
    graph = model.graph
    casts = []
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < _HALF_FROM:
            continue
        half = numpy_helper.from_array(values.astype(np.float16), f"{weight.name}.half")
        casts.append(
            onnx.helper.make_node(
                "Cast",
                [half.name],
                [weight.name],
                to=onnx.TensorProto.FLOAT,
                name=f"{weight.name}.cast",
            )
        )
        graph.initializer.remove(weight)
        graph.initializer.append(half)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))

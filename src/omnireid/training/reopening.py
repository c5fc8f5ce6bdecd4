"""A model folder opened for learning on: the weights of its graphs, put back into a network.

The exporter folds most batch norms into the convolutions before them, and stores weights rounded.
What each number of a graph was is not parsed but found: the same network with random weights is
exported too, and each of its graphs' numbers is looked up among its weights.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from omnireid.aio.network import AIONetwork
from omnireid.errors import ModelError
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.runtime.model_folder import find_model_folder, read_model_folder
from omnireid.training.batches import BatchMaker
from omnireid.training.graphs import write_graphs
from omnireid.training.module import TrainingModule

Floats = npt.NDArray[np.float32]

_GRAPHS = (*Modality, "encoder")
_TOKENIZER = {m: f"image_tokenizers.{m}." for m in IMAGE_MODALITIES} | {
    Modality.TEXT: "text_tokenizer.",
    "encoder": "",
}
"""What the network calls the tokenizer that a graph holds."""
_NECKS = ("scale", "shift")
_WORDS = "table"
_BATCHES = 12


@dataclass(frozen=True)
class Opened:
    """A model folder's weights by the names of the network's state, its words, and its origin."""

    weights: dict[str, Tensor]
    words: Tensor
    """(V, D): the row of each of the vocabulary's tokens, as it was learned."""
    vocabulary: str
    attributes: tuple[tuple[str, tuple[str, ...]], ...]
    made_of: str
    training_data: dict[str, str | int]


def open_model(name_or_path: Path, network: AIONetwork) -> Opened:
    """Read the weights of a float model folder for a network of the same make.

    A frozen encoder's weights are left out: the network has them unrounded. A batch norm that the
    exporter folded becomes one that changes nothing: `settle` makes it ready for training.

    Raises:
        ModelError: no model folder, one that computes in int8, or one of another make.
    """
    folder = find_model_folder(name_or_path)
    info = read_model_folder(folder)
    attributes = tuple((one.name, one.values) for one in info.attributes)
    template = _template(network, [len(values) for _, values in attributes])
    state = template.state_dict()
    weights: dict[str, Tensor] = {}
    words, necks = torch.empty(0), {}
    with tempfile.TemporaryDirectory() as scratch:
        write_graphs(template, Path(scratch))
        for graph in _GRAPHS:
            here, known = folder / f"{graph}.onnx", Path(scratch) / f"{graph}.onnx"
            found, marks = _numbers(here), _numbers(known)
            if {k: v.shape for k, v in found.items() if k != _WORDS} != {
                k: v.shape for k, v in marks.items() if k != _WORDS
            }:
                raise ModelError(
                    f"training cannot begin from the model in {folder}",
                    f"{graph}.onnx is not how this version writes this recipe's network as floats",
                    "give a float model made by the same version with the recipe's [network], "
                    "or a checkpoint",
                )
            if graph == Modality.TEXT:
                words = torch.from_numpy(found.pop(_WORDS))
                marks.pop(_WORDS)
            if graph == "encoder":
                necks = {name: torch.from_numpy(found.pop(name)) for name in _NECKS}
                for name in _NECKS:
                    marks.pop(name)
            for name, mark in marks.items():
                place = name.replace("tokenizer.", _TOKENIZER[graph]).removeprefix("network.")
                if place in state:
                    weights[place] = torch.from_numpy(found[name])
                else:
                    _place(weights, state, mark, found[name])
    weights |= _open_necks(*(necks[name] for name in _NECKS))
    for name, module in template.named_modules():
        if isinstance(module, nn.BatchNorm2d) and f"{name}.weight" not in weights:
            for part in ("weight", "running_mean", "running_var"):
                weights[f"{name}.{part}"] = state[f"{name}.{part}"]
    frozen = {f"encoder.{n}" for n, p in network.encoder.named_parameters() if not p.requires_grad}
    return Opened(
        weights={k: v for k, v in weights.items() if k not in frozen},
        words=words,
        vocabulary=(folder / "vocabulary.json").read_text(encoding="utf-8"),
        attributes=attributes,
        made_of=f"model {info.name} {info.version}",
        training_data=json.loads(info.training_data),
    )


def settle(module: TrainingModule, maker: BatchMaker) -> None:
    """Measure each batch norm's mean and variance anew, without changing what the network gives.

    Norms out of a model folder only say what they do at inference; in training they divide by a
    batch's spread, and each needs the weight and bias that cancel this.
    """
    norms = [m for m in module.network.modules() if isinstance(m, _BATCH_NORMS)]
    seen: dict[nn.Module, list[Tensor]] = {norm: [] for norm in norms}

    def keep(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        values = inputs[0].double().transpose(0, 1).flatten(1)
        seen[norm].append(torch.stack((values.mean(1), values.square().mean(1))))

    hooks = [norm.register_forward_pre_hook(keep) for norm in norms]
    training = module.training
    module.eval()
    with torch.inference_mode():
        for step in range(_BATCHES):
            module.read(maker.batch(step), step)
    module.train(training)
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        for norm in norms:
            if seen[norm]:
                mean, square = torch.stack(seen[norm]).mean(0).float()
                _restate(norm, mean, (square - mean.square()).clamp(min=0.0))


_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def _restate(norm: nn.Module, mean: Tensor, variance: Tensor) -> None:
    """Give a norm another mean and variance; what it does at inference stays."""
    assert isinstance(norm, _BATCH_NORMS)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    shift = norm.bias - norm.running_mean * scale
    norm.weight.copy_(scale * (variance + norm.eps).sqrt())
    norm.running_var.copy_(variance)
    # A BNNeck's bias is held at 0: its mean is known.
    if norm.bias.requires_grad:
        norm.running_mean.copy_(mean)
        norm.bias.copy_(shift + mean * scale)


def _template(network: AIONetwork, attribute_values: Sequence[int]) -> AIONetwork:
    """The network with random weights, no two alike, whose batch norms only add their bias."""
    encoder = copy.deepcopy(network.encoder)
    made = AIONetwork(network.config, encoder, torch.zeros(2, encoder.width), attribute_values)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for part in (*made.parameters(), *made.buffers()):
            if part.dtype.is_floating_point:
                part.copy_(torch.randn(part.shape, generator=generator))
        for module in made.modules():
            if isinstance(module, _BATCH_NORMS):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.mul_(1e-8)
                module.running_var.abs_().add_(0.5)
                module.weight.copy_((module.running_var + module.eps).sqrt())
    return made.eval()


def _numbers(path: Path) -> dict[str, Floats]:
    """A graph's float weights and constants by name, as they are after loading."""
    graph = onnx.load(str(path)).graph
    kept = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    kept |= {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant"
    }
    for name in [k for k in kept if k.endswith(".half")]:
        kept[name.removesuffix(".half")] = kept.pop(name).astype(np.float32)
    for name in [k for k in kept if k.endswith(".int8")]:
        plain = name.removesuffix(".int8")
        kept[plain] = kept.pop(name).astype(np.float32) * kept.pop(f"{plain}.scale")
    return {name: value.copy() for name, value in kept.items() if value.dtype == np.float32}


def _place(
    weights: dict[str, Tensor], state: Mapping[str, Tensor], mark: Floats, found: Floats
) -> None:
    """Put what was `found` in the place of the weight, or row of weights, that `mark` is.

    torch names what it folds or turns by a number of its own.
    """
    for name, value in state.items():
        for of, turned in ((value, False), (value.T if value.ndim == 2 else value, True)):
            if of.shape == mark.shape and np.allclose(of.numpy(), mark, rtol=1e-5, atol=1e-6):
                numbers = torch.from_numpy(found)
                weights[name] = (numbers.T if turned and value.ndim == 2 else numbers).contiguous()
                return
    rows = state["modality_embedding"].numpy()
    for row in range(len(rows)):
        if rows[row].shape == mark.shape and np.array_equal(rows[row], mark):
            kept = weights.setdefault("modality_embedding", torch.empty(rows.shape))
            kept[row] = torch.from_numpy(found)


def _open_necks(scale: Tensor, shift: Tensor) -> dict[str, Tensor]:
    """BNNecks that do what the scale and shift (5, E) of a graph do, their variance being 1."""
    opened: dict[str, Tensor] = {}
    for place, (factor, added) in enumerate(zip(scale, shift, strict=True)):
        name = f"necks.necks.{place}"
        opened[f"{name}.weight"] = factor * (1.0 + nn.BatchNorm1d(1).eps) ** 0.5
        opened[f"{name}.bias"] = torch.zeros_like(factor)
        opened[f"{name}.running_mean"] = -added / factor
        opened[f"{name}.running_var"] = torch.ones_like(factor)
    return opened

"""From a checkpoint to a model folder, with proof that both say the same."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from omnireid.aio.network import AIONetwork, Tokens
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.runtime import Attribute, Encoder, ModelInfo, Preprocessing, sha256_of
from omnireid.runtime.model_folder import FORMAT
from omnireid.training.checkpoint import Checkpoint, read_checkpoint
from omnireid.training.graphs import write_graphs

PARITY_LIMIT = 1e-4
"""Largest difference allowed between the exported float graphs and torch, per component."""


@dataclass(frozen=True)
class Parity:
    """How far the exported model is from torch, over every modality and a combination of all.

    `graph`: largest absolute difference of a vector's component against torch with the same
    (half-precision stored) weights: the exporter's own error. `rounding`: the same against the
    checkpoint's float32 weights: what storing them in half costs. `cosine`: the lowest cosine
    between a vector and its float32 twin.
    """

    graph: dict[str, float]
    rounding: dict[str, float]
    cosine: float

    @property
    def passed(self) -> bool:
        """Every graph is within PARITY_LIMIT."""
        return max(self.graph.values()) <= PARITY_LIMIT


def export(checkpoint: Path, folder: Path, *, seed: int = 0) -> tuple[ModelInfo, Parity]:
    """Write the model folder of a checkpoint and compare it with torch.

    The folder appears under its name only when everything in it is written and the parity holds.

    Raises:
        ModelError: the checkpoint cannot be read.
        RuntimeError: the exported graphs differ from torch by more than PARITY_LIMIT.
    """
    source = read_checkpoint(checkpoint)
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    written = write_graphs(source.network, unfinished)
    (unfinished / "vocabulary.json").write_text(source.vocabulary, encoding="utf-8")
    info = _describe(
        source, {name: sha256_of(unfinished / name) for name in (*written, "vocabulary.json")}
    )
    (unfinished / "model.json").write_text(info.model_dump_json(indent=2), encoding="utf-8")
    parity = compare(source.network, Encoder(unfinished), seed=seed)
    if not parity.passed:
        raise RuntimeError(f"the exported graphs differ from torch: {parity}")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return info, parity


def compare(network: AIONetwork, encoder: Encoder, *, seed: int = 0) -> Parity:
    """Run the same random input through torch and through the model folder's graphs."""
    rng = np.random.default_rng(seed)
    rules = encoder.info.preprocessing
    shape = (8, rules.height, rules.width, 3)
    pictures = {m: rng.integers(0, 256, shape, dtype=np.uint8) for m in IMAGE_MODALITIES}
    rows = network.text_tokenizer.row_of.shape[0]
    ids = rng.integers(0, rows, (8, 12), dtype=np.int64)
    rounded = _rounded(network)
    graph: dict[str, float] = {}
    rounding: dict[str, float] = {}
    cosine = 1.0
    for kind in (*((m,) for m in Modality), tuple(Modality)):
        exported = encoder.encode_prepared(kind, pictures, ids)
        same, exact = (_torch_vectors(n, kind, pictures, ids) for n in (rounded, network))
        name = "+".join(kind)
        graph[name] = float(np.abs(exported - same).max())
        rounding[name] = float(np.abs(exported - exact).max())
        cosine = min(cosine, float((exported * exact).sum(1).min()))
    return Parity(graph, rounding, cosine)


def _torch_vectors(
    network: AIONetwork,
    kind: tuple[Modality, ...],
    pictures: dict[Modality, npt.NDArray[np.uint8]],
    ids: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    parts: dict[Modality, Tokens] = {}
    with torch.inference_mode():
        for modality in kind:
            if modality is Modality.TEXT:
                words = torch.from_numpy(ids)
                parts[modality] = network.tokenize_text(words, torch.ones_like(words).bool())
            else:
                batch = torch.from_numpy(pictures[modality]).permute(0, 3, 1, 2).float() / 255.0
                parts[modality] = network.tokenize_pictures(modality, batch)
        vectors: npt.NDArray[np.float32] = network.encode(parts).vector.numpy()
        return vectors


def _rounded(network: AIONetwork) -> AIONetwork:
    """A copy whose weights went through half precision, as the files' have."""
    twin = copy.deepcopy(network).eval()
    with torch.no_grad():
        for module in twin.modules():
            if isinstance(module, nn.Module):
                for weight in module.parameters(recurse=False):
                    weight.copy_(weight.half().float())
        twin.text_tokenizer.kept_rows.copy_(twin.text_tokenizer.kept_rows.half().float())
    return twin


def _describe(source: Checkpoint, files: dict[str, str]) -> ModelInfo:
    config = source.config
    return ModelInfo(
        format=FORMAT,
        name=config.name,
        version=config.version,
        modalities=tuple(Modality),
        width=config.network.embedding_width,
        token_width=source.network.encoder.width,
        preprocessing=Preprocessing(
            height=config.network.image_height,
            width=config.network.image_width,
            resampling="bilinear",
            text_length=config.network.text_length,
        ),
        attributes=tuple(Attribute(name=n, values=v) for n, v in source.attributes),
        calibration={},
        frozen_encoder=config.network.encoder,
        frozen_encoder_origin=source.encoder_origin,
        licence="Apache-2.0",
        training_data=json.dumps(source.training_data, sort_keys=True),
        files=files,
    )

"""From a checkpoint to a model folder, with proof that both say the same."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from omnireid.aio.encoders import encoder_card
from omnireid.aio.network import AIONetwork, Tokens
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.runtime import Attribute, Encoder, ModelInfo, sha256_of
from omnireid.runtime.model_folder import DESCRIPTION, FORMAT
from omnireid.training.checkpoint import Checkpoint, read_checkpoint
from omnireid.training.graphs import store_half, write_graphs
from omnireid.training.pictures import picture_rules
from omnireid.training.quantising import (
    Pictures,
    compute_in_int8,
    store_products_int8,
    store_words_int8,
)

INT8_SUFFIX = "-int8"
_OURS = "Apache-2.0"
PARITY_LIMIT = 1e-4
"""Largest difference allowed between the exported float graphs and torch, per component."""


@dataclass(frozen=True)
class Parity:
    """How far the exported model is from torch, over every modality and all of them together.

    Largest absolute difference of a vector's component against the checkpoint in torch: `graph`
    of the float32 graphs, `rounding` of the files as they ship, with large weights stored in half
    precision or int8, or computing in int8. `cosine` is the lowest between a shipped
    vector and torch's.
    """

    graph: dict[str, float]
    rounding: dict[str, float]
    cosine: float

    @property
    def passed(self) -> bool:
        """Every float graph is within PARITY_LIMIT."""
        return max(self.graph.values()) <= PARITY_LIMIT


def export(
    checkpoint: Path, folder: Path, *, int8: Pictures | None = None, seed: int = 0
) -> tuple[ModelInfo, Parity]:
    """Write the model folder of a checkpoint and compare it with torch.

    The folder appears under its name only when everything in it is written and the parity holds.
    With `int8`, pictures to measure ranges on, the graphs that ship compute in int8 and the model
    is called `NAME-int8`: its vectors are a space of their own.

    Raises:
        ModelError: the checkpoint cannot be read.
        RuntimeError: the exported graphs differ from torch by more than PARITY_LIMIT.
    """
    source = read_checkpoint(checkpoint)
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    graphs = write_graphs(source.network, unfinished)
    (unfinished / "vocabulary.json").write_text(source.vocabulary, encoding="utf-8")
    suffix = "" if int8 is None else INT8_SUFFIX
    _describe(source, unfinished, suffix)
    exact = compare(source.network, Encoder(unfinished), seed=seed)
    if int8 is not None:
        compute_in_int8(unfinished, int8)
    else:
        store_products_int8(unfinished / "encoder.onnx")
    store_words_int8(unfinished / "text.onnx")
    for name in graphs:
        store_half(unfinished / name)
    info = _describe(source, unfinished, suffix)
    shipped = compare(source.network, Encoder(unfinished), seed=seed)
    parity = Parity(
        graph={kind: difference for kind, (difference, _) in exact.items()},
        rounding={kind: difference for kind, (difference, _) in shipped.items()},
        cosine=min(cosine for _, cosine in shipped.values()),
    )
    if not parity.passed:
        raise RuntimeError(f"the exported graphs differ from torch: {parity}")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return info, parity


def compare(
    network: AIONetwork, encoder: Encoder, *, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """The same random input through torch and through a model folder's graphs.

    For each kind of query: the largest absolute difference of a component, the lowest cosine.
    """
    rng = np.random.default_rng(seed)
    rules = encoder.info.preprocessing
    shape = (8, rules.height, rules.width, 3)
    pictures = {m: rng.integers(0, 256, shape, dtype=np.uint8) for m in IMAGE_MODALITIES}
    rows = len(network.text_tokenizer.start)
    ids = rng.integers(0, rows, (8, 12), dtype=np.int64)
    found: dict[str, tuple[float, float]] = {}
    for kind in (*((m,) for m in Modality), tuple(Modality)):
        exported = encoder.encode_prepared(kind, pictures, ids)
        expected = _torch_vectors(network, kind, pictures, ids)
        difference = float(np.abs(exported - expected).max())
        found["+".join(kind)] = difference, float((exported * expected).sum(1).min())
    return found


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


def _describe(source: Checkpoint, folder: Path, suffix: str) -> ModelInfo:
    """Write `model.json` over the files that lie in the folder now."""
    config = source.config
    names = sorted(path.name for path in folder.iterdir() if path.name != DESCRIPTION)
    licence = encoder_card(config.network.encoder).licence
    info = ModelInfo(
        format=FORMAT,
        name=config.name + suffix,
        version=config.version,
        modalities=tuple(Modality),
        width=config.network.embedding_width,
        token_width=source.network.encoder.width,
        preprocessing=picture_rules(config.network),
        attributes=tuple(Attribute(name=n, values=v) for n, v in source.attributes),
        calibration={},
        frozen_encoder=config.network.encoder,
        frozen_encoder_origin=source.encoder_origin,
        # The folder holds the encoder's weights too.
        licence=_OURS if licence == _OURS else f"{_OURS}; frozen encoder: {licence}",
        training_data=json.dumps(source.training_data, sort_keys=True),
        files={name: sha256_of(folder / name) for name in names},
    )
    (folder / DESCRIPTION).write_text(info.model_dump_json(indent=2), encoding="utf-8")
    return info

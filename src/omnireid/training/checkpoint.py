"""What a checkpoint holds besides weights, so that it can be exported with nothing else at hand."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from omnireid.aio.encoders import encoder_card, load_encoder
from omnireid.aio.network import AIONetwork
from omnireid.errors import ModelError
from omnireid.training.configuration import TrainingConfig

KEY = "omnireid"
BEGUN = "begun from"
"""Begins the names of what a run's training data say about the run that it learned on from."""


@dataclass(frozen=True)
class Contents:
    """Plain values stored under KEY: they load with `weights_only=True`, never by pickle."""

    config: str
    vocabulary: str
    attributes: list[tuple[str, list[str]]]
    identities: int
    training_data: dict[str, str | int]

    def as_dict(self) -> dict[str, Any]:
        """For torch.save."""
        return dict(vars(self))


@dataclass(frozen=True)
class Checkpoint:
    """A network with its weights, and how it was made."""

    network: AIONetwork
    config: TrainingConfig
    vocabulary: str
    attributes: tuple[tuple[str, tuple[str, ...]], ...]
    training_data: dict[str, str | int]
    encoder_origin: str
    step: int


def begin_from(
    path: Path,
    network: AIONetwork,
    classifier: nn.Linear,
    people: Mapping[str, str | int],
    vocabulary: str,
    shown: Collection[int],
) -> dict[str, str | int]:
    """Give a new network what another run learned, wherever both have the same part.

    A part that the other run lacks, or has in another shape, keeps its fresh weights; so does the
    identities' classifier, unless that run had the same `people` (as a run describes its training
    data), and the row of a word that the other run did not know, or that is not among `shown`, the
    ids of the words in the new people's captions: of a word that no caption shows nothing can have
    been learned. Returns what the other run was made of.

    Raises:
        ModelError: no checkpoint, or one of another frozen encoder or tokenizer.
    """
    saved, contents = _read(path)
    config = _config(path, contents)
    names = ("encoder", "encoder_layers", "encoder_seed", "image_tokenizer")
    other = [n for n in names if getattr(config.network, n) != getattr(network.config, n)]
    if other:
        raise ModelError(
            f"training cannot begin from {path}",
            f"it differs in {', '.join(other)}",
            "give the checkpoint of a run with the same, or leave --from out to start anew",
        )
    fresh = network.state_dict()
    weights = _network_weights(path, saved)
    for name in ("text_tokenizer.start", "text_tokenizer.change"):
        weights[name] = _known_rows(
            weights[name], contents.vocabulary, fresh[name], vocabulary, shown
        )
    learned = {
        name: value
        for name, value in weights.items()
        if name in fresh and fresh[name].shape == value.shape
    }
    network.load_state_dict(fresh | learned)
    if all(contents.training_data.get(name) == value for name, value in people.items()):
        classifier.load_state_dict({"weight": saved["state_dict"]["classifier.weight"]})
    return {
        BEGUN: f"{config.name} {config.version}, step {int(saved['global_step']):,}",
        **{f"{BEGUN}: {name}": value for name, value in contents.training_data.items()},
    }


def origin_of(path: Path) -> dict[str, str | int]:
    """What a checkpoint's training data say about the run that it learned on from.

    Raises:
        ModelError: no checkpoint of this project.
    """
    _, contents = _read(path)
    return {k: v for k, v in contents.training_data.items() if k.startswith(BEGUN)}


def read_checkpoint(path: Path) -> Checkpoint:
    """Load a checkpoint of `omnireid train` for export or evaluation.

    Raises:
        ModelError: not there, damaged, or no checkpoint of this project.
    """
    saved, contents = _read(path)
    config = _config(path, contents)
    weights = _network_weights(path, saved)
    encoder = load_encoder(
        config.network.encoder,
        random_weights_seed=config.network.encoder_seed,
        layers=config.network.encoder_layers,
        tuning=config.network.encoder_tuning,
    )
    network = AIONetwork(
        config.network,
        encoder,
        torch.zeros(weights["text_tokenizer.start"].shape),
        [len(values) for _, values in contents.attributes],
    )
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelError(
            f"{path} cannot be used as a checkpoint",
            "it was written by a version whose network has other parts",
            "go on from it with `omnireid train RECIPE --from` this file, then use that run's",
        ) from error
    return Checkpoint(
        network=network.eval(),
        config=config,
        vocabulary=contents.vocabulary,
        attributes=tuple((name, tuple(values)) for name, values in contents.attributes),
        training_data=contents.training_data,
        encoder_origin=encoder_card(config.network.encoder).origin,
        step=int(saved["global_step"]),
    )


def _read(path: Path) -> tuple[dict[str, Any], Contents]:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        return saved, Contents(**saved[KEY])
    # torch.load raises almost anything on damaged bytes; each is "no checkpoint" here.
    except Exception as error:
        raise ModelError(
            f"{path} cannot be used as a checkpoint",
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'unreadable'}",
            "give the path of checkpoints/last.ckpt in the folder that `omnireid train` wrote",
        ) from error


def _known_rows(
    rows: Tensor, tokens: str, fresh: Tensor, wanted: str, shown: Collection[int]
) -> Tensor:
    """The fresh word rows, with those of `rows` for the shown words that both vocabularies have."""
    place = {token: row for row, token in enumerate(json.loads(tokens)["tokens"])}
    result = fresh.clone()
    for row, token in enumerate(json.loads(wanted)["tokens"]):
        if token in place and row in shown:
            result[row] = rows[place[token]]
    return result


def _config(path: Path, contents: Contents) -> TrainingConfig:
    try:
        return TrainingConfig.model_validate_json(contents.config)
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelError(
            f"{path} cannot be used as a checkpoint",
            f"this version does not know its recipe: {'.'.join(map(str, first['loc']))}: "
            f"{first['msg']}",
            "use the version of omnireid that wrote it",
        ) from error


def _network_weights(path: Path, saved: dict[str, Any]) -> dict[str, Any]:
    weights = {
        name.removeprefix("network."): value
        for name, value in saved["state_dict"].items()
        if name.startswith("network.")
    }
    if not {"text_tokenizer.start", "text_tokenizer.change"} <= weights.keys():
        raise ModelError(
            f"{path} cannot be used as a checkpoint",
            "it was written by a version with another text tokenizer (before 0.2)",
            "train anew, without --from",
        )
    return weights

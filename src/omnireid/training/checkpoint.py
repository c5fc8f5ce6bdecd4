"""What a checkpoint holds besides weights, so that it can be exported with nothing else at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

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
class Saved:
    """What a checkpoint holds, read but not yet made into a network."""

    path: Path
    state: dict[str, Any]
    contents: Contents
    step: int

    @property
    def network(self) -> dict[str, Tensor]:
        """The network's weights by name.

        Raises:
            ModelError: written by a version that is too old.
        """
        return _network_weights(self.path, self.state)

    @property
    def config(self) -> TrainingConfig:
        """Its recipe.

        Raises:
            ModelError: a recipe that this version does not know.
        """
        return _config(self.path, self.contents)


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


def origin_of(path: Path) -> dict[str, str | int]:
    """What a checkpoint's training data say about the run that it learned on from.

    Raises:
        ModelError: no checkpoint of this project.
    """
    data = read_saved(path).contents.training_data
    return {k: v for k, v in data.items() if k.startswith(BEGUN)}


def read_checkpoint(path: Path) -> Checkpoint:
    """Load a checkpoint of `omnireid train` for export or evaluation.

    Raises:
        ModelError: not there, damaged, or no checkpoint of this project.
    """
    saved = read_saved(path)
    config, contents, weights = saved.config, saved.contents, saved.network
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
        step=saved.step,
    )


def read_saved(path: Path) -> Saved:
    """Read a checkpoint of `omnireid train`.

    Raises:
        ModelError: not there, damaged, or no checkpoint of this project.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        contents = Contents(**saved[KEY])
        return Saved(path, saved["state_dict"], contents, int(saved["global_step"]))
    # torch.load raises almost anything on damaged bytes; each is "no checkpoint" here.
    except Exception as error:
        raise ModelError(
            f"{path} cannot be used as a checkpoint",
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'unreadable'}",
            "give the path of checkpoints/last.ckpt in the folder that `omnireid train` wrote",
        ) from error


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


def _network_weights(path: Path, state: dict[str, Any]) -> dict[str, Tensor]:
    weights = {
        name.removeprefix("network."): value
        for name, value in state.items()
        if name.startswith("network.")
    }
    if not {"text_tokenizer.start", "text_tokenizer.change"} <= weights.keys():
        raise ModelError(
            f"{path} cannot be used as a checkpoint",
            "it was written by a version with another text tokenizer (before 0.2)",
            "train anew, without --from",
        )
    return weights

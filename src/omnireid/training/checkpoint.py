"""What a checkpoint holds besides weights, so that it can be exported with nothing else at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from omnireid.aio.encoders import encoder_card, load_encoder
from omnireid.aio.network import AIONetwork
from omnireid.errors import ModelError
from omnireid.training.configuration import TrainingConfig

KEY = "omnireid"


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


def read_checkpoint(path: Path) -> Checkpoint:
    """Load a checkpoint of `omnireid train` for export or evaluation.

    Raises:
        ModelError: not there, damaged, or no checkpoint of this project.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        contents = Contents(**saved[KEY])
    # torch.load raises almost anything on damaged bytes; each is "no checkpoint" here.
    except Exception as error:
        raise ModelError(
            f"{path} cannot be used as a checkpoint",
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'unreadable'}",
            "give the path of checkpoints/last.ckpt in the folder that `omnireid train` wrote",
        ) from error
    config = TrainingConfig.model_validate_json(contents.config)
    weights = {
        name.removeprefix("network."): value
        for name, value in saved["state_dict"].items()
        if name.startswith("network.")
    }
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
        sum(len(values) for _, values in contents.attributes),
    )
    network.load_state_dict(weights)
    return Checkpoint(
        network=network.eval(),
        config=config,
        vocabulary=contents.vocabulary,
        attributes=tuple((name, tuple(values)) for name, values in contents.attributes),
        training_data=contents.training_data,
        encoder_origin=encoder_card(config.network.encoder).origin,
        step=int(saved["global_step"]),
    )

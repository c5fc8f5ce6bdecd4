"""A checkpoint as `omnireid train` writes it, of a network that never trained."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from omnireid.aio.configuration import NetworkConfig
from omnireid.aio.encoders import load_encoder
from omnireid.aio.network import AIONetwork
from omnireid.training.batches import Attributes
from omnireid.training.checkpoint import KEY, Contents
from omnireid.training.configuration import Stage, TrainingConfig


def write_untrained(
    path: Path,
    name: str,
    network: NetworkConfig,
    tokens: Sequence[str],
    attributes: Attributes,
    wear: Callable[[str, Tensor], None] | None = None,
) -> Path:
    """Write a checkpoint of random weights; `wear` may change each one in place, by its name."""
    torch.manual_seed(3)
    config = TrainingConfig(
        name=name,
        version="0",
        network=network,
        stages=(Stage(name="only", modalities="paired", steps=1),),
        checkpoint_every=1,
    )
    encoder = load_encoder(
        network.encoder, random_weights_seed=network.encoder_seed, layers=network.encoder_layers
    )
    table = torch.randn(len(tokens), encoder.width) * 0.05
    made = AIONetwork(network, encoder, table, [len(values) for _, values in attributes])
    weights = {f"network.{key}": value for key, value in made.state_dict().items()}
    if wear is not None:
        for key, value in weights.items():
            wear(key, value)
    contents = Contents(
        config=config.model_dump_json(),
        vocabulary=json.dumps({"tokens": tokens}),
        attributes=[(key, list(values)) for key, values in attributes],
        identities=2,
        training_data={"rendered identities": 0},
    )
    torch.save({"state_dict": weights, "global_step": 0, KEY: contents.as_dict()}, path)
    return path

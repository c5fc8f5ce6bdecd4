"""A small model of random weights, exported once a session: real graphs, meaningless vectors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before torch is imported: two workers on two cores, whose threads would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# No test depends on time: a busy machine must not fail a property.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[MASK]",
    "red",
    "blue",
    "coat",
    "##s",
    "a",
    "man",
    "赤い",
    "上着",
    "男",
]


@pytest.fixture(scope="session")
def random_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as `omnireid train` writes it, never trained."""
    import torch

    from omnireid.aio.configuration import NetworkConfig
    from omnireid.aio.encoders import load_encoder
    from omnireid.aio.network import AIONetwork
    from omnireid.training.checkpoint import KEY, Contents
    from omnireid.training.configuration import Stage, TrainingConfig

    torch.manual_seed(3)
    config = TrainingConfig(
        name="random",
        version="0",
        network=NetworkConfig(encoder_seed=0),
        stages=(Stage(name="only", modalities="paired", steps=1),),
        checkpoint_every=1,
    )
    encoder = load_encoder("minilm-l6", random_weights_seed=0)
    table = torch.randn(len(VOCABULARY), encoder.width) * 0.05
    network = AIONetwork(config.network, encoder, table, (2, 3))
    contents = Contents(
        config=config.model_dump_json(),
        vocabulary=json.dumps({"tokens": VOCABULARY}),
        attributes=[("top.colour", ["blue", "red"]), ("bag", ["backpack", "handbag", "none"])],
        identities=2,
        training_data={"rendered identities": 0},
    )
    path = tmp_path_factory.mktemp("checkpoint") / "last.ckpt"
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    torch.save({"state_dict": weights, "global_step": 0, KEY: contents.as_dict()}, path)
    return path


@pytest.fixture(scope="session")
def random_model(random_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model folder exported from `random_checkpoint`. Do not change its files: copy it."""
    from omnireid.training.exporting import export

    folder = tmp_path_factory.mktemp("models") / "random"
    export(random_checkpoint, folder)
    return folder


@pytest.fixture(scope="session")
def rendered_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight rendered people, four views each. Do not change its files."""
    from omnireid.people import render

    folder = tmp_path_factory.mktemp("rendered") / "people"
    render(folder, identities=8, views=4, seed=11, workers=1)
    return folder

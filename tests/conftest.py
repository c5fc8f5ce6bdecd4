"""A small model of random weights, exported once a session: real graphs, meaningless vectors."""

from __future__ import annotations

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
    from omnireid.aio.configuration import NetworkConfig
    from untrained import write_untrained

    return write_untrained(
        tmp_path_factory.mktemp("checkpoint") / "last.ckpt",
        "random",
        NetworkConfig(encoder_seed=0),
        VOCABULARY,
        (("top.colour", ("blue", "red")), ("bag", ("backpack", "handbag", "none"))),
    )


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

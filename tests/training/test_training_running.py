"""A run in a process of its own: killed, it goes on to the very weights of a run never killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from omnireid.errors import InputError
from omnireid.training import read_checkpoint, read_config, train

RECIPE = """
name = "tiny"
identities_per_step = 4
checkpoint_every = 2
warm_up_steps = 1
stages = [
  {name = "first", modalities = "synthesised", steps = 2},
  {name = "then", modalities = "paired", steps = 4},
]
[network]
encoder_seed = 0
image_height = 64
image_width = 32
"""

RUN = """
import sys, torch
from pathlib import Path
from omnireid.training import train
recipe, people, out = map(Path, sys.argv[1:])
train(recipe, people, out, report=lambda line: print(line, flush=True), threads=1)
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def start(recipe: Path, people: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(recipe), str(people), str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(
    recipe: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    whole = start(recipe, rendered_folder, tmp_path / "whole")
    assert "step 6 of 6" in whole.communicate(timeout=240)[0]
    assert whole.returncode == 0

    killed = start(recipe, rendered_folder, tmp_path / "killed")
    last = tmp_path / "killed" / "checkpoints" / "last.ckpt"
    while not last.is_file():
        assert killed.poll() is None, "the run ended before its first checkpoint"
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    again = start(recipe, rendered_folder, tmp_path / "killed")
    lines = again.communicate(timeout=240)[0]
    assert again.returncode == 0
    assert "going on from step" in lines

    weights = [
        torch.load(tmp_path / run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
        for run in ("whole", "killed")
    ]
    assert weights[0].keys() == weights[1].keys()
    for name, weight in weights[0].items():
        assert torch.equal(weight, weights[1][name]), name


def test_a_finished_run_exports_itself_and_logs(
    recipe: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    last = train(recipe, rendered_folder, tmp_path / "run", report=lines.append, threads=1)
    assert list((tmp_path / "run" / "log").glob("events.out.tfevents.*"))
    assert any("min left" in line for line in lines)
    checkpoint = read_checkpoint(last)
    assert checkpoint.step == 6
    assert checkpoint.config == read_config(recipe)
    assert checkpoint.training_data["rendered identities"] == 8
    lines.clear()
    assert train(recipe, rendered_folder, tmp_path / "run", report=lines.append) == last
    assert not any("min left" in line for line in lines), "a finished run must not train on"


def test_another_recipe_must_not_enter_a_run(
    recipe: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.toml").write_text("name = 'other'")
    with pytest.raises(InputError, match="another recipe"):
        train(recipe, rendered_folder, tmp_path / "run")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("learning_rat = 1\nstages = [{name='a', modalities='paired', steps=100}]", "learning_rat"),
        ("stages = [{name='a', modalities='real', steps=5}]", "modalities"),
        ("stages = [{name='a', modalities='paired', steps=5}]\ncheckpoint_every = 2", "multiple"),
        ("= 3", "no TOML"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        read_config(path)


def test_a_missing_recipe_or_data_set_says_so(recipe: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "gone.toml")
    with pytest.raises(InputError, match="no rendered data set"):
        train(recipe, tmp_path, tmp_path / "run")

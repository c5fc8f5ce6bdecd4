"""A run in a process of its own: killed, it goes on to the very weights of a run never killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from omnireid.aio.network import AIONetwork
from omnireid.errors import InputError, ModelError
from omnireid.training import read_checkpoint, read_config, train
from omnireid.training.beginning import Fresh, begin_from

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


# The step after the first checkpoint is done, and the next is never begun: time enough to kill it.
HELD = """
import signal, sys
from pathlib import Path
from omnireid.training.module import TrainingModule
step, last = TrainingModule.training_step, Path(sys.argv[3]) / "checkpoints" / "last.ckpt"
seen = 0
def held(module, *arguments):
    global seen
    seen += last.is_file()
    while seen > 1:
        signal.pause()
    return step(module, *arguments)
TrainingModule.training_step = held
"""


def start(recipe: Path, people: Path, out: Path, before: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", before + RUN, str(recipe), str(people), str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.timeout(900)
def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(
    recipe: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    whole = start(recipe, rendered_folder, tmp_path / "whole")
    assert "step 6 of 6" in whole.communicate()[0]
    assert whole.returncode == 0

    killed = start(recipe, rendered_folder, tmp_path / "killed", HELD)
    last = tmp_path / "killed" / "checkpoints" / "last.ckpt"
    try:
        while not last.is_file():
            assert killed.poll() is None, "the run ended before its first checkpoint"
            time.sleep(0.02)
    finally:
        killed.kill()
        killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    again = start(recipe, rendered_folder, tmp_path / "killed")
    lines = again.communicate()[0]
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


def test_a_run_begins_from_an_earlier_one(
    recipe: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    first = train(recipe, rendered_folder, tmp_path / "first", report=str, threads=1)
    more = tmp_path / "more.toml"
    more.write_text(
        RECIPE.replace('"tiny"', '"more"').replace("steps = 2", "steps = 1")
        .replace("steps = 4", "steps = 1").replace("checkpoint_every = 2", "checkpoint_every = 1")
        .replace("warm_up_steps = 1", "warm_up_steps = 0\nlearning_rate = 1e-12"),
        encoding="utf-8",
    )  # fmt: skip
    last = train(more, rendered_folder, tmp_path / "more", report=str, threads=1, begin=first)
    before, after = read_checkpoint(first), read_checkpoint(last)
    assert after.training_data["begun from"] == "tiny 0.1, step 6"
    assert (
        after.training_data["begun from: rendered identities"]
        == before.training_data["rendered identities"]
    )
    saved = [torch.load(path, weights_only=True)["state_dict"] for path in (first, last)]
    assert torch.allclose(*(one["classifier.weight"] for one in saved), atol=1e-6)  # same people
    # At a learning rate of nothing, what was learned before is what there is.
    for name, weight in before.network.named_parameters():
        assert torch.allclose(weight, after.network.get_parameter(name), atol=1e-6), name


def test_a_run_does_not_begin_from_one_of_another_encoder(
    rendered_folder: Path, random_checkpoint: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(RECIPE.replace("encoder_seed = 0", "encoder_seed = 1"), encoding="utf-8")
    with pytest.raises(ModelError, match="it differs in encoder_seed"):
        train(other, rendered_folder, tmp_path / "run", report=str, begin=random_checkpoint)
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_shown_words_keep_what_was_learned_of_them(random_checkpoint: Path) -> None:
    """Another vocabulary: other places, a word more, a word less, and a word in no caption."""
    source = read_checkpoint(random_checkpoint).network
    known = json.loads(read_checkpoint(random_checkpoint).vocabulary)["tokens"]
    tokens = ["parka", *reversed(known[1:])]
    torch.manual_seed(9)
    table = torch.randn(len(tokens), source.encoder.width)
    network = AIONetwork(source.config, source.encoder, table, (2, 3))
    shown = set(range(len(tokens))) - {4}
    words = json.dumps({"tokens": tokens})
    classifier = torch.nn.Linear(source.config.embedding_width, 2, bias=False)
    fresh = Fresh(network, classifier, {"rendered identities": 7}, words, (), shown)
    begin_from(random_checkpoint, fresh)
    rows = network.text_tokenizer.start
    for place, token in enumerate(tokens):
        fresh = place in (0, 4)
        wanted = table[place] if fresh else source.text_tokenizer.start[known.index(token)]
        assert torch.equal(rows[place], wanted), token


@pytest.mark.timeout(900)
def test_two_processes_train_one_network_on_batches_of_their_own(
    recipe: Path, rendered_folder: Path, tmp_path: Path
) -> None:
    """As on two GPUs; the command starts the second process itself."""
    command = [sys.executable, "-m", "omnireid", "train", str(recipe), "--people",
               str(rendered_folder), "-o", str(tmp_path / "run"), "--devices", "2",
               "--threads", "1"]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("step 6 of 6") == 1  # one of them reports
    assert read_checkpoint(tmp_path / "run" / "checkpoints" / "last.ckpt").step == 6

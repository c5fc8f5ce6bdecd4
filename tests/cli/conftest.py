"""Running commands in this process, with an encoder that sees colours alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_runs import Ran, Run
from PIL import Image

from colour_encoder import COLOURS, ColourEncoder
from omnireid.cli import main, opening


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `omnireid ARGUMENTS` in an empty folder without settings of the outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("GALLERY", "MODEL", "HOST", "PORT", "SETTINGS", "TLS_CERTIFICATE", "TLS_KEY"):
        monkeypatch.delenv(f"OMNIREID_{name}", raising=False)

    # The encoder of colours lives in this process alone: a worker beside it would find none.
    monkeypatch.setenv("OMNIREID_JOB_WORKER", "false")

    def one(*arguments: object) -> Ran:
        capsys.readouterr()
        with log_as_before(), pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        written = capsys.readouterr()
        code = left.value.code
        return Ran(0 if code is None else int(code), written.out, written.err)

    return one


@contextmanager
def log_as_before() -> Iterator[None]:
    """Take back what a command that serves makes of the log: its stderr ends with the test."""
    loggers = (logging.getLogger(), logging.getLogger("omnireid"))
    kept = [(log, log.handlers[:], log.level) for log in loggers]
    try:
        yield
    finally:
        for log, handlers, level in kept:
            log.handlers[:] = handlers
            log.setLevel(level)


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command loads the encoder of colours, whatever its name."""
    monkeypatch.setattr(opening, "find_model_folder", Path)
    monkeypatch.setattr(opening, "Encoder", lambda _: ColourEncoder())


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three good pictures, named by camera and time, and three files that are none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for minute, (name, colour) in enumerate(COLOURS.items()):
        Image.new("RGB", (32, 64), colour).save(
            folder / f"{name}-gate_20261123_08{minute:02}00.png"
        )
    (folder / "empty-gate_20261123_090000.png").write_bytes(b"")
    (folder / "torn-gate_20261123_090100.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    (folder / "readme.txt").write_text("not a picture")
    return folder


PATTERN = "{camera}_{time:%Y%m%d_%H%M%S}"


@pytest.fixture
def site(run: Run, colours: None, pictures: Path, tmp_path: Path) -> Path:  # noqa: ARG001
    """A gallery of the three good pictures."""
    folder = tmp_path / "site"
    assert run("index", "folder", pictures, "-g", folder, "--pattern", PATTERN).code == 0
    return folder

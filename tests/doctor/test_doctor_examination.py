"""`omnireid doctor` finds what is broken, also where hardly anything works."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import omnireid
from colour_encoder import ColourEncoder
from omnireid import Observation
from omnireid.doctor import State, examine, worst
from omnireid.doctor.machine import clock
from omnireid.gallery import Gallery

Break = Callable[[Path], None]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound site: settings, model and a gallery of three pictures."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("OMNIREID_")]:
        monkeypatch.delenv(name)
    shutil.copytree(Path(omnireid.__file__).parent / "models" / "default", tmp_path / "model")
    (tmp_path / "omnireid.toml").write_text('gallery = "site"\nmodel = "model"\nport = 0\n')
    with Gallery.create(tmp_path / "site", ColourEncoder()) as gallery:
        gallery.add(
            Observation(rgb=Image.new("RGB", (32, 64), (value, 0, 0))) for value in (1, 90, 200)
        )
    (tmp_path / "site").chmod(0o700)
    return tmp_path


def states() -> Mapping[str, State]:
    """The worst state of each subject."""
    found = list(examine())
    return {one.subject: worst(f for f in found if f.subject == one.subject) for one in found}


@pytest.mark.usefixtures("site")
def test_a_sound_site_is_well() -> None:
    found = states()
    assert State.FAILURE not in found.values()
    assert found["gallery"] is found["model"] is found["pictures"] is State.WELL
    assert found["write-ahead log"] is found["permissions"] is State.WELL


def _picture(site: Path) -> None:
    next((site / "site" / "pictures").rglob("*.jpg")).unlink()
    for path in (site / "site" / "pictures").rglob("*.jpg"):
        path.write_bytes(b"changed")


def _ledger(site: Path) -> None:
    file = site / "site" / "ledger.sqlite"
    held = bytearray(file.read_bytes())
    held[:100] = bytes(100)
    file.write_bytes(held)


def _model(site: Path) -> None:
    with (site / "model" / "encoder.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00changed")


def _late(site: Path) -> None:
    with sqlite3.connect(site / "site" / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE items SET added = '2999-01-01T00:00:00.000000Z' WHERE id = 1")


BROKEN: dict[str, tuple[str, Break]] = {
    "a lost picture": ("pictures", _picture),
    "a damaged ledger": ("gallery", _ledger),
    "a changed model": ("model", _model),
    "a model without its description": ("model", lambda site: (site / "model/model.json").unlink()),
    "a model.json that is none": (
        "model",
        lambda site: (site / "model" / "model.json").write_text("[]") and None,
    ),
    "settings that are no TOML": (
        "settings",
        lambda site: (site / "omnireid.toml").write_text("gallery = ") and None,
    ),
    "an unknown setting": (
        "settings",
        lambda site: (site / "omnireid.toml").write_text("colour = 1") and None,
    ),
    "a clock set back": ("clock", _late),
}


@pytest.mark.parametrize(("subject", "spoil"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_named_with_a_remedy(site: Path, subject: str, spoil: Break) -> None:
    spoil(site)
    failures = [one for one in examine() if one.state is State.FAILURE]
    assert [one.subject for one in failures] == [subject]
    assert all(one.what and one.why and one.to_do for one in failures)


def test_the_gallery_is_looked_for_even_when_the_settings_cannot_be_used(site: Path) -> None:
    (site / "omnireid.toml").write_text('gallery = "site"\nmodel = "model"\ncolour = 1\n')
    _model(site)
    found = states()
    assert found["settings"] is found["model"] is State.FAILURE
    assert found["gallery"] is State.WELL


def test_a_folder_that_others_may_read_is_warned_of(site: Path) -> None:
    (site / "site").chmod(0o755)
    assert states()["permissions"] is State.WARNING


def test_a_taken_port_and_a_running_service_are_told_apart(site: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (site / "omnireid.toml").write_text(f"port = {taken.getsockname()[1]}\n")
        assert states()["port"] is State.FAILURE


def test_a_clock_before_the_installation_is_wrong() -> None:
    assert clock(datetime(2001, 1, 1, tzinfo=UTC)).state is State.FAILURE
    assert clock().state is State.WELL


def _run(site: Path, missing: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`omnireid ARGUMENTS` in a Python where a package cannot be imported."""
    hook = site / "hook"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] == {missing!r}:\n"
        f"            raise ModuleNotFoundError('No module named {missing}', name={missing!r})\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    return subprocess.run(
        [sys.executable, "-m", "omnireid", *arguments],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(hook)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("missing", ["numpy", "pydantic", "typer", "sqlalchemy"])
def test_it_runs_where_a_package_is_missing(site: Path, missing: str) -> None:
    ran = _run(site, missing, "doctor", "--json")
    assert ran.returncode == 10, ran.stderr
    told: Any = json.loads(ran.stdout)
    failed = {one["what"] for one in told["findings"] if one["state"] == "failure"}
    assert f"the package {missing} cannot be used" in failed
    gallery = [one for one in told["findings"] if one["subject"] == "gallery"]
    assert "3 items" in gallery[0]["what"]


def test_other_commands_say_that_a_package_is_missing(site: Path) -> None:
    ran = _run(site, "typer", "search", "--text", "red")
    assert ran.returncode == 6
    assert "omnireid doctor" in ran.stderr
    assert "Traceback" not in ran.stderr

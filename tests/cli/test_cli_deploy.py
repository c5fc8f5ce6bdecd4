"""What deploy/ gives to systemd is what systemd takes, and it is closed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_runs import Run

from colour_encoder import ColourEncoder
from omnireid.gallery import Gallery

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "omnireid.service"
RETENTION = DEPLOY / "omnireid-retention.service"


@pytest.fixture(params=[UNIT, RETENTION], ids=lambda path: path.stem)
def unit(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A unit, with a program that is there on every machine."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (Debian's systemd)")
    path = tmp_path / request.param.name
    told = request.param.read_text()
    path.write_text(re.sub(r"/opt/omnireid/venv/bin/omnireid", "/bin/true", told))
    return path


def test_systemd_takes_the_unit(unit: Path) -> None:
    ran = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("unit", [RETENTION], indirect=True)
def test_systemd_takes_the_timer_that_runs_a_command_there_is(
    unit: Path, run: Run, tmp_path: Path
) -> None:
    timer = DEPLOY / "omnireid-retention.timer"
    shutil.copy(timer, unit.parent)
    ran = subprocess.run(
        ["systemd-analyze", "verify", str(unit.parent / timer.name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    command = re.search(r"ExecStart=\S+omnireid (.+)", RETENTION.read_text())
    assert command
    with Gallery.create(tmp_path / "site", ColourEncoder()):
        pass
    assert run(*command[1].split(), "--gallery", tmp_path / "site").code == 0


def test_the_unit_is_closed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-300:]


def test_the_unit_lets_nothing_out() -> None:
    lines = UNIT.read_text().splitlines()
    for line in ("IPAddressDeny=any", "IPAddressAllow=localhost", "NoNewPrivileges=yes",
                 "ProtectSystem=strict", "PrivateTmp=yes", "CapabilityBoundingSet=",
                 "Environment=ORT_DISABLE_TELEMETRY=1"):  # fmt: skip
        assert line in lines

"""What deploy/ gives to systemd is what systemd takes, and it is closed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy" / "omnireid.service"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there on every machine."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (Debian's systemd)")
    path = tmp_path / UNIT.name
    path.write_text(re.sub(r"/opt/omnireid/venv/bin/omnireid", "/bin/true", UNIT.read_text()))
    return path


def test_systemd_takes_the_unit(unit: Path) -> None:
    ran = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


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

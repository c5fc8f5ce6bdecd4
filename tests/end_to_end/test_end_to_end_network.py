"""In a network namespace of its own: everything works, and not one packet leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def obstacle() -> str | None:
    """Why this machine cannot make a network namespace with a cable; None when it can."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return "unshare (util-linux) or ip (iproute2) is not installed"
    cable = "ip link add out0 type veth peer name far0"
    tried = subprocess.run(["unshare", "-n", *cable.split()], capture_output=True, text=True)
    return f"no namespace with a cable: {tried.stderr.strip()}" if tried.returncode else None


@pytest.mark.timeout(600)
def test_nothing_leaves_the_machine(tmp_path: Path) -> None:
    if why := obstacle():
        if os.environ.get("OMNIREID_REQUIRE_NAMESPACE"):
            pytest.fail(f"{why}, and OMNIREID_REQUIRE_NAMESPACE is set")
        pytest.skip(f"{why}; it needs root")
    child = [sys.executable, str(Path(__file__).with_name("network_child.py")), str(tmp_path)]
    ran = subprocess.run(
        ["unshare", "-n", *child],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["control"] == 1, "a packet that does leave is not counted"
    assert told["left"] == 0
    assert told["loopback"] > 50
    assert (told["added"], told["words"], told["picture"]) == (5, 10, 10)

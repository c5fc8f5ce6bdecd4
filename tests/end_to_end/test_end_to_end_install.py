"""The default install on its own: its size, what it leaves out, and the demo in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
MOST_MEGABYTES = 350
PARTS = ("src", "pyproject.toml", "constraints.txt", "README.md", "LICENSE", "NOTICE")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with `pip install .` of a copy of this tree."""
    place = tmp_path_factory.mktemp("install")
    copy = place / "clone"
    copy.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, copy / part, ignore=leave)
        else:
            shutil.copy(source, copy / part)
    environment = place / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    subprocess.run(
        [environment / "bin" / "pip", "install", "-q", "-c", "constraints.txt", "."],
        cwd=copy, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return environment


@contextmanager
def demo(environment: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """`omnireid demo` while it runs: its JSON document."""
    command = [environment / "bin" / "omnireid", "demo", "--no-browser", "--port", "0", "--json"]
    running = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        lines: list[str] = []
        for line in running.stdout:
            lines.append(line)
            if line == "}\n":
                break
        yield json.loads("".join(lines))
    finally:
        running.terminate()
        running.wait(timeout=60)


def test_the_default_install_is_small_and_without_torch(installed: Path) -> None:
    used = sum(path.stat().st_size for path in installed.rglob("*") if path.is_file())
    assert used < MOST_MEGABYTES * 1_000_000
    listed = subprocess.run(
        [installed / "bin" / "python", "-m", "pip", "list", "--format=json"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert names.isdisjoint({"torch", "transformers", "lightning", "opencv-python-headless"})


def test_the_demo_answers_searches_and_adds_nothing_twice(installed: Path, tmp_path: Path) -> None:
    with demo(installed, tmp_path) as first:
        page = searched(first, "赤い上着の女性")
        assert len(re.findall(r'<li class="tile\b', page)) >= 12
        assert re.search(r"(likely|possible|unlikely) \d+ ?%", page), "no calibrated probability"
    assert first["items"] >= 100
    with demo(installed, tmp_path) as second:
        assert second["items"] == first["items"]


def searched(demo: dict[str, Any], words: str) -> str:
    """Sign in by the demo's link, press its button, choose a purpose and search pictures."""
    headers = {"Accept-Language": "en"}
    with httpx.Client(follow_redirects=True, timeout=60, headers=headers) as client:
        shown = client.get(demo["sign_in"]["demo"]).text
        fields = dict(re.findall(r'name="(csrf|code)" value="([^"]+)"', shown))
        home = client.post(f"{demo['url']}enter", data=fields)
        assert home.status_code == 200
        (csrf, *_) = re.findall(r'name="csrf" value="([^"]+)"', home.text)
        asked = {"csrf": csrf, "text": words, "modality": "rgb", "purpose": "incident"}
        answer = client.post(f"{demo['url']}search", data=asked)
        assert answer.status_code == 200
        return answer.text


def test_a_command_that_needs_more_says_so(installed: Path, tmp_path: Path) -> None:
    video = tmp_path / "street.avi"
    video.write_bytes(b"x")
    ran = subprocess.run(
        [installed / "bin" / "omnireid", "index", "video", video, "-g", tmp_path / "g"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 6
    assert "pip install 'omnireid[video]'" in ran.stderr

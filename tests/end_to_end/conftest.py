"""What end-to-end tests need from the machine: a real video, a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from search_site import Served, serve

VIDEO = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
"""Debian's package opencv-doc: a real fixed camera over a car park, 80 seconds of walkers."""


def _absent(what: str, variable: str) -> None:
    if os.environ.get(variable):
        pytest.fail(f"{what}, and {variable} is set")
    pytest.skip(f"{what}; set {variable} to make this a failure")


@pytest.fixture(scope="session")
def real_video() -> Path:
    """A real video of pedestrians."""
    if not VIDEO.is_file():
        _absent(
            f"Debian's opencv-doc with {VIDEO.name} is not installed", "OMNIREID_REQUIRE_REAL_VIDEO"
        )
    return VIDEO


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's chromium."""
    path = shutil.which("chromium")
    if path is None:
        _absent("chromium is not installed", "OMNIREID_REQUIRE_BROWSER")
        raise AssertionError  # not reached: the line above leaves
    return path


@pytest.fixture(scope="session")
def search_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service over a gallery of rendered people."""
    with serve(tmp_path_factory.mktemp("search") / "gallery") as served:
        yield served

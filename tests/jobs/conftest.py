"""A gallery whose encoder sees colours alone, its queue, and folders of pictures to index."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jobs_films import walkers
from jobs_pictures import write_pictures

from colour_encoder import ColourEncoder
from omnireid.gallery import Gallery
from omnireid.jobs import JobQueue, Limits, work_off

LIMITS = Limits(memory=1_000_000_000, seconds=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def gallery(folder: Path) -> Iterator[Gallery]:
    """An empty gallery."""
    with Gallery.create(folder, ColourEncoder(), timezone="UTC") as made:
        yield made


@pytest.fixture
def queue(gallery: Gallery) -> JobQueue:
    return JobQueue(gallery)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twelve pictures, no two alike."""
    return write_pictures(tmp_path / "pictures", 12)


@pytest.fixture
def work(gallery: Gallery) -> Callable[[], int]:
    """Do every job that waits, in this process; reading is still done by a child."""
    return lambda: work_off(gallery, LIMITS, threading.Event())


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small film of three walkers. Do not change it: copy it."""
    return walkers(tmp_path_factory.mktemp("film") / "gate.avi")

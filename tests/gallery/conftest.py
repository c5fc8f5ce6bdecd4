from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from gallery_fakes import FakeEncoder

from omnireid import Observation
from omnireid.gallery import Gallery

COLOURS = ("red", "blue", "green", "black")


def _person(number: int) -> Observation:
    """The number-th walk past a camera: noise of its own, so that no two are alike."""
    rng = np.random.default_rng(number)
    return Observation(
        rgb=rng.integers(0, 255, (48, 24, 3), dtype=np.uint8),
        text=f"{COLOURS[number % 4]} coat, walk {number}",
        camera=f"camera {number % 3}",
        time=datetime(2026, 11, 23, 8, tzinfo=UTC) + timedelta(minutes=number),
        source=f"folder{number % 2}/walk{number}.jpg",
    )


@pytest.fixture
def person() -> Callable[[int], Observation]:
    return _person


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "gallery"


@pytest.fixture
def gallery(folder: Path, encoder: FakeEncoder) -> Iterator[Gallery]:
    """An empty gallery."""
    with Gallery.create(folder, encoder, timezone="UTC") as made:
        yield made


@pytest.fixture
def filled(gallery: Gallery) -> Gallery:
    """Twelve walks with the item ids 1 to 12."""
    gallery.add(_person(n) for n in range(12))
    return gallery

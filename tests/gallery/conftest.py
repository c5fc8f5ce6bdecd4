from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gallery_fakes import FakeEncoder, walk

from omnireid import Observation
from omnireid.gallery import Gallery


@pytest.fixture
def person() -> Callable[[int], Observation]:
    return walk


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
    gallery.add(walk(n) for n in range(12))
    return gallery

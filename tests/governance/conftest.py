from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The fakes of the gallery's tests, which this room builds on.
sys.path.insert(0, str(Path(__file__).parents[1] / "gallery"))

from gallery_fakes import FakeEncoder, walk

from omnireid.gallery import Gallery
from omnireid.governance import Governance


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def gallery(folder: Path) -> Iterator[Gallery]:
    """Twelve walks with the item ids 1 to 12, past three cameras."""
    with Gallery.create(folder, FakeEncoder(), timezone="UTC") as made:
        made.add(walk(n) for n in range(12))
        yield made


@pytest.fixture
def governance(gallery: Gallery) -> Governance:
    return Governance(gallery)

"""A gallery of plain colours, its casebook, and three people who work on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from review_people import ANNA, BEN, FOUND_BY

from colour_encoder import ColourEncoder
from omnireid import Observation
from omnireid.gallery import Gallery
from omnireid.review import Case, Casebook, Find, Person


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    """Six sightings, by two cameras."""
    with Gallery.create(tmp_path / "site", ColourEncoder(), timezone="Asia/Tokyo") as made:
        made.add(
            Observation(
                rgb=Image.new("RGB", (48, 96), (200, 30 * step, 40)),
                camera=("gate", "北口")[step % 2],
                time=datetime(2026, 11, 23, 8, step),
                source=f"film/{step}.png",
            )
            for step in range(6)
        )
        yield made


@pytest.fixture
def casebook(gallery: Gallery) -> Casebook:
    return Casebook(gallery.database)


@pytest.fixture
def case(casebook: Casebook) -> Case:
    """Anna's case with Ben in it and four candidates."""
    opened = casebook.open(ANNA, title="Lost child 迷子", purpose="missing_person")
    casebook.add_member(ANNA, opened.case_id, Person(BEN.user_id, BEN.name))
    finds = [Find(item, 0.9 - item / 10, 0.8 - item / 10) for item in (1, 2, 3, 4)]
    casebook.collect(ANNA, opened.case_id, finds, FOUND_BY)
    return casebook.case(ANNA, opened.case_id)

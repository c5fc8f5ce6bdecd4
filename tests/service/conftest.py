"""A gallery of plain colours behind the service, with an encoder that sees colours alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from colour_encoder import COLOURS, ColourEncoder
from omnireid import Observation
from omnireid.gallery import Gallery
from omnireid.service import create_app
from omnireid.settings import Settings


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    """Thirty sightings in three colours, by three cameras, and two notes."""
    with Gallery.create(tmp_path / "site", ColourEncoder(), timezone="UTC") as made:
        sightings = [
            Observation(
                rgb=Image.new("RGB", (32, 64), tuple(max(c - 3 * step, 0) for c in COLOURS[name])),
                camera=f"{name} gate",
                time=datetime(2026, 11, 23, 8, step),
                source=f"{name}/{step}.png",
            )
            for name in COLOURS
            for step in range(10)
        ]
        notes = [
            Observation(text="<b>red</b> & a backpack", camera="desk", source="notes.csv#row=2"),
            Observation(
                text="青い帽子の男、リュック", time=datetime(2026, 11, 24), source="notes.csv#row=3"
            ),
        ]
        made.add([*sightings, *notes])
        yield made


@pytest.fixture
def client(gallery: Gallery) -> TestClient:
    """A browser that speaks English, on this machine."""
    app = create_app(gallery, ColourEncoder(), Settings(page_size=12, max_upload_mb=1))
    return TestClient(
        app,
        base_url="http://127.0.0.1:8000",
        headers={"Accept-Language": "en"},
        raise_server_exceptions=False,
    )

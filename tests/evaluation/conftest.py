"""People of plain colours on disk."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from colour_people import COLOURS, ColourEncoder, paint


@pytest.fixture
def encoder() -> ColourEncoder:
    return ColourEncoder()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Twelve people of two colours seen by two cameras in four modalities: the path of a CSV."""
    pairs = [(a, b) for a in COLOURS for b in COLOURS if a < b][:12]
    rows = []
    for number, (upper, lower) in enumerate(pairs):
        name = f"p{number:02d}"
        rows.append(
            {
                "identity": name,
                "split": "query",
                "camera": "gate" if number % 3 else "yard",
                "light": "day" if number % 2 else "night",
                "rgb": paint(tmp_path / f"{name}-query.png", upper, lower, 40).name,
                "infrared": paint(tmp_path / f"{name}-infrared.png", upper, lower, 70).name,
                "sketch": paint(tmp_path / f"{name}-sketch.png", upper, lower, 90).name,
                "text": f"a person with a {upper} top and {lower} trousers",
            }
        )
        for view in range(3):
            file = paint(tmp_path / f"{name}-{view}.png", upper, lower, 45)
            camera = ("gate", "hall", "dock")[view]
            rows.append({"identity": name, "split": "gallery", "camera": camera, "rgb": file.name})
    path = tmp_path / "people.csv"
    columns = ["identity", "split", "camera", "light", "rgb", "infrared", "sketch", "text"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path

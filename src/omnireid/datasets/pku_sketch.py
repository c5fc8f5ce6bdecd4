"""PKU-Sketch: 200 people, one sketch (`12.jpg`) and two photos (`12_05_356.jpg`) each."""

from __future__ import annotations

import re
from pathlib import Path

from omnireid.datasets.layout import parse_names, pictures_in, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample

PHOTO = re.compile(r"(?P<identity>\d+)_(?P<camera>\d+)")
SKETCH = re.compile(r"(?P<identity>\d+)")


def load(root: Path, card: Card) -> DataSet:
    """Read `photos` and `sketches`; people who lack one of them are listed in the problems.

    Raises:
        InputError: the layout is not PKU-Sketch's.
    """
    require(root, card, ["photo", "sketch"])
    problems: list[Problem] = []
    photos = tuple(
        Sample(match["identity"], rgb=(path,), camera=match["camera"], picture=path.stem)
        for path, match in parse_names(pictures_in(root / "photo"), PHOTO, problems)
    )
    sketches = tuple(
        Sample(match["identity"], sketch=(path,))
        for path, match in parse_names(pictures_in(root / "sketch"), SKETCH, problems)
    )
    drawn = {sample.identity for sample in sketches}
    seen = {sample.identity for sample in photos}
    problems += [Problem(f"person {name}", "a sketch without a photo") for name in drawn - seen]
    problems += [Problem(f"person {name}", "photos without a sketch") for name in seen - drawn]
    return DataSet(
        card.name,
        root,
        {"photos": photos, "sketches": sketches},
        tuple(sorted(problems, key=str)),
    )

"""Market-Sketch-1K: Market-1501 photos, and sketches of the same people in styles A to F."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

from omnireid.datasets.layout import parse_names, pictures_in, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample

PHOTO = re.compile(r"(?P<identity>\d+)_c(?P<camera>\d+)")
SKETCH = re.compile(r"(?P<identity>\d+)")
PARTS = {"train": "train", "test": "query"}


def load(root: Path, card: Card) -> DataSet:
    """Read photos, sketches (camera = style), and all sketches of a person as one sample.

    Raises:
        InputError: the layout is not that of the published preprocessing.
    """
    require(root, card, ["photo/query", "sketch"])
    styles = sorted(path for path in (root / "sketch").iterdir() if path.is_dir())
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for part, folder in PARTS.items():
        if not (root / "photo" / folder).is_dir():
            continue
        splits[f"{part}.photos"] = tuple(
            Sample(match["identity"], rgb=(path,), camera=match["camera"], picture=path.stem)
            for path, match in parse_names(pictures_in(root / "photo" / folder), PHOTO, problems)
        )
        sketches = [
            Sample(match["identity"], sketch=(path,), camera=style.name)
            for style in styles
            if (style / folder).is_dir()
            for path, match in parse_names(pictures_in(style / folder), SKETCH, problems)
        ]
        splits[f"{part}.sketches"] = tuple(sketches)
        by_person = groupby(
            sorted(sketches, key=lambda sample: sample.identity), lambda sample: sample.identity
        )
        splits[f"{part}.sketch_groups"] = tuple(
            Sample(identity, sketch=tuple(file for sample in group for file in sample.sketch))
            for identity, group in by_person
        )
    return DataSet(card.name, root, splits, tuple(problems))

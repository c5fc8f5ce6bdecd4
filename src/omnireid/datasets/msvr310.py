"""MSVR310: vehicles in colour, near infrared and thermal at once, a folder for each."""

from __future__ import annotations

import re
from pathlib import Path

from omnireid.datasets.layout import parse_names, pictures_in, present, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample

NAME = re.compile(r"(?P<identity>\d+)_s(?P<scene>\d+)_v(?P<view>\d+)")
PARTS = {"train": "bounding_box_train", "query": "query3", "gallery": "bounding_box_test"}


def load(root: Path, card: Card) -> DataSet:
    """Read query, gallery and, if present, train; the scene stands as the camera.

    Raises:
        InputError: the layout is not MSVR310's.
    """
    require(root, card, [PARTS["query"], PARTS["gallery"]])
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for part, folder in PARTS.items():
        if (root / folder).is_dir():
            splits[part] = tuple(
                sample
                for vehicle in sorted((root / folder).iterdir())
                if (vehicle / "vis").is_dir()
                for sample in _read(vehicle, problems)
            )
    return DataSet(card.name, root, splits, tuple(problems))


def _read(vehicle: Path, problems: list[Problem]) -> list[Sample]:
    samples: list[Sample] = []
    for path, match in parse_names(pictures_in(vehicle / "vis"), NAME, problems):
        others = tuple(vehicle / spectrum / path.name for spectrum in ("ni", "th"))
        if all(present(other, problems) for other in others):
            samples.append(
                Sample(
                    match["identity"],
                    rgb=(path,),
                    infrared=others,
                    camera=f"scene {match['scene']}",
                    picture=path.stem,
                )
            )
    return samples

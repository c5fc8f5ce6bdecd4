"""RGBNT201: every view in colour, near infrared and thermal at once."""

from __future__ import annotations

import re
from pathlib import Path

from omnireid.datasets.layout import parse_names, pictures_in, present, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample

NAME = re.compile(r"(?P<identity>\d+)_cam(?P<camera>\d+)")
PARTS = {"train": "train_171", "test": "test"}


def load(root: Path, card: Card) -> DataSet:
    """Read `train` and `test`; a sample holds RGB, and near infrared and thermal as infrared.

    Raises:
        InputError: the layout is not RGBNT201's.
    """
    require(root, card, [f"test/{spectrum}" for spectrum in ("RGB", "NI", "TI")])
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for part, folder in PARTS.items():
        if (root / folder).is_dir():
            splits[part] = tuple(_read(root / folder, problems))
    return DataSet(card.name, root, splits, tuple(problems))


def _read(folder: Path, problems: list[Problem]) -> list[Sample]:
    samples: list[Sample] = []
    for path, match in parse_names(pictures_in(folder / "RGB"), NAME, problems):
        others = tuple(folder / spectrum / path.name for spectrum in ("NI", "TI"))
        if all(present(other, problems) for other in others):
            samples.append(
                Sample(
                    match["identity"],
                    rgb=(path,),
                    infrared=others,
                    camera=match["camera"],
                    picture=path.stem,
                )
            )
    return samples

"""CUHK03: the new protocol (767/700) from CUHK03-NP, the classic one from its 20 splits."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath
from typing import Any

from omnireid.datasets.layout import (
    parse_names,
    pictures_in,
    present,
    read_json,
    require,
)
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample
from omnireid.errors import InputError

NEW = re.compile(r"(?P<identity>\d+)_c(?P<camera>\d+)")
BOXES = ("detected", "labeled")
PARTS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}


def load(root: Path, card: Card) -> DataSet:
    """Read what this copy holds: `detected` and `labeled` (new), `splits_classic_*.json`.

    Splits: `detected.query` …, and `classic.detected.1.query` … for the 20 classic splits.

    Raises:
        InputError: neither layout is there.
    """
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for boxes in BOXES:
        if (root / boxes).is_dir():
            require(root, card, [f"{boxes}/{folder}" for folder in PARTS.values()])
            for part, folder in PARTS.items():
                splits[f"{boxes}.{part}"] = tuple(
                    Sample(match["identity"], rgb=(path,), camera=match["camera"])
                    for path, match in parse_names(
                        pictures_in(root / boxes / folder), NEW, problems
                    )
                )
        listed = root / f"splits_classic_{boxes}.json"
        if listed.is_file():
            require(root, card, [f"images_{boxes}"])
            splits.update(_classic(listed, root / f"images_{boxes}", boxes, problems))
    if not splits:
        _refuse_original_release(root, card)
        require(root, card, ["detected", "labeled"])
    return DataSet(card.name, root, splits, tuple(problems))


def _refuse_original_release(root: Path, card: Card) -> None:
    for name in ("cuhk-03.mat", "cuhk03_release/cuhk-03.mat"):
        if (root / name).is_file():
            raise InputError(
                f"{root} holds the original release of {card.title}",
                f"{name} keeps the pictures inside one MATLAB 7.3 file",
                "unpack it into image folders (torchreid does, with the lists of the classic "
                f"protocol), or use CUHK03-NP. {card.apply}",
            )


def _classic(
    listed: Path, images: Path, boxes: str, problems: list[Problem]
) -> dict[str, tuple[Sample, ...]]:
    found: dict[str, tuple[Sample, ...]] = {}
    try:
        for number, split in enumerate(read_json(listed), 1):
            for part in PARTS:
                found[f"classic.{boxes}.{number}.{part}"] = tuple(
                    sample
                    for entry in split[part]
                    if (sample := _listed_sample(entry, images, problems)) is not None
                )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"{listed} is not a list of CUHK03 splits",
            f"its structure differs ({type(error).__name__}: {error})",
            "write it again with the tool that made it (torchreid writes this file)",
        ) from error
    return found


def _listed_sample(entry: list[Any], images: Path, problems: list[Problem]) -> Sample | None:
    # The lists hold absolute paths of the machine that wrote them; only the name is ours.
    path = images / PureWindowsPath(str(entry[0])).name
    if not present(path, problems):
        return None
    return Sample(str(int(entry[1])), rgb=(path,), camera=str(int(entry[2])))

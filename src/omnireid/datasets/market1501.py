"""Market-1501: crops named `0002_c1s1_000451_03.jpg`; attributes and distractors if present."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from omnireid.datasets.attribute_sentences import market_sentence
from omnireid.datasets.layout import parse_names, pictures_in, read_mat, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample
from omnireid.errors import InputError

NAME = re.compile(r"(?P<identity>-1|\d+)_c(?P<camera>\d+)")
JUNK = "-1"
DISTRACTOR = "0000"
DISTRACTOR_FOLDERS = ("images", "distractors_500k")
ATTRIBUTES = ("market_attribute.mat", "attribute/market_attribute.mat")


def load(root: Path, card: Card) -> DataSet:
    """Read train, query and gallery; junk (-1) is dropped, distractors (0) are kept.

    Raises:
        InputError: the layout is not Market-1501's.
    """
    folders = {
        "train": "bounding_box_train",
        "query": "query",
        "gallery": "bounding_box_test",
    }
    require(root, card, folders.values())
    problems: list[Problem] = []
    notes: list[str] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for split, folder in folders.items():
        splits[split], junk = _crops(root / folder, problems)
        if junk:
            notes.append(f"{split}: {junk:,} junk images (identity -1) dropped")
    for folder in DISTRACTOR_FOLDERS:
        if (root / folder).is_dir():
            splits["distractors_500k"] = tuple(
                Sample(DISTRACTOR, rgb=(path,), camera="none", picture=path.stem)
                for path in pictures_in(root / folder)
            )
            break
    for name in ATTRIBUTES:
        if (root / name).is_file():
            described = _sentences(read_mat(root / name), root / name)
            for part, texts in described.items():
                splits[f"{part}_sentences"] = texts
            break
    return DataSet(card.name, root, splits, tuple(problems), tuple(notes))


def _crops(folder: Path, problems: list[Problem]) -> tuple[tuple[Sample, ...], int]:
    samples: list[Sample] = []
    junk = 0
    for path, match in parse_names(pictures_in(folder), NAME, problems):
        if match["identity"] == JUNK:
            junk += 1
            continue
        samples.append(
            Sample(match["identity"], rgb=(path,), camera=match["camera"], picture=path.stem)
        )
    return tuple(samples), junk


def _sentences(mat: dict[str, Any], path: Path) -> dict[str, tuple[Sample, ...]]:
    """One sentence an identity from the attributes of Lin et al. (Pattern Recognition 2019)."""
    try:
        parts = mat["market_attribute"][0][0]
        found: dict[str, tuple[Sample, ...]] = {}
        for part in ("train", "test"):
            fields = parts[part][0][0]
            values = {name: fields[name][0] for name in fields.dtype.names if name != "image_index"}
            identities = [str(cell[0]) for cell in fields["image_index"][0]]
            found[part] = tuple(
                Sample(
                    f"{int(identity):04d}",
                    text=market_sentence({name: int(row[i]) for name, row in values.items()}),
                )
                for i, identity in enumerate(identities)
            )
        return found
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is not the Market-1501 attribute file",
            f"its structure differs ({type(error).__name__}: {error})",
            "take it from github.com/vana77/Market-1501_Attribute, or remove the file",
        ) from error

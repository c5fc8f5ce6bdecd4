"""MSMT17 (version 1 and 2): lists of crops; cameras and times of day stand in the names."""

from __future__ import annotations

import re
from pathlib import Path

from omnireid.datasets.layout import first_present, present, read_lines, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample

NAME = re.compile(r"(?P<identity>\d+)_(?P<sequence>\d+)_(?P<camera>\d+)_\d*(?P<time>[a-z]+)?")
LISTS = {
    "train": ("list_train.txt", "train"),
    "val": ("list_val.txt", "train"),
    "query": ("list_query.txt", "test"),
    "gallery": ("list_gallery.txt", "test"),
}


def load(root: Path, card: Card) -> DataSet:
    """Read the four lists. Identities of train and test are counted apart by the set, so they
    are named `train:12` and `test:12`.

    Raises:
        InputError: the layout is not MSMT17's.
    """
    require(root, card, [name for name, _ in LISTS.values()])
    folders = {
        "train": first_present(root, card, ("train", "mask_train_v2")),
        "test": first_present(root, card, ("test", "mask_test_v2")),
    }
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for split, (listed, folder) in LISTS.items():
        splits[split] = tuple(_read(root / listed, folders[folder], folder, problems))
    return DataSet(card.name, root, splits, tuple(problems))


def _read(listed: Path, folder: Path, part: str, problems: list[Problem]) -> list[Sample]:
    samples: list[Sample] = []
    for number, line in enumerate(read_lines(listed), 1):
        where = f"{listed.name}, line {number}"
        fields = line.rsplit(maxsplit=1)
        match = NAME.match(Path(fields[0]).name)
        if len(fields) != 2 or not fields[1].isdigit() or match is None:
            problems.append(Problem(where, f"not `path identity`: {line!r}"))
            continue
        path = folder / fields[0]
        if present(path, problems):
            samples.append(
                Sample(
                    f"{part}:{int(fields[1])}",
                    rgb=(path,),
                    camera=match["camera"],
                    picture=path.stem,
                )
            )
    return samples

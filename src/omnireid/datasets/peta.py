"""PETA: ten small sets, each `archive/` with pictures and a `Label.txt` of attribute words."""

from __future__ import annotations

from pathlib import Path

from omnireid.datasets.attribute_sets import sentence_splits
from omnireid.datasets.layout import pictures_in, read_lines, require
from omnireid.datasets.peta_sentence import peta_sentence
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem
from omnireid.errors import InputError


def load(root: Path, card: Card) -> DataSet:
    """Read every `*/archive/Label.txt` as `all.images` and `all.sentences`.

    A line names a picture, or the start of the names of a person's pictures up to `_` or `.`.

    Raises:
        InputError: the layout is not that of the original release.
    """
    require(root, card, [])
    if (root / "PETA.mat").is_file():
        raise InputError(
            f"{root} holds a repacked PETA",
            "PETA.mat with numbered images keeps neither source sets nor file names",
            f"use the original release. {card.apply}",
        )
    labels = sorted(root.glob("*/archive/Label.txt"))
    if not labels:
        require(root, card, ["*/archive/Label.txt"])
    problems: list[Problem] = []
    described: list[tuple[Path, frozenset[str]]] = []
    for listed in labels:
        described += _read(listed, root, problems)
    return DataSet(
        card.name, root, sentence_splits("all", described, peta_sentence), tuple(problems)
    )


def _read(listed: Path, root: Path, problems: list[Problem]) -> list[tuple[Path, frozenset[str]]]:
    words = {
        fields[0]: frozenset(fields[1:])
        for line in read_lines(listed)
        if len(fields := line.split()) > 1
    }
    found: list[tuple[Path, frozenset[str]]] = []
    for path in pictures_in(listed.parent):
        names = (path.name, path.stem, path.stem.split("_", 1)[0])
        key = next((name for name in names if name in words), None)
        if key is None:
            problems.append(Problem(str(path.relative_to(root)), "no line of Label.txt names it"))
        else:
            found.append((path, words[key]))
    return found

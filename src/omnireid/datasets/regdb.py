"""RegDB: 412 people, ten visible and ten thermal pictures each, ten published splits."""

from __future__ import annotations

from pathlib import Path

from omnireid.datasets.layout import present, read_lines, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample, pictures
from omnireid.observation import Modality

TRIALS = 10


def load(root: Path, card: Card) -> DataSet:
    """Read the lists of every trial. Splits: `1.test.rgb`, `1.test.infrared`, … to trial 10.

    The number at the end of a line is counted anew in each list, so the identity is the person's
    folder.

    Raises:
        InputError: the layout is not RegDB's.
    """
    require(
        root,
        card,
        [
            f"idx/{part}_{kind}_{trial}.txt"
            for trial in range(1, TRIALS + 1)
            for part in ("train", "test")
            for kind in ("visible", "thermal")
        ],
    )
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for trial in range(1, TRIALS + 1):
        for part in ("train", "test"):
            for kind, modality in (("visible", "rgb"), ("thermal", "infrared")):
                listed = root / f"idx/{part}_{kind}_{trial}.txt"
                splits[f"{trial}.{part}.{modality}"] = tuple(
                    _read(root, listed, modality, problems)
                )
    return DataSet(card.name, root, splits, tuple(dict.fromkeys(problems)))


def _read(root: Path, listed: Path, modality: str, problems: list[Problem]) -> list[Sample]:
    samples: list[Sample] = []
    for number, line in enumerate(read_lines(listed), 1):
        name = line.rsplit(maxsplit=1)[0].replace("\\", "/")
        path = root / name
        if len(line.split()) < 2 or "/" not in name:
            problems.append(Problem(f"{listed.name}, line {number}", f"not `path label`: {line!r}"))
        elif present(path, problems):
            samples.append(
                Sample(
                    path.parent.name,
                    camera="thermal" if modality == "infrared" else "visible",
                    picture=f"{path.parent.name}/{path.stem}",
                    **pictures(Modality.parse(modality), path),
                )
            )
    return samples

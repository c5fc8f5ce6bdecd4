"""ORBench: 1,000 people in RGB, near infrared, colour pencil, sketch and text; fixed test lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omnireid.datasets.layout import present, read_json, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample
from omnireid.errors import InputError
from omnireid.observation import Modality

GALLERY = "RGB_GALLERY"
CONTENT = {
    "vis": Modality.RGB,
    "nir": Modality.INFRARED,
    "cp": Modality.SKETCH,
    "sk": Modality.SKETCH,
}
"""Folder to modality: colour pencil and sketch are both drawings."""

PARTS = ("NIR", "CP", "SK", "TEXT")


def task_key(parts: str) -> str:
    """The canonical name of a task: the anchor first, the others in a fixed order.

    Raises:
        InputError: a part that the set does not have, or one given twice.

    >>> task_key("TEXT+SK+NIR")
    'TEXT+NIR+SK'
    """
    names = [part.strip().upper() for part in parts.split("+")]
    if not set(names) <= set(PARTS) or len(set(names)) != len(names):
        raise InputError(
            f"no ORBench task {parts!r}",
            "a task joins " + ", ".join(PARTS) + " with +, each once, the anchor first",
            "give for example TEXT+NIR",
        )
    return "+".join([names[0], *(part for part in PARTS if part in names[1:])])


def load(root: Path, card: Card) -> DataSet:
    """Read `gallery`, one split for each task key of the test list, and `train`.

    Raises:
        InputError: the layout is not ORBench's.
    """
    require(root, card, ["test_gallery_and_queries.json", "vis"])
    tests = read_json(root / "test_gallery_and_queries.json")
    if not isinstance(tests, dict) or GALLERY not in tests:
        raise InputError(
            f"{root / 'test_gallery_and_queries.json'} is not ORBench's test list",
            f"it has no {GALLERY}",
            "copy the file of the full release (the challenge's file hides the test set)",
        )
    problems: list[Problem] = []
    splits: dict[str, tuple[Sample, ...]] = {}
    for key, rows in tests.items():
        name = "gallery" if key == GALLERY else task_key(key)
        found = [_sample(row, f"{key}, row {n}", root, problems) for n, row in enumerate(rows, 1)]
        splits[name] = tuple(sample for sample in found if sample is not None)
    if (root / "train_annos.json").is_file():
        splits["train"] = tuple(_train(root, problems))
    return DataSet(card.name, root, splits, tuple(problems))


def _sample(row: Any, where: str, root: Path, problems: list[Problem]) -> Sample | None:
    """One row: an identity, then paths (told apart by their folder) and at most one text."""
    if not isinstance(row, list) or len(row) < 2:
        problems.append(Problem(where, f"not [identity, content …]: {row!r}"))
        return None
    content: dict[Modality, tuple[Path, ...]] = {}
    text: str | None = None
    picture: str | None = None
    for value in row[1:]:
        folder = str(value).replace("\\", "/").split("/", 1)[0]
        if folder in CONTENT and "/" in str(value):
            path = root / str(value)
            if not present(path, problems):
                return None
            modality = CONTENT[folder]
            content[modality] = (*content.get(modality, ()), path)
            picture = picture or path.stem
        else:
            text = str(value)
    if not content and not text:
        problems.append(Problem(where, "the row has no content"))
        return None
    return Sample(
        str(row[0]),
        rgb=content.get(Modality.RGB, ()),
        infrared=content.get(Modality.INFRARED, ()),
        sketch=content.get(Modality.SKETCH, ()),
        text=text,
        picture=picture,
    )


def _train(root: Path, problems: list[Problem]) -> list[Sample]:
    samples: list[Sample] = []
    for number, record in enumerate(read_json(root / "train_annos.json"), 1):
        if not isinstance(record, dict) or "id" not in record or "file_path" not in record:
            problems.append(Problem(f"train_annos.json, record {number}", "no id or file_path"))
            continue
        path = root / str(record["file_path"])
        if present(path, problems):
            samples.append(
                Sample(
                    f"train:{record['id']}",
                    rgb=(path,),
                    text=str(record["caption"]) if record.get("caption") else None,
                    picture=path.stem,
                )
            )
    return samples

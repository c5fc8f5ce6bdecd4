"""ORBench: 1,000 people in RGB, near infrared, colour pencil, sketch and text; fixed test lists."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Any

from omnireid.datasets.layout import identity_of, present, read_json, read_json_list, require
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample
from omnireid.errors import InputError

GALLERY = "RGB_GALLERY"
PARTS = ("NIR", "CP", "SK", "TEXT")
FOLDERS = {"RGB": "vis", "NIR": "nir", "CP": "cp", "SK": "sk"}


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
        name = _split_of(key, splits, problems)
        if name is None:
            continue
        if not isinstance(rows, list):
            problems.append(Problem(key, "no list of rows; left out"))
            continue
        parts = frozenset({"RGB"} if key == GALLERY else name.split("+"))
        found = [
            _sample(row, parts, f"{key}, row {n}", root, problems) for n, row in enumerate(rows, 1)
        ]
        splits[name] = tuple(sample for sample in found if sample is not None)
    if (root / "train_annos.json").is_file():
        splits["train"] = tuple(_train(root, problems))
    return DataSet(card.name, root, splits, tuple(problems))


def _split_of(key: str, known: Container[str], problems: list[Problem]) -> str | None:
    if key == GALLERY:
        return "gallery"
    try:
        name = task_key(key)
    except InputError:
        problems.append(Problem(key, "no task of the set; left out"))
        return None
    if name in known:
        problems.append(Problem(key, f"a second list of the task {name}; left out"))
        return None
    return name


def _sample(
    row: Any, parts: frozenset[str], where: str, root: Path, problems: list[Problem]
) -> Sample | None:
    """One row: an identity, then paths (told apart by their folder) and at most one text.

    Only what the task is made of is taken: a caption beside an infrared picture would make the
    task NIR another one.
    """
    identity = identity_of(row[0]) if isinstance(row, list) and len(row) > 1 else None
    if identity is None:
        problems.append(Problem(where, f"not [identity, content …]: {row!r}"))
        return None
    found: dict[str, str] = {}
    for value in (value for value in row[1:] if isinstance(value, str) and value.strip()):
        found.setdefault(_part_of(value), value)
    missing = sorted(parts - found.keys())
    if missing:
        problems.append(Problem(where, f"not {' + '.join(missing)}: {row!r}"))
        return None
    if found.keys() - parts:
        extra = ", ".join(sorted(found.keys() - parts))
        problems.append(Problem(where, f"{extra} is no part of the task; left out of the query"))
    paths = {part: root / value for part, value in found.items() if part in parts - {"TEXT"}}
    lost = [path for path in paths.values() if not present(path, problems)]
    if lost:
        return None
    return Sample(
        identity,
        rgb=_of(paths, "RGB"),
        infrared=_of(paths, "NIR"),
        sketch=_of(paths, "CP", "SK"),
        text=found["TEXT"] if "TEXT" in parts else None,
        picture=next((path.stem for path in paths.values()), None),
    )


def _part_of(value: str) -> str:
    folder, separator, _ = value.replace("\\", "/").partition("/")
    parts = {name: part for part, name in FOLDERS.items()}
    return parts.get(folder, "TEXT") if separator else "TEXT"


def _of(paths: dict[str, Path], *parts: str) -> tuple[Path, ...]:
    return tuple(path for part, path in paths.items() if part in parts)


def _train(root: Path, problems: list[Problem]) -> list[Sample]:
    samples: list[Sample] = []
    for number, record in enumerate(read_json_list(root / "train_annos.json"), 1):
        identity = identity_of(record.get("id")) if isinstance(record, dict) else None
        if identity is None or "file_path" not in record:
            problems.append(Problem(f"train_annos.json, record {number}", "no id or file_path"))
            continue
        path = root / str(record["file_path"])
        if present(path, problems):
            samples.append(
                Sample(
                    f"train:{identity}",
                    rgb=(path,),
                    text=str(record["caption"]) if record.get("caption") else None,
                    picture=path.stem,
                )
            )
    return samples

"""Sets of photos with written captions: CUHK-PEDES, ICFG-PEDES, RSTPReid, and sketches for them.

One JSON list; a record has `split`, `captions`, an `id`, and the photo's path under `imgs/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omnireid.datasets.layout import (
    captions_of,
    first_present,
    identity_of,
    present,
    read_json_list,
    require,
)
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Problem, Sample
from omnireid.errors import InputError

SKETCHES = ("imgs-sketch", "imgs-sketch2")
"""The authors' code reads the second."""

PATH_KEYS = ("file_path", "img_path")


def load_captions(root: Path, card: Card, listed: str, *, sketches: bool = False) -> DataSet:
    """Read `{part}.images` and `{part}.captions`; with sketches also `{part}.sketches` and
    `{part}.sketch_captions` (a caption with the sketch of the photo that it describes).

    Raises:
        InputError: the layout is not the set's, or the list is of an older release.
    """
    require(root, card, [listed, "imgs"])
    drawings = first_present(root, card, SKETCHES) if sketches else None
    records = read_json_list(root / listed)
    if records and not any(isinstance(one, dict) and "split" in one for one in records):
        raise InputError(
            f"{root / listed} is an older release of the list",
            "its records name no split",
            f"take the release with splits: {card.apply}",
        )
    problems: list[Problem] = []
    splits: dict[str, list[Sample]] = {}
    for number, record in enumerate(records, 1):
        _add(record, number, root, listed, drawings, splits, problems)
    return DataSet(
        card.name,
        root,
        {name: tuple(samples) for name, samples in splits.items()},
        tuple(problems),
    )


def _add(
    record: Any,
    number: int,
    root: Path,
    listed: str,
    drawings: Path | None,
    splits: dict[str, list[Sample]],
    problems: list[Problem],
) -> None:
    where = f"{listed}, record {number}"
    name = (
        next((record[key] for key in PATH_KEYS if key in record), None)
        if isinstance(record, dict)
        else None
    )
    identity = identity_of(record.get("id")) if isinstance(record, dict) else None
    if name is None or identity is None or not record.get("split"):
        problems.append(Problem(where, "no photo, no split, or a caption of an unknown person"))
        return
    name = str(name).replace("\\", "/").removeprefix("imgs/")
    part, photo = str(record["split"]), root / "imgs" / name
    if not present(photo, problems):
        return
    splits.setdefault(f"{part}.images", []).append(Sample(identity, rgb=(photo,), picture=name))
    captions = captions_of(record)
    if not captions:
        problems.append(Problem(where, "the photo has no caption"))
    drawing = drawings / name if drawings is not None else None
    if drawing is not None and not present(drawing, problems):
        drawing = None
    if drawing is not None:
        splits.setdefault(f"{part}.sketches", []).append(
            Sample(identity, sketch=(drawing,), picture=name)
        )
    for text in captions:
        splits.setdefault(f"{part}.captions", []).append(Sample(identity, text=text, picture=name))
        if drawing is not None:
            splits.setdefault(f"{part}.sketch_captions", []).append(
                Sample(identity, text=text, sketch=(drawing,), picture=name)
            )

"""Your own data: one CSV with a row for each observation."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime
from pathlib import Path

from omnireid.datasets.layout import present
from omnireid.datasets.registry import Card
from omnireid.datasets.samples import DataSet, Pictures, Problem, Sample, pictures
from omnireid.errors import InputError
from omnireid.observation import IMAGE_MODALITIES

CONTENT = ("rgb", "infrared", "sketch", "text")
PLACES = ("identity", "split", "camera", "time", "light", "picture")
SPLITS = ("query", "gallery", "train")
ENCODINGS = ("utf-8-sig", "cp932")
DELIMITERS = (",", ";", "\t")


def load(root: Path, card: Card) -> DataSet:
    """Read a CSV (`root` is the file). Columns: `identity` and at least one of `rgb`, `infrared`,
    `sketch`, `text`; also `split`, `camera`, `time`, `light`, `picture`. Paths are relative to the
    CSV; several pictures of one modality are joined by `|`.

    Without a `split` column every row is both query and gallery (`all`).

    Raises:
        InputError: no such file, no `identity` column, or no column with content.
    """
    rows, columns = _rows(root, card)
    problems: list[Problem] = []
    splits: dict[str, list[Sample]] = {}
    for number, row in enumerate(rows, 2):
        sample = _sample(row, root.parent, f"{root.name}, row {number}", problems)
        split = row.get("split", "").strip().lower() if "split" in columns else "all"
        if sample is None:
            continue
        if "split" in columns and split not in SPLITS:
            problems.append(
                Problem(
                    f"{root.name}, row {number}",
                    f"split {split!r} is none of " + ", ".join(SPLITS),
                )
            )
            continue
        splits.setdefault(split, []).append(sample)
    return DataSet(
        card.name,
        root,
        {name: tuple(samples) for name, samples in splits.items()},
        tuple(problems),
    )


def _rows(path: Path, card: Card) -> tuple[list[dict[str, str]], list[str]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} could not be opened", str(error.strerror), "give the path of a CSV file"
        ) from error
    text = _decoded(data, path)
    # Strict: a quotation mark that never closes would swallow the rows after it in silence.
    reader = csv.DictReader(io.StringIO(text), restval="", delimiter=_delimiter(text), strict=True)
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    if twice:
        raise InputError(
            f"{path} names a column twice",
            "two columns are called " + " and two ".join(twice),
            "leave one of each, so that it is clear which counts",
        )
    if "identity" not in columns or not set(columns) & set(CONTENT):
        raise InputError(
            f"{path} is not a table of observations",
            "its columns are: " + (", ".join(columns) or "none"),
            "name a column `identity` and at least one of "
            + ", ".join(CONTENT)
            + f". Layout:\n{card.layout.strip()}",
        )
    try:
        rows = [{k: v or "" for k, v in row.items() if isinstance(k, str)} for row in reader]
    except csv.Error as error:
        raise InputError(
            f"{path} is no well-formed table",
            f"below line {reader.line_num}: {error}",
            "look for a quotation mark that is not closed, or save it again from a spreadsheet",
        ) from error
    return rows, columns


def _delimiter(text: str) -> str:
    """What stands between the columns: spreadsheets of some countries write semicolons or tabs."""
    header = next(iter(text.splitlines()), "")
    return max(DELIMITERS, key=header.count)


def _decoded(data: bytes, path: Path) -> str:
    # UTF-16 has zero bytes, which no text in the encodings below holds.
    for encoding in ENCODINGS if b"\0" not in data else ():
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(
        f"{path} could not be read as text",
        "it is neither UTF-8 nor Shift_JIS",
        "save it as CSV UTF-8 in your spreadsheet",
    )


def _sample(
    row: dict[str, str], folder: Path, where: str, problems: list[Problem]
) -> Sample | None:
    value = {name: row.get(name, "").strip() for name in (*PLACES, *CONTENT)}
    files: Pictures = {}
    first = ""
    for modality in IMAGE_MODALITIES:
        names = [name.strip() for name in value[modality].split("|") if name.strip()]
        paths = [folder / name for name in names]
        if not all(present(path, problems) for path in paths):
            return None
        if paths:
            files.update(pictures(modality, *paths))
            first = first or names[0]
    if not value["identity"]:
        problems.append(Problem(where, "no identity: a caption or picture of an unknown person"))
        return None
    if not files and not value["text"]:
        problems.append(Problem(where, "no picture and no text"))
        return None
    try:
        time = datetime.fromisoformat(value["time"]) if value["time"] else None
    except ValueError:
        problems.append(Problem(where, f"the time {value['time']!r} is not ISO 8601; left out"))
        time = None
    return Sample(
        value["identity"],
        text=value["text"] or None,
        camera=value["camera"] or None,
        picture=value["picture"] or first or where,
        light=value["light"].lower() or None,
        time=time,
        **files,
    )

"""A folder of pictures becomes observations: one for each picture."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from omnireid.errors import InputError
from omnireid.images import open_image
from omnireid.observation import IMAGE_MODALITIES, Modality, Observation
from omnireid.sources.found import Found, Skipped
from omnireid.sources.table import Cell, Table, cell_at, cell_text, read_table
from omnireid.sources.template import compile_template
from omnireid.sources.times import parse_time

_Facts = tuple[str | None, datetime | None, str | None]
"""Camera, time and text of one picture."""


def read_folder(
    path: str | os.PathLike[str],
    *,
    modality: Modality = Modality.RGB,
    camera: str | None = None,
    pattern: str | None = None,
    table: str | os.PathLike[str] | None = None,
) -> Iterator[Found]:
    """The pictures in a folder and the folders below it, in the order of their names.

    What is a picture is decided by content, not by name: each is decoded once here, so that a
    damaged one is listed and the rest goes on. Hidden files and folders are passed over.

    Args:
        modality: what the pictures are: rgb, infrared or sketch.
        camera: the camera of all pictures for which `pattern` or `table` names none.
        pattern: a template of the names (see `compile_template`).
        table: a CSV or XLSX file with the columns file, camera, time and perhaps text; `file` is
            relative to the folder. Pictures it does not name are skipped.

    Raises:
        InputError: the folder or the table cannot be read, the pattern cannot be used, or both
            pattern and table are given.
    """
    folder = Path(path)
    if modality not in IMAGE_MODALITIES:
        raise InputError(
            f"a folder of pictures cannot be {modality}",
            "its files are pictures",
            "choose rgb, infrared or sketch, or read a file of notes",
        )
    if not folder.is_dir():
        why = "it is not a folder" if folder.exists() else "there is no such folder"
        raise InputError(f"{folder} could not be opened", why, "check the path")
    if pattern is not None and table is not None:
        raise InputError(
            "a pattern and a table were given",
            "camera and time can come from one of them alone",
            "leave one out",
        )
    if pattern is not None:
        template = compile_template(pattern)
        return _pictures(
            folder, modality, camera, lambda name: (*template.read(name), None), Path()
        )
    if table is not None:
        return _from_table(folder, modality, camera, Path(table))
    return _pictures(folder, modality, camera, lambda _: (None, None, None), Path())


def _from_table(
    folder: Path, modality: Modality, camera: str | None, path: Path
) -> Iterator[Found]:
    rows = _TableRows(read_table(path))

    def found() -> Iterator[Found]:
        yield from _pictures(folder, modality, camera, rows.facts, path)
        for number, reason in rows.left():
            yield Skipped(f"{path}#row={number}", reason)

    return found()


def _pictures(
    folder: Path,
    modality: Modality,
    camera: str | None,
    facts: Callable[[PurePosixPath], _Facts],
    table: Path,
) -> Iterator[Found]:
    for found in _files(folder):
        if isinstance(found, Skipped):
            yield found
            continue
        if table.name and found.resolve() == table.resolve():
            continue
        try:
            own_camera, time, text = facts(PurePosixPath(found.relative_to(folder).as_posix()))
            open_image(found)
            fields: dict[str, Any] = {modality.value: found}
            yield Observation(
                **fields, text=text, camera=own_camera or camera, time=time, source=str(found)
            )
        except InputError as error:
            yield Skipped(str(found), error.why)


def _files(folder: Path) -> Iterator[Path | Skipped]:
    """The files below `folder`, sorted; links to folders are not followed, so none goes round."""
    refused: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(place) / name
    for error in refused:
        yield Skipped(str(error.filename), error.strerror or "it could not be opened")


class _TableRows:
    """The rows of a table of pictures, by the file they name."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._camera = table.position("camera")
        self._time = table.position("time")
        texts = [name.strip().casefold() for name in table.columns]
        self._text = table.position("text") if "text" in texts else None
        place = table.position("file")
        self._rows: dict[str, tuple[int, tuple[Cell, ...]]] = {}
        self._doubles: list[tuple[int, str]] = []
        self._used: set[str] = set()
        for number, cells in table.rows:
            key = _same_name(cell_text(cell_at(cells, place)))
            if key in self._rows:
                self._doubles.append((number, f"an earlier row names {key!r} too"))
            else:
                self._rows[key] = (number, cells)

    def facts(self, name: PurePosixPath) -> _Facts:
        """Camera, time and text of a picture; InputError if its row is missing or wrong."""
        key = _same_name(str(name))
        if key not in self._rows:
            raise InputError(
                f"{name} was skipped", f"{self._table.name} has no row for it", "add a row"
            )
        self._used.add(key)
        _, cells = self._rows[key]
        time = cell_at(cells, self._time)
        return (
            cell_text(cell_at(cells, self._camera)) or None,
            _moment(time) if cell_text(time) else None,
            cell_text(cell_at(cells, self._text)) or None,
        )

    def left(self) -> Iterator[tuple[int, str]]:
        """Row number and reason of each row that gave no picture."""
        for key, (number, _) in self._rows.items():
            if key not in self._used:
                yield number, f"there is no picture {key!r} in the folder"
        yield from self._doubles


def _moment(cell: object) -> datetime:
    try:
        return parse_time(cell)
    except InputError as error:
        raise InputError(error.what, f"{error.what}: {error.why}", error.to_do) from None


def _same_name(name: str) -> str:
    """File names as one: Windows' strokes, macOS's split accents, a leading ./"""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).removeprefix("./")

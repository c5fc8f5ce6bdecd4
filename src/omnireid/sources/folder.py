"""A folder of pictures becomes observations: one for each picture."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class PictureFile:
    """A file to be read as a picture. `name` is what a pattern or a table knows it by (relative to
    the folder); `source` is what the observation is said to come from."""

    path: Path
    name: PurePosixPath
    source: str


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
    reader = PictureReader(modality=modality, camera=camera, pattern=pattern, table=table)
    listed = list_folder(folder, table=table)
    return _pictures(folder, listed, reader)


def list_folder(
    path: str | os.PathLike[str], *, table: str | os.PathLike[str] | None = None
) -> Iterator[PurePosixPath | Skipped]:
    """The names of the files in a folder and below it, sorted; nothing is opened.

    Then what gives no picture: folders that cannot be opened, and rows of `table` that name no
    file here. Hidden files and folders and the table itself are passed over; links to folders are
    not followed, so none goes round.

    Raises:
        InputError: the folder or the table cannot be read.
    """
    folder = Path(path)
    if not folder.is_dir():
        why = "it is not a folder" if folder.exists() else "there is no such folder"
        raise InputError(f"{folder} could not be opened", why, "check the path")
    rows = None if table is None else _TableRows(read_table(Path(table)))
    return _listed(folder, None if table is None else Path(table).resolve(), rows)


class PictureReader:
    """Reads files as pictures, with camera and time from a pattern or a table.

    Raises:
        InputError: the table cannot be read, the pattern cannot be used, or both are given.
    """

    def __init__(
        self,
        *,
        modality: Modality = Modality.RGB,
        camera: str | None = None,
        pattern: str | None = None,
        table: str | os.PathLike[str] | None = None,
    ) -> None:
        if modality not in IMAGE_MODALITIES:
            raise InputError(
                f"a folder of pictures cannot be {modality}",
                "its files are pictures",
                "choose rgb, infrared or sketch, or read a file of notes",
            )
        if pattern is not None and table is not None:
            raise InputError(
                "a pattern and a table were given",
                "camera and time can come from one of them alone",
                "leave one out",
            )
        self._modality, self._camera = modality, camera
        self._facts = _facts(pattern, table)

    def read(self, file: PictureFile) -> Found:
        """The picture in one file, decoded once to know that it can be; or why there is none."""
        try:
            camera, time, text = self._facts(file.name)
            open_image(file.path)
            fields: dict[str, Any] = {self._modality.value: file.path}
            return Observation(
                **fields,
                text=text,
                camera=camera or self._camera,
                time=time,
                source=file.source,
            )
        except InputError as error:
            return Skipped(file.source, error.why)


def _facts(
    pattern: str | None, table: str | os.PathLike[str] | None
) -> Callable[[PurePosixPath], _Facts]:
    if pattern is not None:
        template = compile_template(pattern)
        return lambda name: (*template.read(name), None)
    if table is not None:
        return _TableRows(read_table(Path(table))).facts
    return lambda _: (None, None, None)


def _pictures(
    folder: Path, listed: Iterator[PurePosixPath | Skipped], reader: PictureReader
) -> Iterator[Found]:
    for one in listed:
        if isinstance(one, Skipped):
            yield one
            continue
        path = folder / one
        yield reader.read(PictureFile(path, one, str(path)))


def _listed(
    folder: Path, table: Path | None, rows: _TableRows | None
) -> Iterator[PurePosixPath | Skipped]:
    refused: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if name.startswith(".") or (table is not None and path.resolve() == table):
                continue
            relative = PurePosixPath(path.relative_to(folder).as_posix())
            if rows is not None:
                rows.found(relative)
            yield relative
    for error in refused:
        yield Skipped(str(error.filename), error.strerror or "it could not be opened")
    if rows is not None:
        for number, reason in rows.left():
            yield Skipped(f"{table}#row={number}", reason)


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
        _, cells = self._rows[key]
        time = cell_at(cells, self._time)
        return (
            cell_text(cell_at(cells, self._camera)) or None,
            _moment(time) if cell_text(time) else None,
            cell_text(cell_at(cells, self._text)) or None,
        )

    def found(self, name: PurePosixPath) -> None:
        """There is a file of this name in the folder."""
        self._used.add(_same_name(str(name)))

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

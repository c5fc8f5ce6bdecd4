"""A file of notes becomes observations: one for each row."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from omnireid.errors import InputError
from omnireid.images import open_image
from omnireid.observation import IMAGE_MODALITIES, Modality, Observation
from omnireid.sources.found import Found, Skipped
from omnireid.sources.table import Cell, Table, cell_at, cell_text, read_table
from omnireid.sources.times import parse_time


@dataclass(frozen=True)
class NoteColumns:
    """Which column of a table holds what; only `text` must be there.

    `picture` holds paths relative to the file's folder, of pictures in `modality`.
    """

    text: str = "text"
    camera: str | None = None
    time: str | None = None
    picture: str | None = None
    modality: Modality = Modality.RGB


def read_notes(
    path: str | os.PathLike[str],
    *,
    columns: NoteColumns,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Iterator[Found]:
    """The notes in a CSV, TSV or XLSX file, one for each row with a text.

    A note's `source` is the path with its row as a spreadsheet shows it (`notes.csv#row=4`). A row
    without text, with a time nobody can read, or with a picture that is missing is skipped.

    Raises:
        InputError: the file cannot be read, or a named column is not in it (see `read_table`).
    """
    notes = open_notes(path, columns=columns, encoding=encoding, sheet=sheet)
    return (notes.read(number) for number in notes.numbers)


def open_notes(
    path: str | os.PathLike[str],
    *,
    columns: NoteColumns,
    encoding: str | None = None,
    sheet: str | None = None,
    source: str | None = None,
) -> NoteFile:
    """A file of notes, to be read row by row; `source` stands for the path in what is read.

    Raises:
        InputError: as `read_notes`.
    """
    file = Path(path)
    if columns.modality not in IMAGE_MODALITIES:
        raise InputError(
            "the picture column cannot hold text",
            "a picture is rgb, infrared or sketch",
            "choose one of these",
        )
    table = read_table(file, encoding=encoding, sheet=sheet)
    places = {
        field: None if name is None else table.position(name)
        for field, name in (
            ("text", columns.text),
            ("camera", columns.camera),
            ("time", columns.time),
            ("picture", columns.picture),
        )
    }
    return NoteFile(file, source or str(file), table, places, columns.modality)


@dataclass(frozen=True)
class NoteFile:
    """The rows of a note file; made by `open_notes`."""

    path: Path
    source: str
    table: Table
    places: Mapping[str, int | None]
    modality: Modality

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its rows, rising, as a spreadsheet shows them."""
        return tuple(self._cells)

    @cached_property
    def _cells(self) -> dict[int, tuple[Cell, ...]]:
        return dict(self.table.rows)

    def read(self, number: int) -> Found:
        """The note in one row, or why there is none."""
        source = f"{self.source}#row={number}"
        cells = self._cells[number]
        text, camera, time, picture = (
            cell_at(cells, self.places[field]) for field in ("text", "camera", "time", "picture")
        )
        try:
            if not cell_text(text):
                return Skipped(source, "the text is empty")
            moment = parse_time(time) if cell_text(time) else None
            fields: dict[str, Any] = {
                self.modality.value: _picture(self.path, cell_text(picture)),
            }
            return Observation(
                **fields,
                text=cell_text(text),
                camera=cell_text(camera) or None,
                time=moment,
                source=source,
            )
        except InputError as error:
            return Skipped(source, f"{error.what}: {error.why}")


def _picture(file: Path, name: str) -> Path | None:
    """The picture named in a row, checked; only from the file's own folder and below."""
    if not name:
        return None
    folder = file.parent.resolve()
    try:
        picture = (folder / name.replace("\\", "/")).resolve()
    # A zero byte in the name, or links that go round.
    except (ValueError, OSError, RuntimeError) as error:
        raise InputError(
            f"the picture {name!r} was refused", "it is no file name", "correct the row"
        ) from error
    if not picture.is_relative_to(folder):
        raise InputError(
            f"the picture {name!r} was refused",
            "it lies outside the folder of the notes",
            "move it beside the file",
        )
    open_image(picture)
    return picture

"""Rows of a CSV, TSV or XLSX file, whatever program wrote it."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from omnireid.errors import InputError
from omnireid.sources.workbook import Uncomputed, workbook_rows

Cell = object
"""What a table holds: text, a number, a date, a truth value, or None."""

MAX_BYTES = 200_000_000
_DELIMITERS = ",\t;|"


@dataclass(frozen=True)
class Table:
    """The named columns of a file and its rows below the header.

    `rows` are (row number as a spreadsheet shows it, cells); rows without content are left out.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]

    def position(self, column: str) -> int:
        """Where `column` stands; case, width of letters and outer spaces do not matter.

        Raises:
            InputError: no column, or more than one, has this name.
        """
        wanted = _plain(column)
        places = [place for place, name in enumerate(self.columns) if _plain(name) == wanted]
        if len(places) == 1:
            return places[0]
        there = ", ".join(name for name in self.columns if name) or "none"
        raise InputError(
            f"{self.name} has {'two columns' if places else 'no column'} named {column!r}",
            f"its columns are: {there}",
            "name one of these columns" if not places else "rename one of the two in the file",
        )


def read_table(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> Table:
    """The table in a CSV, TSV or XLSX file; its first row with content is the header.

    Text is UTF-8 (with or without a byte order mark), UTF-16 with one, or Shift_JIS (CP932),
    whichever fits first, unless `encoding` is given. Commas, tabs, semicolons and bars separate.

    Raises:
        InputError: the file is missing, empty, too large, damaged, in another encoding, or `sheet`
            is not in it.
    """
    name = path.name
    data = _read(path)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            f"{name} could not be read",
            "it is in the old Excel format (or protected by a password)",
            "save it as .xlsx without a password",
        )
    if zipfile.is_zipfile(io.BytesIO(data)):
        numbered = list(workbook_rows(data, name, sheet))
    elif sheet is not None:
        raise InputError(
            f"{name} has no sheet {sheet!r}", "it is a text file", "leave the sheet out"
        )
    else:
        numbered = list(_text_rows(_decode(data, name, encoding), name))
    filled = [(number, cells) for number, cells in numbered if any(map(_has_content, cells))]
    if not filled:
        raise InputError(f"{name} holds no table", "it has no row with content", "check the file")
    header = tuple("" if cell is None else str(cell).strip() for cell in filled[0][1])
    return Table(name, header, tuple(filled[1:]))


def cell_text(cell: Cell) -> str:
    """A cell as a person reads it.

    Raises:
        InputError: the cell is a formula whose result was never stored.

    >>> cell_text(3.0), cell_text(None), cell_text(" red coat ")
    ('3', '', 'red coat')
    """
    if cell is None:
        return ""
    if isinstance(cell, Uncomputed):
        raise InputError(
            f"the cell {cell.place}",
            "it is a formula without a stored result",
            "open the file in a spreadsheet program and save it",
        )
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def cell_at(cells: Sequence[Cell], position: int | None) -> Cell:
    """The cell at `position`; None if the column is not used or the row is shorter."""
    return None if position is None or position >= len(cells) else cells[position]


def _has_content(cell: Cell) -> bool:
    return isinstance(cell, Uncomputed) or cell_text(cell) != ""


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                f"{path.name} was refused",
                f"it has {size:,} bytes, above {MAX_BYTES:,}",
                "split it into several files",
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path.name} could not be opened", reason, "check the path and its permissions"
        ) from error
    if not data.strip():
        raise InputError(f"{path.name} could not be read", "the file is empty", "export it again")
    return data


def _decode(data: bytes, name: str, encoding: str | None) -> str:
    if encoding is not None:
        candidates: tuple[str, ...] = (_with_mark(encoding),)
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ("utf-16",)
    else:
        candidates = ("utf-8-sig", "cp932")
    for candidate in candidates:
        try:
            return data.decode(candidate)
        except LookupError:
            raise InputError(
                f"unknown encoding {encoding!r}",
                "Python has no decoder of this name",
                "use utf-8, cp932 (Shift_JIS), utf-16 or euc_jp",
            ) from None
        except UnicodeError:
            continue
    raise InputError(
        f"{name} could not be read as text",
        "its bytes do not fit " + " or ".join(candidates),
        "give its encoding, or save it as CSV UTF-8",
    )


def _with_mark(encoding: str) -> str:
    """UTF-8 is read with or without a byte order mark; Shift_JIS as Windows extends it."""
    plain = encoding.strip().lower().replace("_", "-")
    if plain in ("utf-8", "utf8"):
        return "utf-8-sig"
    return "cp932" if plain in ("shift-jis", "sjis", "shiftjis") else encoding.strip()


def _text_rows(text: str, name: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, tuple(cells)
    except csv.Error as error:
        raise InputError(
            f"{name} is damaged at line {reader.line_num}",
            str(error),
            "open it in a spreadsheet program and save it again as CSV",
        ) from error


def _delimiter(text: str) -> str:
    """The separator that cuts the first line into most columns; a comma if none does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))

"""Rows of an Excel workbook (.xlsx)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl

from omnireid.errors import InputError

MAX_UNPACKED = 1_000_000_000
"""Bytes: a workbook that unpacks to more is taken for a trap."""


@dataclass(frozen=True)
class Uncomputed:
    """A formula that a program wrote without computing it."""

    place: str


def workbook_rows(
    data: bytes, name: str, sheet: str | None
) -> Iterator[tuple[int, tuple[object, ...]]]:
    """The rows of one sheet: (row number, cells); formulas as last computed, else Uncomputed.

    Every cell of a merged range has the range's value: a camera written once for ten rows is the
    camera of ten rows. Error values (#N/A) are empty.

    Args:
        sheet: the sheet's name; the first visible one without it.

    Raises:
        InputError: the workbook is damaged, too large, or has no such sheet.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise InputError(
                f"{name} was refused",
                f"it unpacks to {unpacked:,} bytes, above {MAX_UNPACKED:,}",
                "split it into several files",
            )
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data))
    except InputError:
        raise
    # openpyxl raises almost anything on a damaged workbook; each is "cannot be read" here.
    except Exception as error:
        raise InputError(
            f"{name} could not be read as a workbook",
            "it is damaged or no Excel file",
            "open it in a spreadsheet program and save it again as .xlsx",
        ) from error
    page = _sheet(book, name, sheet)
    written = formulas[page.title]
    merged = {
        (row, column): page.cell(area.min_row, area.min_col).value
        for area in page.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.max_col + 1)
    }
    for row in page.iter_rows():
        yield row[0].row, tuple(_value(cell, written, merged) for cell in row)


def _value(cell: Any, written: Any, merged: dict[tuple[int, int], object]) -> object:
    if cell.data_type == "e":
        return None
    value = merged.get((cell.row, cell.column), cell.value)
    if value is None and written.cell(cell.row, cell.column).data_type == "f":
        return Uncomputed(cell.coordinate)
    return value


def _sheet(book: Any, name: str, sheet: str | None) -> Any:
    pages = book.worksheets
    for page in pages:
        if page.title == sheet or (sheet is None and page.sheet_state == "visible"):
            return page
    raise InputError(
        f"{name} has no sheet {sheet!r}" if sheet is not None else f"{name} has no visible sheet",
        "its sheets are: " + (", ".join(page.title for page in pages) or "none"),
        "name one of these sheets",
    )

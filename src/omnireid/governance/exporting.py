"""The audit log as JSON lines or CSV, for a machine or a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum

from omnireid.governance.audit import Entry, utc_text
from omnireid.governance.chain import JSON, canonical

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    "seq",
    "at",
    "actor",
    "action",
    "purpose",
    "case",
    "details",
    "personal",
    "redacted",
    "digest",
)


class LogFormat(StrEnum):
    """How an export is written."""

    JSONL = "jsonl"
    CSV = "csv"


def guarded(value: object) -> str:
    """A cell that no spreadsheet program takes for a formula.

    >>> guarded("=HYPERLINK(1)"), guarded("red coat"), guarded(None)
    ("'=HYPERLINK(1)", 'red coat', '')
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def lines(entries: Iterable[Entry], form: LogFormat) -> Iterator[str]:
    """The export line by line, each with its end."""
    if form is LogFormat.JSONL:
        for entry in entries:
            yield canonical(fields(entry)) + "\n"
        return
    yield "\ufeff" + _csv_line(COLUMNS)
    for entry in entries:
        values = fields(entry)
        values["details"] = canonical(entry.details)
        values["personal"] = "" if entry.personal is None else canonical(entry.personal)
        yield _csv_line(guarded(values[name]) for name in COLUMNS)


def fields(entry: Entry) -> dict[str, JSON]:
    """An entry as JSON."""
    return {
        "seq": entry.seq,
        "at": utc_text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "purpose": entry.purpose,
        "case": entry.case,
        "details": entry.details,
        "personal": entry.personal,
        "redacted": entry.redacted,
        "digest": entry.digest,
    }


def _csv_line(values: Iterable[object]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(values)
    return file.getvalue()

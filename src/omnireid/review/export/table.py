"""The candidates as a table for a spreadsheet, with cells that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io

from omnireid.review.export.estimates import band_name
from omnireid.review.export.gathering import Contents, Exhibit
from omnireid.review.export.naming import picture_name

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula, in either width."""

COLUMNS = (
    "number", "item", "camera", "time", "modalities", "source", "note", "state", "similarity",
    "probability", "band", "decisions", "picture",
)  # fmt: skip


def table(contents: Contents) -> bytes:
    """UTF-8 with a mark, so that a spreadsheet reads Japanese."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for exhibit in contents.exhibits:
        writer.writerow([harmless(cell) for cell in _row(contents, exhibit)])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run.

    >>> harmless("=HYPERLINK(1)"), harmless("gate"), harmless("-1")
    ("'=HYPERLINK(1)", 'gate', "'-1")
    """
    return "'" + cell if cell.lstrip(" ").startswith(_STARTS) else cell


def _row(contents: Contents, exhibit: Exhibit) -> list[str]:
    candidate, item = exhibit.candidate, exhibit.item
    decisions = "; ".join(
        " ".join(
            part
            for part in (
                entry.person.name if entry.person else "",
                entry.action.value,
                entry.reason.value if entry.reason else "",
                contents.local(entry.time).isoformat(timespec="seconds"),
            )
            if part
        )
        for entry in candidate.decisions
    )
    return [
        str(exhibit.number),
        "" if item is None else str(item.item_id),
        "" if item is None else item.camera or "",
        "" if item is None or item.time is None else item.time.isoformat(timespec="seconds"),
        "" if item is None else "+".join(item.modalities),
        "" if item is None else item.source or "",
        "" if item is None else item.note or "",
        candidate.state.value,
        "" if candidate.score is None else f"{candidate.score:.4f}",
        "" if candidate.probability is None else f"{candidate.probability:.4f}",
        band_name(candidate),
        decisions,
        "" if exhibit.picture is None else picture_name(exhibit.number),
    ]

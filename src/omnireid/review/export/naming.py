"""Names of the files in an export: numbers alone, nothing that anyone typed."""

from __future__ import annotations

import re

MANIFEST, TABLE, REPORT, SUMS = "manifest.json", "items.csv", "report.pdf", "SHA256SUMS"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def picture_name(number: int) -> str:
    """Where the picture of an exhibit lies.

    >>> picture_name(7)
    'pictures/0007.jpg'
    """
    return f"pictures/{number:04}.jpg"


def archive_name(reference: str, day: str) -> str:
    """A file name for the whole export, safe on every system.

    >>> archive_name("2026-0001/å", "20261124")
    'case-2026-0001-20261124.zip'
    """
    plain = _UNSAFE.sub("-", reference).strip("-.")[:60]
    return "-".join(part for part in ("case", plain, day) if part) + ".zip"

"""Uploads that wait in the queue and show what is erased: found by content, and removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omnireid.errors import InputError
from omnireid.gallery import Blur, kept_digest
from omnireid.governance.gathering import picture_hash
from omnireid.governance.scanning import Needle

WAITING = "jobs"
"""The folder in a gallery where uploaded files wait for their job."""

_LARGEST = 64 << 20


def remove_staged(gallery: Path, needles: Sequence[Needle]) -> int:
    """Remove waiting files that are, or would be kept as, an erased picture; how many.

    The job that meets the gap lists the file as missing. Rows of note files and frames of videos
    are refused by their hash when their job comes to them.
    """
    digests = {needle.data.decode() for needle in needles if needle.kind == "digest"}
    folder = gallery / WAITING
    removed = 0
    if not digests or not folder.is_dir():
        return 0
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= _LARGEST and _shows(path, digests):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _shows(path: Path, digests: set[str]) -> bool:
    data = path.read_bytes()
    if picture_hash(data) in digests:
        return True
    try:
        return any(kept_digest(data, blur) in digests for blur in (Blur.OFF, Blur.THUMBNAILS))
    except InputError:
        return False  # no picture

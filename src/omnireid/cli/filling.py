"""Reporting what went into a gallery: what every `index` command ends with."""

from __future__ import annotations

from omnireid.cli.output import print_json, results, show_skipped
from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.jobs import Filled


def report_filled(gallery: Gallery, filled: Filled, *, as_json: bool) -> None:
    """Say what was done.

    Raises:
        InputError: nothing at all could be used.
    """
    total = gallery.count()
    if as_json:
        print_json(
            {
                "gallery": str(gallery.info().path),
                "added": filled.added,
                "already_there": filled.duplicates,
                "skipped": [{"source": one.source, "reason": one.reason} for one in filled.skipped],
                "items": total,
            }
        )
    else:
        show_skipped(filled.skipped)
        results.print(
            f"{filled.added:,} added, {filled.duplicates:,} already there, "
            f"{len(filled.skipped):,} skipped. The gallery holds {total:,} items."
        )
    if not filled.added and not filled.duplicates:
        raise InputError(
            "nothing was indexed",
            f"all {len(filled.skipped):,} inputs were skipped"
            if filled.skipped
            else "the source holds nothing",
            "mend what the list names, or check the path",
        )

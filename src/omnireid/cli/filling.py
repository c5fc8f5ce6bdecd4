"""Filling a gallery from a source, with progress and a report: what every `index` command does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from omnireid.cli.output import WorkBar, print_json, results, show_skipped
from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.observation import Observation
from omnireid.sources import Found, Skipped


@dataclass(frozen=True)
class Filled:
    """What a job did. `added` items are stored and survive a crash."""

    added: int
    duplicates: int
    skipped: tuple[Skipped, ...]

    def __add__(self, other: Filled) -> Filled:
        return Filled(
            self.added + other.added,
            self.duplicates + other.duplicates,
            self.skipped + other.skipped,
        )


def fill(gallery: Gallery, found: Iterable[Found], bar: WorkBar) -> Filled:
    """Add every observation that the source yields; the rest is kept with its reasons."""
    skipped: list[Skipped] = []

    def observations() -> Iterator[Observation]:
        for one in found:
            if isinstance(one, Skipped):
                skipped.append(one)
            else:
                yield one

    report = gallery.add(observations(), progress=bar.handled)
    refused = tuple(Skipped(one.source, one.reason) for one in report.skipped)
    return Filled(report.added, report.duplicates, (*skipped, *refused))


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

"""Putting what was read into the gallery, and telling what each unit became."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from omnireid.errors import InputError
from omnireid.gallery import Gallery, metadata
from omnireid.jobs.rows import parts
from omnireid.jobs.values import Outcome, Result
from omnireid.jobs.wire import Unit
from omnireid.observation import Observation
from omnireid.sources import Found, Skipped

_ITEMS, _SOURCES = metadata.tables["items"], metadata.tables["sources"]


@dataclass(frozen=True)
class Filled:
    """What was done. `added` items are stored and survive a crash."""

    added: int
    duplicates: int
    skipped: tuple[Skipped, ...]

    def __add__(self, other: Filled) -> Filled:
        return Filled(
            self.added + other.added,
            self.duplicates + other.duplicates,
            self.skipped + other.skipped,
        )


def fill(
    gallery: Gallery, found: Iterable[Found], progress: Callable[[int], None] | None = None
) -> Filled:
    """Add every observation that a source yields; the rest is kept with its reasons."""
    skipped: list[Skipped] = []

    def observations() -> Iterator[Observation]:
        for one in found:
            if isinstance(one, Skipped):
                skipped.append(one)
            else:
                yield one

    report = gallery.add(observations(), progress=progress)
    refused = tuple(Skipped(one.source, one.reason) for one in report.skipped)
    return Filled(report.added, report.duplicates, (*skipped, *refused))


def store(gallery: Gallery, units: Sequence[Unit], since: str, *, by_row: bool) -> list[Outcome]:
    """Add a batch of units; durable on return. What became of each, in order.

    since: when the job began, as ledger text. An item that was made after it from the very source
    of a unit is that unit's, though a worker killed before it could record so stored it: it counts
    as added, once. by_row: the keys of the units are rows of the job's list.
    """
    if not units:
        return []
    observations = {u.key: u.found for u in units if isinstance(u.found, Observation)}
    filled = fill(gallery, (unit.found for unit in units))
    reasons = {one.source: one.reason for one in filled.skipped}
    made = _made_since(gallery, [o.source or "" for o in observations.values()], since)
    outcomes: list[Outcome] = []
    seen: set[int] = set()
    for unit in units:
        name = unit.found.source or ""
        row = unit.key if by_row else None
        if name in reasons:
            outcomes.append(Outcome(name, Result.SKIPPED, reasons[name], file_id=row))
            continue
        item = _holding(gallery, observations[unit.key])
        new = item is not None and item in made and item not in seen
        if item is not None:
            seen.add(item)
        result = Result.ADDED if new else Result.DUPLICATE
        outcomes.append(Outcome(name, result, item_id=None if new else item, file_id=row))
    return outcomes


def _holding(gallery: Gallery, observation: Observation) -> int | None:
    try:
        return gallery.holding(observation)
    # The file was changed or removed since it was stored.
    except InputError:
        return None


def _made_since(gallery: Gallery, sources: Sequence[str], since: str) -> set[int]:
    made: set[int] = set()
    with gallery.database.read() as connection:
        for part in parts(sorted(set(sources))):
            made.update(
                connection.scalars(
                    select(_ITEMS.c.id)
                    .join_from(_ITEMS, _SOURCES, _ITEMS.c.source_id == _SOURCES.c.id)
                    .where(_SOURCES.c.name.in_(part), _ITEMS.c.added >= since)
                )
            )
    return made

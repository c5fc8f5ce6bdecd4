"""The items most like a vector, ranked by cosine or, across modalities, by what cosines mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omnireid.gallery import finding
from omnireid.gallery.scales import Scales
from omnireid.gallery.stages import stage
from omnireid.gallery.store import Store
from omnireid.gallery.values import Filters, Match, Vectors


@dataclass(frozen=True)
class Place:
    """Where a page ended: what its last item is ranked by, and its id."""

    value: float
    item_id: int


@dataclass(frozen=True)
class Found:
    """The matches, and how many the index found before any were skipped or seen to be deleted."""

    matches: tuple[Match, ...]
    count: int


def ranking_of(
    store: Store, filters: Filters, words: str | None, scales: Scales | None
) -> Scales | None:
    """The scales, if every kind of item that fits has one; else None: ranked by cosine.

    A cosine of one kind cannot be set against log-odds of another.
    """
    if scales is None:
        return None
    missing = scales.missing()
    if not missing:
        return scales
    store.synchronise()
    with store.database.read() as connection:
        chosen = finding.selection(connection, filters, words, store.local)
    return scales if store.index.kinds(chosen).isdisjoint(missing) else None


def nearest(
    store: Store,
    vector: Vectors,
    filters: Filters,
    words: str | None,
    limit: int,
    ranked_by: Scales | None,
    *,
    scales: Scales | None,
    skip: int = 0,
    after: Place | None = None,
) -> Found:
    """The best `limit` items for (width,) `vector` without the first `skip`, ties by lower id.

    ranked_by: None for the cosine; items without a scale in it are left out. scales: for what is
    said of a match, however it was ranked.
    """
    keys = None if ranked_by is None else ranked_by.keys()
    place = None if after is None else (after.value, after.item_id)
    # An item found by the index may be deleted before its row is read: then look again.
    for _ in range(3):
        store.synchronise()
        with store.database.read() as connection:
            chosen = finding.selection(connection, filters, words, store.local)
            with stage("index"):
                ids, cosines = store.index.search(vector, chosen, limit, place, keys)
            wanted = ids[skip:].tolist()
            with stage("ledger"):
                rows = finding.rows(connection, wanted)
        if len(rows) == len(wanted):
            break
    matches = tuple(
        _match(finding.fields(store, rows[i]), cosine, scales)
        for i, cosine in zip(wanted, cosines[skip:].tolist(), strict=True)
        if i in rows
    )
    return Found(matches, len(ids))


def _match(fields: dict[str, Any], cosine: float, scales: Scales | None) -> Match:
    scale = None if scales is None else scales.of(fields["modalities"])
    return Match(
        **fields,
        score=cosine,
        probability=None if scale is None else scale.probability(cosine),
    )

"""Search and paging: filters as SQL and as index selections, results from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from omnireid.errors import InputError
from omnireid.gallery import attributes, notes
from omnireid.gallery.content import modalities_of, modality_bits
from omnireid.gallery.index import Ids, Selection
from omnireid.gallery.moments import from_text, to_microseconds, to_text
from omnireid.gallery.schema import cameras, item_pictures, items, sources
from omnireid.gallery.store import Store
from omnireid.gallery.values import Filters, Item, Match, Order

_PART = 500  # values in one IN (...)


def by_words(
    store: Store, words: str, filters: Filters, order: Order, k: int, offset: int
) -> tuple[Match, ...]:
    """Items whose note holds every word, by bm25 or by time."""
    query = (
        select(items.c.id)
        .join_from(items, notes.notes, notes.notes.c.rowid == items.c.id)
        .where(notes.matching(words), *conditions(filters, store.local))
    )
    ordering = (notes.RANK, items.c.id) if order is Order.RELEVANCE else time_order(order)
    rows = _page(store, query.order_by(*ordering), k, offset)
    return tuple(Match(**fields(store, row), score=None) for row in rows)


def by_time(store: Store, filters: Filters, order: Order, k: int, offset: int) -> tuple[Item, ...]:
    """Items, newest or oldest first; those without a time come last."""
    query = select(items.c.id).where(*conditions(filters, store.local))
    rows = _page(store, query.order_by(*time_order(order)), k, offset)
    return tuple(Item(**fields(store, row)) for row in rows)


def count(store: Store, filters: Filters, words: str | None) -> int:
    """How many items fit."""
    query = select(func.count()).select_from(items).where(*conditions(filters, store.local))
    if words is not None:
        noted = select(notes.notes.c.rowid).where(notes.matching(words))
        query = query.where(items.c.id.in_(noted))
    with store.database.read() as connection:
        return connection.scalar(query) or 0


def shows(store: Store, digest: str, scope: Sequence[str]) -> bool:
    """Whether an item of one of these cameras has the picture."""
    query = (
        select(items.c.id)
        .join_from(items, item_pictures)
        .join(cameras)
        .where(item_pictures.c.digest == digest, cameras.c.name.in_(scope))
    )
    with store.database.read() as connection:
        return connection.scalar(query.limit(1)) is not None


def _page(store: Store, query: Select[Any], k: int, offset: int) -> list[Any]:
    with store.database.read() as connection:
        ids = list(connection.scalars(query.limit(k).offset(offset)))
        found = rows(connection, ids)
    return [found[i] for i in ids]


def time_order(order: Order) -> tuple[ColumnElement[Any], ...]:
    """By time, those without one last, then by id."""
    time = items.c.time.asc() if order is Order.OLDEST else items.c.time.desc()
    return time.nulls_last(), items.c.id


def rows(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """What `fields` needs of the items that exist."""
    query = (
        select(
            items.c.id,
            items.c.modalities,
            items.c.time,
            items.c.note,
            cameras.c.name.label("camera"),
            sources.c.name.label("source"),
            item_pictures.c.digest,
        )
        .select_from(items)
        .outerjoin(cameras)
        .outerjoin(sources)
        .outerjoin(
            item_pictures, (item_pictures.c.item_id == items.c.id) & (item_pictures.c.ordinal == 0)
        )
    )
    return {
        row.id: row
        for start in range(0, len(ids), _PART)
        for row in connection.execute(query.where(items.c.id.in_(ids[start : start + _PART])))
    }


def fields(store: Store, row: Any) -> dict[str, Any]:
    """The fields of an Item."""
    return {
        "item_id": row.id,
        "camera": row.camera,
        "time": None if row.time is None else from_text(row.time, store.local),
        "modalities": modalities_of(row.modalities),
        "source": row.source,
        "note": row.note,
        "picture_path": None if row.digest is None else store.pictures.path(row.digest),
    }


def conditions(filters: Filters, local: tzinfo | None) -> list[ColumnElement[bool]]:
    """The filters as SQL over `items`."""
    conditions: list[ColumnElement[bool]] = []
    if filters.cameras or filters.scope:
        conditions.append(items.c.camera_id.in_(_cameras(filters)))
    if filters.sources:
        conditions.append(items.c.source_id.in_(select(sources.c.id).where(_below(filters))))
    if filters.modalities:
        conditions.append(items.c.modalities.bitwise_and(modality_bits(filters.modalities)) != 0)
    if filters.attributes:
        conditions.append(items.c.id.in_(attributes.items_with(filters.attributes)))
    start, end = _bounds(filters, local)
    if start is not None:
        conditions.append(items.c.time >= start)
    if end is not None:
        conditions.append(items.c.time < end)
    return conditions


def selection(
    connection: Connection, filters: Filters, words: str | None, local: tzinfo | None
) -> Selection:
    """The filters in the index's terms."""

    def ids(query: Select[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.fromiter(connection.scalars(query), dtype=np.int64)

    bounds = _bounds(filters, local)
    start, end = (None if t is None else int(to_microseconds([t])[0]) for t in bounds)
    return Selection(
        cameras=ids(_cameras(filters)) if filters.cameras or filters.scope else None,
        sources=ids(select(sources.c.id).where(_below(filters))) if filters.sources else None,
        modalities=modality_bits(filters.modalities) if filters.modalities else None,
        start=start,
        end=end,
        item_ids=_named(connection, filters, words),
    )


def _named(connection: Connection, filters: Filters, words: str | None) -> Ids | None:
    noted = None if words is None else notes.matching_items(connection, words)
    if not filters.attributes:
        return noted
    having = attributes.items_with(filters.attributes)
    read = np.fromiter(connection.scalars(having), dtype=np.int64)
    return read if noted is None else np.intersect1d(read, noted)


def _cameras(filters: Filters) -> Select[Any]:
    named = (cameras.c.name.in_(names) for names in (filters.cameras, filters.scope) if names)
    return select(cameras.c.id).where(*named)


def _below(filters: Filters) -> ColumnElement[bool]:
    # Not LIKE: names of files hold % and _.
    name = sources.c.name
    return or_(
        *(
            or_(name == place, func.substr(name, 1, len(place) + 1).in_(_children(place)))
            for place in (source.rstrip("/\\") or source for source in filters.sources)
        )
    )


def _children(place: str) -> tuple[str, ...]:
    return tuple(place + separator for separator in "/\\#")


def _bounds(filters: Filters, local: tzinfo | None) -> tuple[str | None, str | None]:
    start, end = (None if t is None else to_text(t, local) for t in (filters.start, filters.end))
    if start is not None and end is not None and start >= end:
        raise InputError(
            f"no time lies between {filters.start} and {filters.end}",
            "the start is not before the end",
            "swap them or widen the range",
        )
    return start, end

"""Reading attributes off the kept pictures of items that were taken in before there were any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Select, func, select

from omnireid.errors import InputError
from omnireid.gallery import attributes
from omnireid.gallery.attributes import Readings, item_attributes
from omnireid.gallery.browsing import Browsing
from omnireid.gallery.schema import item_pictures, items
from omnireid.gallery.store import Store
from omnireid.gallery.values import ReadingEncoder
from omnireid.observation import Observation

_BATCH = 32


def unread(store: Store) -> int:
    """How many items have pictures and no attributes."""
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(_unread().subquery())) or 0


def read_missing(store: Store, encoder: ReadingEncoder) -> Iterator[int]:
    """Read them; yields how many items were looked at after each stored batch.

    Nothing of an item changes but its attributes. One whose picture is damaged is passed over:
    `verify` names it. Killed, it goes on with those that are still without.
    """
    after = 0
    while True:
        query = _unread().where(items.c.id > after).order_by(items.c.id).limit(_BATCH)
        with store.database.read() as connection:
            waiting = list(connection.scalars(query))
        if not waiting:
            return
        read = _read(encoder, _seen(store, waiting))
        with store.database.write() as connection:
            # Some may have been deleted, or read by another worker, in the meantime.
            still = set(connection.scalars(_unread().where(items.c.id.in_(list(read)))))
            attributes.store(connection, {i: one for i, one in read.items() if i in still})
        yield len(waiting)
        after = waiting[-1]


def _unread() -> Select[Any]:
    pictured = select(item_pictures.c.item_id)
    known = select(item_attributes.c.item_id)
    return select(items.c.id).where(items.c.id.in_(pictured), items.c.id.not_in(known))


def _seen(store: Store, ids: list[int]) -> dict[int, Observation]:
    browse = Browsing(store)
    return {i: browse.observation_of(item) for i, item in browse.items_of(ids).items()}


def _read(encoder: ReadingEncoder, seen: Mapping[int, Observation]) -> dict[int, Readings]:
    if not seen:
        return {}
    try:
        _, readings = encoder.encode_and_read(list(seen.values()))
    except InputError:
        if len(seen) == 1:
            return {}
        # One of them cannot be read: find it, keep the others.
        return {i: one for key in seen for i, one in _read(encoder, {key: seen[key]}).items()}
    return dict(zip(seen, readings, strict=True))

"""What pages read: the next stretch after a cursor, one item, its neighbours in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, and_, or_, select

from omnireid.errors import InputError
from omnireid.gallery import attributes, finding, notes
from omnireid.gallery.cursor import Cursor
from omnireid.gallery.ledger import vector_problem, version
from omnireid.gallery.nearest import Place, nearest, ranking_of
from omnireid.gallery.scales import Scales
from omnireid.gallery.schema import cameras, item_pictures, items, vectors
from omnireid.gallery.store import Store
from omnireid.gallery.values import Filters, Item, Match, Order, Vectors
from omnireid.observation import Observation

POOL = 100
"""Sorted by time, a search by similarity shows its best so many."""

_EVERYTHING = Filters()


@dataclass(frozen=True)
class Page:
    """A stretch of results; `following` leads to the next one, None at the end.

    best: of a search by similarity, the most probable match on the first page (sorted by time: of
    the POOL), or the most similar where nothing is calibrated; None on later pages.
    """

    items: tuple[Item, ...]
    following: Cursor | None
    best: Match | None = None


class Browsing:
    """Reading the items of a gallery for a person who pages through them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self,
        vector: Vectors | None,
        *,
        size: int,
        after: Cursor | None = None,
        filters: Filters = _EVERYTHING,
        words: str | None = None,
        order: Order = Order.RELEVANCE,
        scales: Scales | None = None,
    ) -> Page:
        """The `size` items after the cursor.

        vector: (width,), of length 1. With it and sorted by time: the best POOL by time. Without
        it, by relevance means the newest first. scales: see `Gallery.search`; what the first page
        is ranked by holds to the end, and what has come since and has no scale is left out.

        Raises:
            InputError: a cursor of another order or of other scales.
        """
        if vector is None and order is Order.RELEVANCE:
            order = Order.NEWEST
        if after is not None and after.order is not order:
            raise InputError(
                "the results cannot go on from there",
                "the place is one of another order",
                "go back to the first page",
            )
        if vector is None:
            return self._by_time(size, after, filters, words, order)
        if order is Order.RELEVANCE:
            return self._by_similarity(vector, size, after, filters, words, scales)
        return self._best_by_time(vector, size, after, filters, words, order, scales)

    def item(self, item_id: int, *, scope: Sequence[str] = ()) -> Item | None:
        """One item; None when there is none or the asker may not see its camera."""
        return self.items_of((item_id,), scope=scope).get(item_id)

    def items_of(self, ids: Iterable[int], *, scope: Sequence[str] = ()) -> dict[int, Item]:
        """Those of the items that exist and that the asker may see."""
        wanted = sorted({i for i in ids if 0 < i < 2**63})
        with self._store.database.read() as connection:
            found = finding.rows(connection, wanted)
        return {
            i: Item(**finding.fields(self._store, row))
            for i, row in found.items()
            if not scope or row.camera in scope
        }

    def vectors_of(self, ids: Iterable[int]) -> dict[int, Vectors]:
        """The stored vectors of items, (width,) float32; damaged and missing ones are left out."""
        wanted = sorted(set(ids))
        state = self._store.state
        query = select(vectors.c.item_id, vectors.c.data, vectors.c.crc).where(
            vectors.c.item_id.in_(wanted), vectors.c.model_id == state.model_key
        )
        with self._store.database.read() as connection:
            rows = connection.execute(query).all()
        return {
            item: np.frombuffer(data, "<f2").astype(np.float32)
            for item, data, crc in rows
            if vector_problem(data, crc, state.width) is None
        }

    def observation_of(self, item: Item) -> Observation:
        """What is kept of an item, as the encoder takes it.

        Raises:
            InputError: nothing is kept of it.
        """
        query = select(item_pictures.c.modality, item_pictures.c.digest).where(
            item_pictures.c.item_id == item.item_id
        )
        with self._store.database.read() as connection:
            rows = connection.execute(query.order_by(item_pictures.c.ordinal)).all()
        kept: dict[str, Any] = {}
        for modality, digest in rows:
            kept.setdefault(modality, self._store.pictures.path(digest))
        return Observation(**kept, text=item.note)

    def neighbours(
        self, item: Item, *, count: int = 4, scope: Sequence[str] = ()
    ) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
        """The items just before and just after on the same camera, in order of time."""
        if item.camera is None or item.time is None:
            return (), ()
        filters = Filters(cameras=(item.camera,), scope=scope)
        with self._store.database.read() as connection:
            time = connection.scalar(select(items.c.time).where(items.c.id == item.item_id))
        sides = []
        for order in (Order.NEWEST, Order.OLDEST):
            here = Cursor(order, time, item.item_id)
            page = self.page(None, size=count, after=here, filters=filters, order=order)
            sides.append(tuple(one for one in page.items if one.time is not None))
        after = sides[1]
        # Those of the very same time count as after.
        return tuple(one for one in sides[0][::-1] if one not in after), after

    def attribute_values(self) -> tuple[attributes.Pair, ...]:
        """Every (name, value) that the model has read in this gallery."""
        with self._store.database.read() as connection:
            return attributes.stored_values(connection)

    def cameras(self, *, scope: Sequence[str] = ()) -> tuple[str, ...]:
        """The names of the cameras that the asker may see."""
        query = select(cameras.c.name).order_by(cameras.c.name)
        with self._store.database.read() as connection:
            names = connection.scalars(query)
            return tuple(name for name in names if not scope or name in scope)

    def generation(self) -> int:
        """How many changes led to the items as they are: the version of what is searched."""
        with self._store.database.read() as connection:
            return version(connection).generation

    def _by_time(
        self, size: int, after: Cursor | None, filters: Filters, words: str | None, order: Order
    ) -> Page:
        store = self._store
        query = select(items.c.id, items.c.time).where(*finding.conditions(filters, store.local))
        if words is not None:
            noted = select(notes.notes.c.rowid).where(notes.matching(words))
            query = query.where(items.c.id.in_(noted))
        if after is not None:
            query = query.where(_later(after))
        query = query.order_by(*finding.time_order(order)).limit(size + 1)
        with store.database.read() as connection:
            listed = connection.execute(query).all()
            found = finding.rows(connection, [row.id for row in listed[:size]])
        page = tuple(
            Item(**finding.fields(store, found[row.id])) for row in listed[:size] if row.id in found
        )
        if len(listed) <= size:
            return Page(page, None)
        last = listed[size - 1]
        return Page(page, Cursor(order, last.time, last.id))

    def _by_similarity(
        self,
        vector: Vectors,
        size: int,
        after: Cursor | None,
        filters: Filters,
        words: str | None,
        scales: Scales | None,
    ) -> Page:
        store = self._store
        place = None
        if after is None:
            ranked_by = ranking_of(store, filters, words, scales)
        else:
            ranked_by = _ranking_at(after, scales)
            assert isinstance(after.value, float)
            place = Place(after.value, after.item_id)
        found = nearest(
            store, vector, filters, words, size + 1, ranked_by, scales=scales, after=place
        )
        page = found.matches[:size]
        best = None if after is not None else _best(page)
        if found.count <= size or not page:
            return Page(page, None, best)
        last = page[-1]
        assert last.score is not None
        if ranked_by is None:
            return Page(page, Cursor(Order.RELEVANCE, last.score, last.item_id), best)
        scale = ranked_by.of(last.modalities)
        assert scale is not None
        value = scale.log_odds(last.score)
        return Page(page, Cursor(Order.RELEVANCE, value, last.item_id, ranked_by.fingerprint), best)

    def _best_by_time(
        self,
        vector: Vectors,
        size: int,
        after: Cursor | None,
        filters: Filters,
        words: str | None,
        order: Order,
        scales: Scales | None,
    ) -> Page:
        ranked_by = ranking_of(self._store, filters, words, scales)
        matches = nearest(
            self._store, vector, filters, words, POOL, ranked_by, scales=scales
        ).matches
        best = None if after is not None else _best(matches)
        ids = [match.item_id for match in matches]
        with self._store.database.read() as connection:
            times: dict[int, str | None] = {
                row.id: row.time
                for row in connection.execute(
                    select(items.c.id, items.c.time).where(items.c.id.in_(ids))
                )
            }
        kept = sorted(
            (match for match in matches if match.item_id in times),
            key=lambda match: _place(order, times[match.item_id], match.item_id),
        )
        if after is not None:
            assert not isinstance(after.value, float)
            here = _place(order, after.value, after.item_id)
            kept = [m for m in kept if _place(order, times[m.item_id], m.item_id) > here]
        page = tuple(kept[:size])
        if len(kept) <= size:
            return Page(page, None, best)
        last = page[-1].item_id
        return Page(page, Cursor(order, times[last], last), best)


def _ranking_at(after: Cursor, scales: Scales | None) -> Scales | None:
    """What the pages before this one were ranked by."""
    if after.scales is None:
        return None
    if scales is None or scales.fingerprint != after.scales:
        raise InputError(
            "the results cannot go on from there",
            "they were sorted by probabilities that no longer hold for this search",
            "go back to the first page",
        )
    return scales


def _best(matches: Sequence[Match]) -> Match | None:
    """The most probable match, or the first where nothing is calibrated."""
    return max(
        matches,
        key=lambda match: -1.0 if match.probability is None else match.probability,
        default=None,
    )


def _later(after: Cursor) -> ColumnElement[bool]:
    """Items behind the cursor; those without a time come last, then by id."""
    time, later_id = items.c.time, items.c.id > after.item_id
    if after.value is None:
        return and_(time.is_(None), later_id)
    beyond = time < after.value if after.order is Order.NEWEST else time > after.value
    return or_(beyond, and_(time == after.value, later_id), time.is_(None))


def _place(order: Order, time: str | None, item_id: int) -> tuple[Any, ...]:
    """A sort key for `order`: ledger times are text of one length, so their digits compare."""
    if time is None:
        return (1, 0, item_id)
    number = int("".join(character for character in time if character.isdigit()))
    return (0, -number if order is Order.NEWEST else number, item_id)

"""What is written to and read from the ledger's tables, on a connection the caller holds."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Table, delete, func, insert, select, text
from sqlalchemy.dialects.sqlite import insert as insert_or

from omnireid.gallery import attributes, notes, schema
from omnireid.gallery.blurring import BLURRED, Blur
from omnireid.gallery.content import Content, KeptPicture
from omnireid.gallery.index import COLUMNS, Entries, Ids, Version
from omnireid.gallery.moments import to_microseconds, to_text

_PART = 4096
_IN_LIMIT = 500  # values in one IN (...)


@dataclass(frozen=True)
class State:
    """Who a gallery is: its own name, its model, its time zone."""

    uuid: str
    model_key: int
    model_id: str
    width: int
    timezone: str | None
    created: str


@dataclass(frozen=True)
class NewItem:
    """An encoded observation, ready to be stored. vector: (width,) float16; read: attributes."""

    content: Content
    pictures: tuple[KeptPicture, ...]
    vector: npt.NDArray[np.float16]
    read: attributes.Readings = ()
    blur: Blur = Blur.OFF


def found(connection: Connection, model_id: str, width: int, timezone: str | None) -> None:
    """Write the state of a new gallery."""
    model_key = connection.scalar(
        insert(schema.models).values(name=model_id, width=width).returning(schema.models.c.id)
    )
    connection.execute(
        insert(schema.gallery).values(
            id=1,
            uuid=uuid4().hex,
            model_id=model_key,
            timezone=timezone,
            created=to_text(datetime.now(UTC), None),
        )
    )
    connection.execute(insert(schema.changes).values(generation=0, token=uuid4().hex))


def read_state(connection: Connection) -> State | None:
    """The state, None when the gallery was never founded."""
    row = connection.execute(
        select(
            schema.gallery.c.uuid,
            schema.models.c.id,
            schema.models.c.name,
            schema.models.c.width,
            schema.gallery.c.timezone,
            schema.gallery.c.created,
        ).join_from(schema.gallery, schema.models)
    ).first()
    return None if row is None else State(*row)


def version(connection: Connection) -> Version:
    """Where the ledger stands."""
    row = connection.execute(
        select(schema.changes.c.generation, schema.changes.c.token)
        .order_by(schema.changes.c.generation.desc())
        .limit(1)
    ).one()
    return Version(*row)


def descends_from(connection: Connection, earlier: Version) -> bool:
    """Whether the ledger once stood at `earlier`."""
    token = select(schema.changes.c.token).where(schema.changes.c.generation == earlier.generation)
    return connection.scalar(token) == earlier.token


def known_hashes(connection: Connection, hashes: Iterable[str]) -> frozenset[str]:
    """Which of these content hashes are stored."""
    column = schema.items.c.content_hash
    return frozenset(
        digest
        for part in _parts(list(hashes))
        for digest in connection.scalars(select(column).where(column.in_(part)))
    )


def announce_pictures(connection: Connection, digests: Iterable[str]) -> None:
    """Note that these files may lie in the folder without an item."""
    rows = [{"digest": digest} for digest in sorted(set(digests))]
    if rows:
        connection.execute(insert_or(schema.loose_pictures).on_conflict_do_nothing(), rows)


def insert_items(connection: Connection, new: Sequence[NewItem], model_key: int) -> None:
    """Store items whose content hash is not stored yet, as one change of the ledger."""
    observations = [item.content.observation for item in new]
    cameras = _codes(connection, schema.cameras, (o.camera for o in observations))
    sources = _codes(connection, schema.sources, (o.source for o in observations))
    now = to_text(datetime.now(UTC), None)
    # SQLite's AUTOINCREMENT never gives an id again; the write lock makes these ids ours.
    ids = list(
        connection.scalars(
            insert(schema.items).returning(schema.items.c.id, sort_by_parameter_order=True),
            [
                {
                    "content_hash": item.content.content_hash,
                    "modalities": item.content.modality_bits,
                    "camera_id": cameras.get(item.content.observation.camera),
                    "source_id": sources.get(item.content.observation.source),
                    "time": item.content.time,
                    "note": item.content.observation.text,
                    "added": now,
                    "token": uuid4().hex,
                    "blur": _blurred(item),
                }
                for item in new
            ],
        )
    )
    blobs = [np.ascontiguousarray(item.vector, "<f2").tobytes() for item in new]
    connection.execute(
        insert(schema.vectors),
        [
            {"item_id": i, "model_id": model_key, "data": blob, "crc": zlib.crc32(blob)}
            for i, blob in zip(ids, blobs, strict=True)
        ],
    )
    kept = [
        (i, n, p) for i, item in zip(ids, new, strict=True) for n, p in enumerate(item.pictures)
    ]
    if kept:
        connection.execute(
            insert_or(schema.pictures).on_conflict_do_nothing(),
            [
                {"digest": p.digest, "bytes": len(p.jpeg), "width": p.width, "height": p.height}
                for _, _, p in kept
            ],
        )
        connection.execute(
            insert(schema.item_pictures),
            [
                {"item_id": i, "ordinal": n, "modality": p.modality.value, "digest": p.digest}
                for i, n, p in kept
            ],
        )
        for part in _parts(sorted({p.digest for _, _, p in kept})):
            connection.execute(
                delete(schema.loose_pictures).where(schema.loose_pictures.c.digest.in_(part))
            )
    attributes.store(connection, {i: item.read for i, item in zip(ids, new, strict=True)})
    notes.insert(
        connection, ((i, o.text) for i, o in zip(ids, observations, strict=True) if o.text)
    )
    _change(connection)


def _blurred(item: NewItem) -> str | None:
    taken = any(item.content.observation.images(modality) for modality in BLURRED)
    return item.blur.value if taken and item.blur is not Blur.OFF else None


def remove_items(connection: Connection, item_ids: Iterable[int]) -> int:
    """Remove items and all that only they refer to, as one change; how many there were.

    Pictures that no other item uses become loose: their files go by `sweep`.
    """
    ids = schema.items.c.id
    present = [
        i
        for part in _parts(sorted({i for i in item_ids if 0 < i < 2**63}))
        for i in connection.scalars(select(ids).where(ids.in_(part)))
    ]
    if not present:
        return 0
    noted = False
    digests: set[str] = set()
    generation = _change(connection)
    links = schema.item_pictures.c
    for part in _parts(present):
        digests.update(connection.scalars(select(links.digest).where(links.item_id.in_(part))))
        noted |= notes.remove(connection, part)
        connection.execute(delete(schema.items).where(ids.in_(part)))
        connection.execute(
            insert(schema.removed), [{"item_id": i, "generation": generation} for i in part]
        )
    if noted:
        notes.merge(connection)
    # What the service told of an item, kept to be told again, must not outlive it.
    connection.execute(text("UPDATE idempotency_keys SET body = NULL WHERE body IS NOT NULL"))
    unused = [
        digest
        for part in _parts(sorted(digests))
        for digest in set(part)
        - set(connection.scalars(select(links.digest).where(links.digest.in_(part))))
    ]
    announce_pictures(connection, unused)
    for part in _parts(unused):
        connection.execute(delete(schema.pictures).where(schema.pictures.c.digest.in_(part)))
    for table, column in (
        (schema.cameras, schema.items.c.camera_id),
        (schema.sources, schema.items.c.source_id),
    ):
        used = select(column).where(column == table.c.id).exists()
        connection.execute(delete(table).where(~used))
    return len(present)


def loose_pictures(connection: Connection) -> tuple[list[str], list[str]]:
    """Announced pictures that no item uses, and those that one does."""
    loose = schema.loose_pictures.c.digest
    used = select(schema.pictures.c.digest).where(schema.pictures.c.digest == loose).exists()
    return (
        list(connection.scalars(select(loose).where(~used))),
        list(connection.scalars(select(loose).where(used))),
    )


def settle_pictures(connection: Connection) -> None:
    """Forget every announcement."""
    connection.execute(delete(schema.loose_pictures))


def entries(connection: Connection, model_key: int, width: int, after: int) -> Iterator[Entries]:
    """Items with an id above `after`, for the index, in order of their ids.

    A vector that is missing or damaged becomes zeros: its item stays, is found by words and
    filters, and `verify` names it.
    """
    items, vectors = schema.items.c, schema.vectors.c
    while True:
        rows = connection.execute(
            select(
                items.id,
                items.time,
                func.coalesce(items.camera_id, 0),
                func.coalesce(items.source_id, 0),
                items.modalities,
                vectors.data,
                vectors.crc,
            )
            .outerjoin_from(
                schema.items,
                schema.vectors,
                (vectors.item_id == items.id) & (vectors.model_id == model_key),
            )
            .where(items.id > after)
            .order_by(items.id)
            .limit(_PART)
        ).fetchall()
        if not rows:
            return
        columns = np.zeros(len(rows), COLUMNS)
        columns["id"] = [row[0] for row in rows]
        columns["time"] = to_microseconds([row[1] for row in rows])
        for place, name in enumerate(("camera", "source", "modalities"), start=2):
            columns[name] = [row[place] for row in rows]
        columns["alive"] = 1
        blobs = b"".join(
            row[5] if vector_problem(row[5], row[6], width) is None else bytes(2 * width)
            for row in rows
        )
        stored = np.frombuffer(blobs, "<f2").reshape(len(rows), width)
        yield Entries(columns, stored.astype(np.float32))
        after = rows[-1][0]


def stored_vectors(
    connection: Connection, model_key: int
) -> Iterator[tuple[int, bytes | None, int | None]]:
    """Each item's id, vector bytes and checksum, None where there is no vector."""
    table = schema.vectors
    query = select(schema.items.c.id, table.c.data, table.c.crc).outerjoin_from(
        schema.items,
        table,
        (table.c.item_id == schema.items.c.id) & (table.c.model_id == model_key),
    )
    for row in connection.execute(query.execution_options(yield_per=_PART)):
        yield row.id, row.data, row.crc


def vector_problem(data: bytes | None, crc: int | None, width: int) -> str | None:
    """What is wrong with a stored vector; None when nothing is."""
    if data is None:
        return "there is none of this model"
    if len(data) != 2 * width:
        return f"it has {len(data)} bytes instead of {2 * width}"
    if zlib.crc32(data) != crc:
        return "its bytes have changed"
    return None


def removed_since(connection: Connection, earlier: Version) -> Ids:
    """Ids removed after the ledger stood at `earlier`."""
    column = schema.removed.c
    ids = connection.scalars(select(column.item_id).where(column.generation > earlier.generation))
    return np.fromiter(ids, dtype=np.int64)


def _change(connection: Connection) -> int:
    generation = version(connection).generation + 1
    connection.execute(insert(schema.changes).values(generation=generation, token=uuid4().hex))
    return generation


def _codes(
    connection: Connection, table: Table, names: Iterable[str | None]
) -> dict[str | None, int]:
    """The ids of names, new ones included."""
    wanted = sorted({name for name in names if name is not None})
    if not wanted:
        return {}
    connection.execute(
        insert_or(table).on_conflict_do_nothing(), [{"name": name} for name in wanted]
    )
    return {
        row.name: row.id
        for part in _parts(wanted)
        for row in connection.execute(select(table).where(table.c.name.in_(part)))
    }


def _parts(values: Sequence[str] | Sequence[int]) -> Iterator[list[Any]]:
    return (list(values[i : i + _IN_LIMIT]) for i in range(0, len(values), _IN_LIMIT))

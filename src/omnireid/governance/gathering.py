"""What an erasure has to make disappear: rows, pictures and vectors of the items asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from omnireid.gallery import Gallery, metadata
from omnireid.governance.scanning import Needle, needles_of

_tables = metadata.tables
_items, _vectors, _links = _tables["items"], _tables["vectors"], _tables["item_pictures"]

_LONG_NOTE = 24
"""Bytes from which a note is looked for as well: shorter ones stand elsewhere by chance."""


@dataclass(frozen=True)
class Gathered:
    """items: those that are there. blocked: sha-256 of content that is refused from now on.
    pictures, shared: how many picture files go, and how many stay for other items."""

    items: tuple[int, ...]
    tokens: tuple[str, ...]
    blocked: frozenset[str]
    needles: tuple[Needle, ...]
    pictures: int
    shared: int


def gather(connection: Connection, gallery: Gallery, wanted: Sequence[int]) -> Gathered:
    """Look the items up. What other items hold as well (the same picture, the same vector, the same
    words) is no needle, for it rightly stays."""
    rows = [
        row
        for part in _parts(wanted)
        for row in connection.execute(
            select(_items.c.id, _items.c.token, _items.c.content_hash, _items.c.note).where(
                _items.c.id.in_(part)
            )
        )
    ]
    ids = {row.id for row in rows}
    pictures = _by_item(connection, _links.c.item_id, _links.c.digest, ids)
    vectors = _by_item(connection, _vectors.c.item_id, _vectors.c.data, ids)
    digests = {digest for held in pictures.values() for digest in held}
    shared = _also_elsewhere(connection, digests, ids)
    common = _common_vectors(connection, ids)
    notes = _common_notes(connection, rows, ids)
    needles: list[Needle] = []
    for row in rows:
        own = {
            digest: path.read_bytes()
            for digest in pictures.get(row.id, ())
            if digest not in shared and (path := gallery.picture(digest)) is not None
        }
        mine = [data for data in vectors.get(row.id, ()) if data not in common]
        needles += needles_of(row.id, row.token, row.content_hash, mine, own)
        words = (row.note or "").encode()
        if len(words) >= _LONG_NOTE and row.note not in notes:
            needles.append(Needle(row.id, "note", words))
    return Gathered(
        items=tuple(sorted(ids)),
        tokens=tuple(row.token for row in rows if row.token),
        blocked=frozenset({row.content_hash for row in rows} | digests),
        needles=tuple(needles),
        pictures=len(digests - shared),
        shared=len(shared),
    )


def _by_item(connection: Connection, key: Any, value: Any, ids: set[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for part in _parts(sorted(ids)):
        for item, held in connection.execute(select(key, value).where(key.in_(part))):
            found.setdefault(item, []).append(held)
    return found


def _also_elsewhere(connection: Connection, digests: set[str], ids: set[int]) -> set[str]:
    return {
        row.digest
        for part in _parts(sorted(digests))
        for row in connection.execute(select(_links).where(_links.c.digest.in_(part)))
        if row.item_id not in ids
    }


def _common_vectors(connection: Connection, ids: set[int]) -> set[bytes]:
    """Vectors that other items have too; the checksum finds them in one pass."""
    mine = {
        row.crc
        for part in _parts(sorted(ids))
        for row in connection.execute(select(_vectors).where(_vectors.c.item_id.in_(part)))
    }
    return {
        row.data
        for part in _parts(sorted(mine))
        for row in connection.execute(select(_vectors).where(_vectors.c.crc.in_(part)))
        if row.item_id not in ids
    }


def _common_notes(connection: Connection, rows: Iterable[Any], ids: set[int]) -> set[str]:
    """Notes whose words stand within the note of another item."""
    common = set()
    for row in rows:
        if row.note is None or len(row.note.encode()) < _LONG_NOTE:
            continue
        others = select(_items.c.id).where(func.instr(_items.c.note, row.note) > 0)
        if any(item not in ids for item in connection.scalars(others)):
            common.add(row.note)
    return common


def _parts(values: Sequence[Any]) -> Iterable[list[Any]]:
    return (list(values[start : start + 500]) for start in range(0, len(values), 500))


def picture_hash(data: bytes) -> str:
    """The name of a picture: the sha-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()

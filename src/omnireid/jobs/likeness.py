"""Pictures that are nearly the same: a perceptual hash of each, and groups of close hashes.

The hash is the difference hash (Krawetz, 2013) on a 16 x 16 grid: 256 bits, of which a re-saved,
scaled or slightly brightened picture changes a few, and another person's picture about half.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from sqlalchemy import Select, delete, func, insert, select

from omnireid.errors import InputError
from omnireid.gallery import Database, Gallery, Item, metadata
from omnireid.images import open_image
from omnireid.jobs.rows import parts
from omnireid.jobs.schema import near_duplicates, picture_hashes

_SIDE = 16
BITS = _SIDE * _SIDE
_BAND = 16
MOST_BITS = BITS // _BAND - 1
"""Hashes that differ in no more bits agree in at least one of the 16 bands: all are found."""

_LEAST_CONTRAST = 8
"""Of 255: what varies less is noise, and so would its hash be."""
_BATCH = 100
_ROWS = 1024
# Bits of one band lie all over the picture: a plain background alone fills no band.
_SPREAD = np.random.default_rng(2013).permutation(BITS)

_LINKS = metadata.tables["item_pictures"]

Bits = npt.NDArray[np.bool_]


def difference_hash(picture: Image.Image) -> bytes:
    """The 256-bit difference hash of a picture: where its grid gets brighter to the right.

    Empty for a picture of one tone, in which there is nothing to compare.

    >>> len(difference_hash(Image.radial_gradient("L")))
    32
    >>> difference_hash(Image.new("RGB", (64, 128), "red"))
    b''
    """
    small = picture.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.LANCZOS)
    grid = np.asarray(small, np.int16)
    if np.ptp(grid) < _LEAST_CONTRAST:
        return b""
    return np.packbits(grid[:, 1:] > grid[:, :-1]).tobytes()


def hash_pictures(gallery: Gallery) -> Iterator[int]:
    """Hash the main pictures that have no hash yet; yields how many after each stored batch.

    A picture whose file is damaged is passed over: `verify` names it.
    """
    after = ""
    while True:
        with gallery.database.read() as connection:
            waiting: list[str] = list(
                connection.scalars(
                    _waiting().where(_LINKS.c.digest > after).order_by(_LINKS.c.digest)
                    .limit(_BATCH)
                )
            )  # fmt: skip
        if not waiting:
            return
        hashes = {
            digest: made for digest in waiting if (made := _hash(gallery, digest)) is not None
        }
        with gallery.database.write() as connection:
            # Some may have been deleted, or hashed by another worker, in the meantime.
            still = set(connection.scalars(_waiting().where(_LINKS.c.digest.in_(list(hashes)))))
            rows = [{"digest": d, "dhash": h} for d, h in hashes.items() if d in still]
            if rows:
                connection.execute(insert(picture_hashes), rows)
        yield len(waiting)
        after = waiting[-1]


def unhashed(database: Database) -> int:
    """How many main pictures have no hash yet."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(_waiting().subquery())) or 0


def group_near_duplicates(database: Database, bits: int) -> int:
    """Write down anew which items' pictures differ in at most `bits`; how many groups there are.

    Args:
        bits: 0 to MOST_BITS.
    """
    with database.read() as connection:
        rows = connection.execute(
            select(_LINKS.c.item_id, picture_hashes.c.dhash)
            .join_from(_LINKS, picture_hashes, _LINKS.c.digest == picture_hashes.c.digest)
            .where(_LINKS.c.ordinal == 0, func.length(picture_hashes.c.dhash) > 0)
            .order_by(_LINKS.c.item_id)
        ).fetchall()
    items = [row.item_id for row in rows]
    hashes = unpack([row.dhash for row in rows])
    groups = groups_of(hashes, bits)
    told = [
        {
            "item_id": items[member],
            "likeness_group": number,
            "bits": int((hashes[member] != hashes[group[0]]).sum()),
        }
        for number, group in enumerate(groups, start=1)
        for member in group
    ]
    present = metadata.tables["items"].c.id
    with database.write() as connection:
        connection.execute(delete(near_duplicates))
        for part in parts(told):
            ids = [one["item_id"] for one in part]
            still = set(connection.scalars(select(present).where(present.in_(ids))))
            kept = [one for one in part if one["item_id"] in still]
            if kept:
                connection.execute(insert(near_duplicates), kept)
    return len(groups)


@dataclass(frozen=True)
class Member:
    """An item of a group; `bits` of its hash differ from those of the group's first."""

    item: Item
    bits: int


def likeness_groups(gallery: Gallery, *, scope: Sequence[str] = ()) -> list[list[Member]]:
    """The groups that the last scan found, as far as the asker may see their cameras."""
    query = select(near_duplicates).order_by(
        near_duplicates.c.likeness_group, near_duplicates.c.item_id
    )
    with gallery.database.read() as connection:
        rows = connection.execute(query).fetchall()
    items = gallery.browse.items_of((row.item_id for row in rows), scope=scope)
    groups: dict[int, list[Member]] = defaultdict(list)
    for row in rows:
        if row.item_id in items:
            groups[row.likeness_group].append(Member(items[row.item_id], row.bits))
    return [group for group in groups.values() if len(group) > 1]


def unpack(hashes: Sequence[bytes]) -> Bits:
    """(n, 256) bits of hashes."""
    packed = np.frombuffer(b"".join(hashes), np.uint8).reshape(len(hashes), BITS // 8)
    return np.unpackbits(packed, axis=1).astype(bool)


def groups_of(hashes: Bits, bits: int) -> list[list[int]]:
    """Rows of (n, 256) bits joined where two differ in at most `bits`; groups of two and more.

    Within a band rows are sorted, and only rows that agree in a whole band are compared: with
    `bits` up to MOST_BITS none is missed (the pigeonhole principle).
    """
    if not 0 <= bits <= MOST_BITS:
        raise ValueError(f"bits is {bits}; 0 to {MOST_BITS} can be found")
    leaders = np.arange(len(hashes))
    packed = np.packbits(hashes[:, _SPREAD], axis=1)
    spread = np.ascontiguousarray(packed).view(np.uint16)
    for band in range(spread.shape[1]):
        order = np.argsort(spread[:, band], kind="stable")
        values = spread[order, band]
        starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
        for start, end in zip(starts, np.r_[starts[1:], len(values)], strict=True):
            if end - start > 1:
                _join(hashes, order[start:end], bits, leaders)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in range(len(hashes)):
        groups[_leader(leaders, row)].append(row)
    return [group for group in groups.values() if len(group) > 1]


def _join(
    hashes: Bits, rows: npt.NDArray[np.int64], bits: int, leaders: npt.NDArray[np.int64]
) -> None:
    # Signs multiply to +1 where two bits agree: BLAS counts the differences.
    signs = hashes[rows].astype(np.float32) * 2 - 1
    for first in range(0, len(rows), _ROWS):
        agreeing = signs[first : first + _ROWS] @ signs.T
        for a, b in np.argwhere(agreeing >= BITS - 2 * bits):
            one, other = int(rows[first + a]), int(rows[b])
            if one < other:
                low, high = sorted((_leader(leaders, one), _leader(leaders, other)))
                leaders[high] = low


def _leader(leaders: npt.NDArray[np.int64], row: int) -> int:
    while leaders[row] != row:
        leaders[row] = leaders[leaders[row]]
        row = int(leaders[row])
    return row


def _waiting() -> Select[Any]:
    hashed = select(picture_hashes.c.digest).where(picture_hashes.c.digest == _LINKS.c.digest)
    return select(_LINKS.c.digest).where(_LINKS.c.ordinal == 0, ~hashed.exists()).distinct()


def _hash(gallery: Gallery, digest: str) -> bytes | None:
    path = gallery.picture(digest)
    try:
        return None if path is None else difference_hash(open_image(path))
    except InputError:
        return None

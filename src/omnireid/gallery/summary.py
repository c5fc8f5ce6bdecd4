"""A gallery at a glance: whose vectors, how many items, from when to when, how large."""

from __future__ import annotations

from sqlalchemy import func, select

from omnireid.gallery import ledger
from omnireid.gallery.moments import from_text
from omnireid.gallery.schema import SCHEMA_VERSION, cameras, items, pictures
from omnireid.gallery.store import Store
from omnireid.gallery.values import GalleryInfo


def summary(store: Store) -> GalleryInfo:
    """Read it from the ledger and the files."""
    with store.database.read() as connection:
        first, last, total = connection.execute(
            select(func.min(items.c.time), func.max(items.c.time), func.count()).select_from(items)
        ).one()
        count, size = connection.execute(
            select(func.count(), func.coalesce(func.sum(pictures.c.bytes), 0)).select_from(pictures)
        ).one()
        names = tuple(connection.scalars(select(cameras.c.name).order_by(cameras.c.name)))
        generation = ledger.version(connection).generation
    return GalleryInfo(
        path=store.folder,
        model_id=store.state.model_id,
        width=store.state.width,
        timezone=store.state.timezone,
        schema=SCHEMA_VERSION,
        created=from_text(store.state.created, store.local),
        generation=generation,
        items=total,
        pictures=count,
        cameras=names,
        first=None if first is None else from_text(first, store.local),
        last=None if last is None else from_text(last, store.local),
        ledger_bytes=store.database.path.stat().st_size,
        picture_bytes=size,
        index_bytes=store.index.size(),
    )

"""The tables of this room, in the gallery's ledger. A change here needs a new migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from omnireid.gallery import metadata

zones = Table(
    "zones",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

# Names of cameras, not ids: the ledger forgets a camera when its last item goes.
zone_cameras = Table(
    "zone_cameras",
    metadata,
    Column("zone_id", Integer, ForeignKey("zones.id", ondelete="CASCADE"), primary_key=True),
    Column("camera", Text, primary_key=True),
)

# address: the search page's own query, without a host; pictures are not kept.
saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("made", String(27), nullable=False),
    UniqueConstraint("user_id", "name"),
    sqlite_autoincrement=True,
)

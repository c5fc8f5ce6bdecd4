"""The tables of the ledger. A change here needs a new file in migrations/versions."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSION = "0005"
"""The newest migration: what this release reads and writes."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

models = Table(
    "models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("width", Integer, nullable=False),
    sqlite_autoincrement=True,
)

# One row.
gallery = Table(
    "gallery",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("uuid", String(32), nullable=False),
    Column("model_id", Integer, ForeignKey("models.id"), nullable=False),
    Column("timezone", Text),
    Column("created", String(27), nullable=False),
)

# One row for each committed change of the items. The random token tells apart two histories of
# one gallery (a backup restored, then changed), which a number alone cannot.
changes = Table(
    "changes",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("token", String(32), nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

# sqlite_autoincrement: ids are never used again after a delete, for a result page or a log may
# still name them. modalities: one bit each, in the order of omnireid.Modality. token: random, by
# which an erased row is looked for in every file. blur: what was blurred before the item was
# stored, None for nothing.
items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("content_hash", String(64), nullable=False, unique=True),
    Column("modalities", Integer, nullable=False),
    Column("camera_id", Integer, ForeignKey("cameras.id"), index=True),
    Column("source_id", Integer, ForeignKey("sources.id"), index=True),
    Column("time", String(27), index=True),
    Column("note", Text),
    Column("added", String(27), nullable=False),
    Column("token", String(32)),
    Column("blur", String(16)),
    sqlite_autoincrement=True,
)

# Content that was erased on request and is not taken in again, by keyed hash (blocked.py).
blocked_content = Table("blocked_content", metadata, Column("mac", String(64), primary_key=True))

# data: width float16 values, little-endian. crc: zlib.crc32 of data.
vectors = Table(
    "vectors",
    metadata,
    Column("item_id", Integer, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("model_id", Integer, ForeignKey("models.id"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("crc", Integer, nullable=False),
)

pictures = Table(
    "pictures",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
)

# ordinal 0 is the main picture.
item_pictures = Table(
    "item_pictures",
    metadata,
    Column("item_id", Integer, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("modality", String(16), nullable=False),
    Column("digest", String(64), ForeignKey("pictures.digest"), nullable=False),
    Index("ix_item_pictures_digest", "digest"),
)

# Picture files that may lie in the folder without an item: announced before they are written,
# cleared when their item is committed, swept when it is not.
loose_pictures = Table("loose_pictures", metadata, Column("digest", String(64), primary_key=True))

# What the index still has to forget: ids alone, nothing about the person.
removed = Table(
    "removed",
    metadata,
    Column("item_id", Integer, primary_key=True),
    Column("generation", Integer, nullable=False, index=True),
)

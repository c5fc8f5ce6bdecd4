"""The tables of this room, in the gallery's ledger. A change here needs a new migration."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from omnireid.gallery import metadata

# What a folder is watched with. options: JSON of the job's options without the path. checked,
# trouble: the last look at it, and what went wrong then.
watched_folders = Table(
    "watched_folders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("options", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created", String(27), nullable=False),
    Column("checked", String(27)),
    Column("trouble", Text),
    sqlite_autoincrement=True,
)

# What was taken from a watched folder. name: sha-256 of the file's name, so that a name does not
# outlive the item that was made of it.
watched_files = Table(
    "watched_files",
    metadata,
    Column("watch_id", ForeignKey("watched_folders.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("modified", Integer, nullable=False),
)

# options: JSON (options.py). total: None until it is known. position: JSON, where a note file or a
# video goes on. seconds: time worked. attempts: starts since the last progress. staged: the folder
# in jobs/ that holds uploaded files. listed: 1 once every file of a folder stands in job_files.
# error: JSON of what, why and what to do.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("options", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("watch_id", ForeignKey("watched_folders.id", ondelete="SET NULL"), index=True),
    Column("created", String(27), nullable=False),
    Column("started", String(27)),
    Column("heartbeat", String(27)),
    Column("finished", String(27)),
    Column("listed", Integer, nullable=False),
    Column("staged", String(32)),
    Column("total", Integer),
    Column("handled", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("position", Text),
    Column("error", Text),
    sqlite_autoincrement=True,
)

# What each file, row or walk became. outcome: None while it waits. stored_as: its name in the
# job's staging folder. item_id: the item it is; the row goes when that item is deleted, and the
# name with it.
job_files = Table(
    "job_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("stored_as", Text),
    Column("outcome", String(16)),
    Column("reason", Text),
    Column("item_id", ForeignKey("items.id", ondelete="CASCADE"), index=True),
    Index("ix_job_files_job_id_outcome", "job_id", "outcome"),
    sqlite_autoincrement=True,
)

# dhash: 256 bits of the kept picture (likeness.py).
picture_hashes = Table(
    "picture_hashes",
    metadata,
    Column("digest", ForeignKey("pictures.digest", ondelete="CASCADE"), primary_key=True),
    Column("dhash", LargeBinary, nullable=False),
)

# Items whose pictures are nearly the same, by the last scan. bits: how many of the 256 differ from
# the group's first.
near_duplicates = Table(
    "near_duplicates",
    metadata,
    Column("item_id", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("likeness_group", Integer, nullable=False, index=True),
    Column("bits", Integer, nullable=False),
)

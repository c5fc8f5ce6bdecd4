"""Items found by the hashes of their random tokens and taken out of a ledger that lies alone."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, select

from omnireid.gallery import ledger
from omnireid.gallery.database import Database, migrate
from omnireid.gallery.schema import items, pictures


def token_hash(token: str) -> str:
    """The sha-256 of an item's token: it names the row and tells nothing.

    >>> token_hash("00" * 16)[:8]
    '84e0c0ea'
    """
    return hashlib.sha256(token.encode()).hexdigest()


def items_of_tokens(connection: Connection, hashes: Collection[str]) -> tuple[int, ...]:
    """The items whose token has one of these hashes."""
    if not hashes:
        return ()
    rows = connection.execute(select(items.c.id, items.c.token))
    return tuple(row.id for row in rows if row.token and token_hash(row.token) in hashes)


def picture_digests(connection: Connection) -> frozenset[str]:
    """Every picture that the ledger names."""
    return frozenset(connection.scalars(select(pictures.c.digest)))


def open_ledger(path: Path) -> Database:
    """A ledger file by itself, brought to this release's schema."""
    database = Database(path)
    with database.write() as connection:
        migrate(connection)
    return database


def remove_rows(database: Database, item_ids: Iterable[int]) -> int:
    """Take items out of a ledger that lies alone, without pictures and index; how many."""
    with database.write() as connection:
        removed = ledger.remove_items(connection, item_ids)
        unused, _ = ledger.loose_pictures(connection)
        if unused:
            ledger.settle_pictures(connection)
    return removed


def close_as_one_file(database: Database) -> None:
    """Close a ledger, rewritten without its free pages and without a write-ahead log beside it."""
    database.checkpoint()
    database.close()
    driver = sqlite3.connect(database.path)
    with closing(driver):
        driver.execute("PRAGMA secure_delete = ON")
        driver.execute("VACUUM")
        driver.execute("PRAGMA journal_mode = DELETE")

"""Words search over notes: SQLite FTS5 on the tokens of omnireid.language.

The one part of the ledger that is SQLite's own; its rows are derived from `items.note`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, column, literal_column, select, table, text

from omnireid.errors import InputError
from omnireid.gallery.faults import reach
from omnireid.gallery.schema import items
from omnireid.language import search_query, search_tokens

notes = table("notes", column("rowid"), column("tokens"))

# bm25 counts downwards: the best match is the most negative.
RANK: ColumnElement[float] = literal_column("bm25(notes)")


def matching(words: str) -> ColumnElement[bool]:
    """The condition that a note holds every one of `words`.

    Raises:
        InputError: nothing in `words` can be searched for.
    """
    query = search_query(words)
    if not query:
        raise InputError(
            f"no word to search for in {words!r}",
            "it holds no letter, digit or character",
            "type a word, or leave the words out",
        )
    return text("notes MATCH :query").bindparams(query=query)  # type: ignore[return-value]


def matching_items(connection: Connection, words: str) -> npt.NDArray[np.int64]:
    """Ids of the items whose note holds every one of `words`, ascending."""
    found = connection.execute(select(notes.c.rowid).where(matching(words)))
    return np.sort(np.fromiter((row[0] for row in found), dtype=np.int64))


def insert(connection: Connection, notes_by_item: Iterable[tuple[int, str]]) -> None:
    """Index notes."""
    rows = [{"rowid": i, "tokens": " ".join(search_tokens(note))} for i, note in notes_by_item]
    if rows:
        connection.execute(notes.insert(), rows)


def remove(connection: Connection, item_ids: list[int]) -> bool:
    """Remove the notes of items from search; whether there were any. `merge` must follow."""
    gone = connection.execute(notes.delete().where(notes.c.rowid.in_(item_ids)))
    return gone.rowcount > 0


def merge(connection: Connection) -> None:
    """Merge the index into one part: until then the words of removed notes stay in the file."""
    connection.exec_driver_sql("INSERT INTO notes(notes) VALUES ('optimize')")


def rebuild(connection: Connection) -> None:
    """Index every note of the ledger anew."""
    connection.execute(notes.delete())
    reach("rebuild.words_cleared")
    rows = connection.execute(select(items.c.id, items.c.note).where(items.c.note.is_not(None)))
    for part in rows.partitions(1000):
        insert(connection, ((row.id, row.note) for row in part))
    merge(connection)


def differences(connection: Connection) -> Iterator[int]:
    """Ids of items whose indexed words are not those of their note."""
    indexed = select(items.c.id, items.c.note, notes.c.tokens).outerjoin_from(
        items, notes, notes.c.rowid == items.c.id
    )
    for row in connection.execute(indexed):
        expected = None if row.note is None else " ".join(search_tokens(row.note))
        if row.tokens != expected:
            yield row.id
    orphans = select(notes.c.rowid).where(notes.c.rowid.not_in(select(items.c.id)))
    yield from connection.scalars(orphans)


def check_index(connection: Connection) -> None:
    """Let FTS5 compare its index with its rows.

    Raises:
        DatabaseError: they differ.
    """
    connection.exec_driver_sql("INSERT INTO notes(notes) VALUES ('integrity-check')")

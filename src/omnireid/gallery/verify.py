"""Checking a whole gallery: every page, vector, picture, word and index row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from omnireid.errors import GalleryError
from omnireid.gallery import ledger, notes
from omnireid.gallery.schema import item_pictures, items, pictures
from omnireid.gallery.store import Store
from omnireid.gallery.values import Problem, VerifyReport

# float16 keeps 11 bits of each value: the length of a stored unit vector is off by far less.
_NORM_TOLERANCE = 1e-2

_RESTORE = "restore the gallery folder from a backup"
_ADD_AGAIN = "delete the item and add it again, or restore the gallery from a backup"
_REBUILD = "run `omnireid verify --repair`"


def verify_store(store: Store) -> VerifyReport:
    """See Gallery.verify."""
    problems: list[Problem] = []
    item_count = picture_count = 0
    try:
        for detail in store.database.integrity_problems():
            problems.append(Problem("ledger", store.database.path.name, detail, _RESTORE))
        # Before the ledger is read: a file that is being added now is announced by then.
        files = list(store.pictures.files())
        with store.database.read() as connection:
            item_count = connection.scalar(select(func.count()).select_from(items)) or 0
            picture_count = connection.scalar(select(func.count()).select_from(pictures)) or 0
            problems += _vectors(connection, store)
            problems += _strays(connection, files)
        problems += _pictures(store)
        problems += _words(store)
        problems += _index(store)
    except GalleryError as error:
        # Operational errors (a full disk, a lock) are no damage.
        if type(error.__cause__) is not DatabaseError:
            raise
        # A ledger too damaged to be read to the end.
        problems.append(Problem("ledger", store.database.path.name, error.why, _RESTORE))
    return VerifyReport(item_count, picture_count, tuple(problems))


def _vectors(connection: Connection, store: Store) -> Iterator[Problem]:
    width = store.state.width
    for item, data, crc in ledger.stored_vectors(connection, store.state.model_key):
        detail = ledger.vector_problem(data, crc, width)
        if detail is None and data is not None:
            values = np.frombuffer(data, "<f2").astype(np.float64)
            if not np.isfinite(values).all():
                detail = "it holds values that are not finite"
            elif abs(np.linalg.norm(values) - 1) > _NORM_TOLERANCE:
                detail = f"its length is {np.linalg.norm(values):.3f} instead of 1"
        if detail is not None:
            yield Problem("vector", f"item {item}", detail, _ADD_AGAIN)


def _strays(connection: Connection, files: Iterable[Path]) -> Iterator[Problem]:
    known = set(connection.scalars(select(pictures.c.digest)))
    known.update(ledger.loose_pictures(connection)[0])
    for path in files:
        # A file being written is named .<digest>.<random>.part
        if path.name != f"{path.stem}.jpg" or path.stem not in known:
            staged = path.name.split(".")
            if path.suffix == ".part" and len(staged) == 4 and staged[1] in known:
                continue
            yield Problem("stray", str(path), "no item uses this file", "delete the file")


def _pictures(store: Store) -> Iterator[Problem]:
    with store.database.read() as connection:
        digests = list(connection.scalars(select(pictures.c.digest).order_by(pictures.c.digest)))
    for digest in digests:
        detail = store.pictures.problem(digest)
        if detail is None:
            continue
        with store.database.read() as connection:
            users = list(
                connection.scalars(
                    select(item_pictures.c.item_id).where(item_pictures.c.digest == digest)
                )
            )
        # None: deleted since, with its file.
        for item in users:
            subject = f"item {item}, {store.pictures.path(digest).name}"
            yield Problem("picture", subject, detail, _ADD_AGAIN)


def _words(store: Store) -> Iterator[Problem]:
    with store.database.read() as connection:
        for item in notes.differences(connection):
            yield Problem("words", f"item {item}", "its words differ from its note", _REBUILD)
    try:
        with store.database.write() as connection:
            notes.check_index(connection)
    except GalleryError as error:
        if not isinstance(error.__cause__, DatabaseError):
            raise
        yield Problem("words", "notes", "the index of words is damaged", _REBUILD)


def _index(store: Store) -> Iterator[Problem]:
    for detail in store.index_differences():
        yield Problem("index", "index", detail, _REBUILD)

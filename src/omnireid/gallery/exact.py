"""The exact index: a memory-mapped float32 matrix, and columns to filter by.

`index/header.json` names a segment and says how many of its rows count; rows beyond are the rest
of an interrupted update and are written over. The matrix is float32, twice the ledger's float16:
NumPy multiplies float32 by BLAS and float16 one value at a time (figures: docs/gallery.md).
"""

from __future__ import annotations

import errno
import threading
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from omnireid.gallery.faults import reach
from omnireid.gallery.header import HEADER_NAME, Header, read_header, write_header
from omnireid.gallery.index import COLUMNS, Entries, Ids, Position, Selection, Version
from omnireid.gallery.ranking import Keys, rank
from omnireid.gallery.segment import CHUNK_ROWS, Matrix, Segment, chunk_bounds, chunk_count
from omnireid.gallery.selection import Columns, choose, rows_of

_FIELDS = ("id", "time", "camera", "source", "modalities", "alive")


@dataclass(frozen=True)
class _Loaded:
    """One state of the index, as searches use it; a later state is another object."""

    header: Header
    vectors: Matrix
    columns: Columns


class ExactIndex:
    """Search by one matrix product over every item. Implements index.VectorIndex."""

    def __init__(self, folder: Path, gallery: str, model: str, width: int) -> None:
        self._folder = folder
        self._empty = Header(gallery, model, width, "", Version(0, ""), 0, 0, (), ())
        self._loaded: _Loaded | None = None
        self._lock = threading.RLock()

    @property
    def position(self) -> Position | None:
        """See index.VectorIndex."""
        loaded = self._loaded
        return None if loaded is None else Position(loaded.header.version, loaded.header.last_id)

    def reload(self) -> Position | None:
        """See index.VectorIndex. Checks whatever part of the files is new."""
        with self._lock:
            loaded = self._load(self._loaded)
            if loaded is None:
                return None
            self._loaded = loaded
            return self.position

    def search(
        self,
        query: Matrix,
        selection: Selection,
        limit: int,
        after: tuple[float, int] | None = None,
        keys: Keys | None = None,
    ) -> tuple[Ids, npt.NDArray[np.float64]]:
        """See index.VectorIndex."""
        loaded = self._searchable()
        ids, kinds = loaded.columns["id"], loaded.columns["modalities"]
        chosen = choose(loaded.columns, selection)
        if after is not None:
            after = after[0], int(np.searchsorted(ids, after[1], side="right")) - 1
        if keys is None:
            rows, scores = rank(loaded.vectors, query, chosen, limit, after)
        else:
            # Rows that were removed are of kind 0, which `chosen` leaves out already.
            if not keys.known[1:].all():
                known = keys.known[kinds]
                chosen = known if chosen is None else chosen & known
            rows, scores = rank(loaded.vectors, query, chosen, limit, after, (keys, kinds))
        return ids[rows].astype(np.int64), scores

    def kinds(self, selection: Selection) -> frozenset[int]:
        """See index.VectorIndex."""
        columns = self._searchable().columns
        chosen = choose(columns, selection)
        kinds = columns["modalities"] if chosen is None else columns["modalities"][chosen]
        return frozenset(np.flatnonzero(np.bincount(kinds)).tolist())

    def update(self, entries: Iterable[Entries], removed: Ids, version: Version) -> None:
        """See index.VectorIndex."""
        with self._lock:
            if self._loaded is None:
                raise RuntimeError("update before the index was loaded")
            old = self._loaded.header
            segment = self._segment(old)
            gone = rows_of(self._loaded.columns["id"], removed)
            if len(gone):
                segment.blank(gone)
                reach("index.rows_blanked")
            self._extend(segment, old, entries, version, set((gone // CHUNK_ROWS).tolist()))
            self._take_up(self._load(self._loaded))

    def replace(self, entries: Iterable[Entries], version: Version) -> None:
        """See index.VectorIndex."""
        with self._lock:
            self._folder.mkdir(exist_ok=True)
            fresh = replace(self._empty, segment=uuid4().hex)
            self._extend(self._segment(fresh), fresh, entries, version, set())
            self._take_up(self._load(None))

    def differences(self, entries: Iterable[Entries]) -> tuple[str, ...]:
        """See index.VectorIndex."""
        stored = self._load(None)
        if stored is None:
            return ("its files are missing, cut short or changed",)
        alive = np.flatnonzero(stored.columns["alive"])
        found, at = [], 0
        for part in entries:
            rows = alive[at : at + len(part.columns)]
            at += len(part.columns)
            ids = part.columns["id"]
            if not np.array_equal(stored.columns["id"][rows], ids):
                return (f"it does not hold the items from number {ids[0]} on as the ledger does",)
            same = (stored.vectors[rows] == part.vectors).all(axis=1)
            for name in _FIELDS:
                same &= stored.columns[name][rows] == part.columns[name]
            found += [f"item {item} differs from the ledger" for item in ids[~same]]
        if at < len(alive):
            found.append(f"it holds {len(alive) - at} items that the ledger does not")
        dead = np.flatnonzero(stored.columns["alive"] == 0)
        for start in range(0, len(dead), CHUNK_ROWS):
            if stored.vectors[dead[start : start + CHUNK_ROWS]].any():
                found.append("a removed item has left its vector behind")
        return tuple(found)

    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self._folder.glob("*"))

    def close(self) -> None:
        """Let go of the files; a search that runs in another thread still ends well."""
        self._loaded = None

    def _searchable(self) -> _Loaded:
        loaded = self._loaded
        if loaded is None:
            raise RuntimeError("search before the index was loaded")
        return loaded

    def _take_up(self, written: _Loaded | None) -> None:
        if written is None:
            raise OSError(errno.EIO, "the index just written does not read back as it was written")
        self._loaded = written

    def _segment(self, header: Header) -> Segment:
        return Segment(self._folder, header.segment, header.width)

    def _extend(
        self,
        segment: Segment,
        old: Header,
        entries: Iterable[Entries],
        version: Version,
        changed: set[int],
    ) -> None:
        rows, last_id = segment.append(entries, old.rows, old.last_id)
        reach("index.rows_appended")
        changed |= set(range(old.rows // CHUNK_ROWS, chunk_count(rows)))
        vector_crcs, column_crcs = segment.checksums(
            rows, (old.vector_crcs, old.column_crcs), changed
        )
        write_header(
            self._folder,
            replace(
                old,
                version=version,
                last_id=last_id,
                rows=rows,
                vector_crcs=vector_crcs,
                column_crcs=column_crcs,
            ),
        )
        # Other segments are of before this one, or of a rebuild that was killed.
        current = {HEADER_NAME, segment.vectors.name, segment.columns.name}
        for path in self._folder.iterdir():
            if path.name not in current:
                # Windows keeps a file that a process still maps; a later update removes it.
                with suppress(PermissionError):
                    path.unlink(missing_ok=True)

    def _load(self, before: _Loaded | None) -> _Loaded | None:
        """The stored index if every chunk that `before` did not hold fits its checksum."""
        header = read_header(self._folder)
        if header is None or (header.gallery, header.model, header.width) != (
            self._empty.gallery,
            self._empty.model,
            self._empty.width,
        ):
            return None
        if before is not None and before.header == header:
            return before
        segment = self._segment(header)
        if not segment.holds(header.rows):
            return None
        if before is not None and before.header.segment != header.segment:
            before = None
        try:
            vectors = segment.map_vectors(header.rows)
            columns = _load_columns(segment, header, vectors, before)
        except (OSError, ValueError):
            # Replaced by another process since its header was read.
            return None
        return None if columns is None else _Loaded(header, vectors, columns)


def _load_columns(
    segment: Segment, header: Header, vectors: Matrix, before: _Loaded | None
) -> Columns | None:
    """The columns as one array a field; None when a checksum does not fit."""
    known: tuple[tuple[int, int], ...] = ()
    columns: Columns = {f: np.empty(header.rows, COLUMNS[f].newbyteorder("=")) for f in _FIELDS}
    if before is not None:
        kept = min(before.header.rows, header.rows)
        known = tuple(zip(before.header.vector_crcs, before.header.column_crcs, strict=True))
        for field in _FIELDS:
            columns[field][:kept] = before.columns[field][:kept]
    wanted = zip(header.vector_crcs, header.column_crcs, strict=True)
    for chunk, crcs in enumerate(wanted):
        start, stop = chunk_bounds(chunk, header.rows)
        if chunk < len(known) and known[chunk] == crcs and stop <= len(before.vectors):  # type: ignore[union-attr]
            continue
        records = segment.read_columns(start, stop)
        if (zlib.crc32(vectors[start:stop].data), zlib.crc32(records.data)) != crcs:
            return None
        for field in _FIELDS:
            columns[field][start:stop] = records[field]
    return columns

"""The two files of an index segment: a matrix and its columns, appended to and overwritten.

Changes are made with the ledger's write lock held, so there is one writer. Rows that a header
counts are never moved: a process that maps an older state keeps reading the right bytes, or zeros
where an item was removed.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from omnireid.gallery.index import COLUMNS, Entries

Matrix = npt.NDArray[np.float32]
Records = npt.NDArray[np.void]
Crcs = tuple[int, ...]

CHUNK_ROWS = 4096
"""Rows that share one CRC-32: 4 MB of a 256-d matrix."""


def chunk_bounds(chunk: int, rows: int) -> tuple[int, int]:
    """First row and row after the last of a chunk.

    >>> chunk_bounds(1, 5000)
    (4096, 5000)
    """
    return chunk * CHUNK_ROWS, min(rows, (chunk + 1) * CHUNK_ROWS)


def chunk_count(rows: int) -> int:
    """How many chunks `rows` rows fill, the last one in part."""
    return -(-rows // CHUNK_ROWS)


class Segment:
    """`vectors-<name>.f32` (rows of little-endian float32) and `columns-<name>.bin` (COLUMNS)."""

    def __init__(self, folder: Path, name: str, width: int) -> None:
        self.name = name
        self.vectors = folder / f"vectors-{name}.f32"
        self.columns = folder / f"columns-{name}.bin"
        self._stride = 4 * width
        self._width = width

    def holds(self, rows: int) -> bool:
        """Whether both files are there and long enough."""
        try:
            return (
                self.vectors.stat().st_size >= rows * self._stride
                and self.columns.stat().st_size >= rows * COLUMNS.itemsize
            )
        except OSError:
            return False

    def map_vectors(self, rows: int) -> Matrix:
        """(rows, width) float32, mapped read-only."""
        if rows == 0:
            return np.empty((0, self._width), np.float32)
        # A plain array over the map: np.memmap would pass its own class on to every result.
        return np.asarray(np.memmap(self.vectors, "<f4", "r", shape=(rows, self._width)))

    def read_columns(self, start: int, stop: int) -> Records:
        """(stop - start,) records."""
        offset = start * COLUMNS.itemsize
        return np.fromfile(self.columns, COLUMNS, count=stop - start, offset=offset)

    def append(self, entries: Iterable[Entries], rows: int, last_id: int) -> tuple[int, int]:
        """Write entries after the first `rows`; the new number of rows and the new last id.

        Raises:
            OSError: the disk refuses; the first `rows` are as they were.
        """
        with self._open() as (vectors, columns):
            vectors.seek(rows * self._stride)
            columns.seek(rows * COLUMNS.itemsize)
            for part in entries:
                vectors.write(np.ascontiguousarray(part.vectors, "<f4").tobytes())
                columns.write(part.columns.tobytes())
                rows += len(part.columns)
                last_id = int(part.columns["id"][-1])
            # Whatever an interrupted update left behind goes.
            vectors.truncate()
            columns.truncate()
        return rows, last_id

    def blank(self, rows: npt.NDArray[np.int64]) -> None:
        """Overwrite rows with zeros, all but their ids, which keep the order.

        Raises:
            OSError: the disk refuses; some rows may be zero already.
        """
        kept = COLUMNS["id"].itemsize
        with self._open() as (vectors, columns):
            for row in rows.tolist():
                vectors.seek(row * self._stride)
                vectors.write(bytes(self._stride))
                columns.seek(row * COLUMNS.itemsize + kept)
                columns.write(bytes(COLUMNS.itemsize - kept))

    def checksums(
        self, rows: int, known: tuple[Crcs, Crcs], changed: set[int]
    ) -> tuple[Crcs, Crcs]:
        """CRC-32 of each chunk of vectors and of columns; `known` ones but for `changed` chunks."""
        count = chunk_count(rows)
        vectors, columns = list(known[0][:count]), list(known[1][:count])
        for crcs, path, stride in (
            (vectors, self.vectors, self._stride),
            (columns, self.columns, COLUMNS.itemsize),
        ):
            crcs.extend([0] * (count - len(crcs)))
            with path.open("rb") as file:
                for chunk in sorted(changed):
                    start, stop = chunk_bounds(chunk, rows)
                    file.seek(start * stride)
                    crcs[chunk] = zlib.crc32(file.read((stop - start) * stride))
        return tuple(vectors), tuple(columns)

    def size(self) -> int:
        """Bytes of both files."""
        return self.vectors.stat().st_size + self.columns.stat().st_size

    @contextmanager
    def _open(self) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """Both files for writing at any place; durable when the block ends."""
        with ExitStack() as stack:
            files: list[BinaryIO] = []
            for path in (self.vectors, self.columns):
                path.touch()
                files.append(stack.enter_context(path.open("r+b")))
            yield files[0], files[1]
            for file in files:
                file.flush()
                os.fsync(file.fileno())

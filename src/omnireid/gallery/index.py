"""What the gallery asks of a vector index. The index is derived: the ledger can rebuild it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from omnireid.gallery.ranking import Keys

Ids = npt.NDArray[np.int64]

# What the index knows of an item beside its vector. time: microseconds, NO_TIME for none.
# camera, source: ledger ids, 0 for none. alive: 0 once removed, when all but the id is zero.
COLUMNS = np.dtype(
    [
        ("id", "<i8"),
        ("time", "<i8"),
        ("camera", "<i4"),
        ("source", "<i4"),
        ("modalities", "u1"),
        ("alive", "u1"),
        ("reserved", "V6"),
    ]
)


@dataclass(frozen=True)
class Version:
    """A state of the ledger: how many changes led to it, and the random token of the last."""

    generation: int
    token: str


@dataclass(frozen=True)
class Position:
    """How far an index has followed the ledger."""

    version: Version
    last_id: int


@dataclass(frozen=True)
class Entries:
    """A run of items with ascending ids: (n,) COLUMNS and (n, width) float32 vectors."""

    columns: npt.NDArray[np.void]
    vectors: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Selection:
    """Filters in the index's terms. None restricts nothing; start <= time < end in microseconds."""

    cameras: Ids | None = None
    sources: Ids | None = None
    modalities: int | None = None
    start: int | None = None
    end: int | None = None
    item_ids: Ids | None = None


class VectorIndex(Protocol):
    """Similarity search over the items of one gallery and one model.

    Changing methods are called with the ledger's write lock held; `search` at any time, from any
    thread, by any number of processes.
    """

    @property
    def position(self) -> Position | None:
        """Where the index that searches use stands; None before the first `reload`."""

    def reload(self) -> Position | None:
        """Take up the stored index, which another process may have moved on.

        Returns where it stands; None when what is stored cannot be trusted: searches then go on
        with what they had.
        """

    def search(
        self,
        query: npt.NDArray[np.float32],
        selection: Selection,
        limit: int,
        after: tuple[float, int] | None = None,
        keys: Keys | None = None,
    ) -> tuple[Ids, npt.NDArray[np.float64]]:
        """Ids and cosine similarities of the best `limit` items, best first, ties by lower id.

        query: (width,) float32, L2-normalised. after: the similarity and id that ended the page
        before this one. keys, by the numbers in the column `modalities`: what items are ranked by
        instead, and what `after` holds; items of unknown kinds are left out.
        """

    def kinds(self, selection: Selection) -> frozenset[int]:
        """The numbers in the column `modalities` of the items that fit."""

    def update(self, entries: Iterable[Entries], removed: Ids, version: Version) -> None:
        """Append new items, overwrite removed ones, and stand at `version`.

        Raises:
            OSError: the disk refuses; the index then stands where it stood.
        """

    def replace(self, entries: Iterable[Entries], version: Version) -> None:
        """Write the whole index anew and drop the old one.

        Raises:
            OSError: the disk refuses; the old index stays.
        """

    def differences(self, entries: Iterable[Entries]) -> tuple[str, ...]:
        """How the stored index departs from what the ledger says; empty when it does not."""

    def size(self) -> int:
        """Bytes on disk."""

    def close(self) -> None:
        """Let go of the files."""

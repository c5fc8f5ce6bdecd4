"""A gallery: one folder that holds items, their pictures, and what is needed to find them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from omnireid.errors import GalleryError, InputError
from omnireid.gallery import finding, ledger, notes
from omnireid.gallery.blurring import Blur
from omnireid.gallery.browsing import Browsing
from omnireid.gallery.content import read_content
from omnireid.gallery.database import Database, is_empty, migrate, schema_version
from omnireid.gallery.faults import reach
from omnireid.gallery.ingest import Progress, add_observations, checked_vectors
from omnireid.gallery.moments import zone
from omnireid.gallery.nearest import nearest, ranking_of
from omnireid.gallery.opening import PICTURES, open_store, same_model
from omnireid.gallery.pictures import sync_folder
from omnireid.gallery.rereading import read_missing, unread
from omnireid.gallery.scales import Scales
from omnireid.gallery.schema import items
from omnireid.gallery.stages import stage
from omnireid.gallery.store import Store, writable
from omnireid.gallery.summary import summary
from omnireid.gallery.values import (
    AddReport,
    Encoder,
    Filters,
    GalleryInfo,
    Item,
    Match,
    Order,
    ReadingEncoder,
    VerifyReport,
)
from omnireid.gallery.verify import verify_store
from omnireid.observation import Observation

_log = logging.getLogger(__name__)

_LEDGER = "ledger.sqlite"
_EVERYTHING = Filters()


def is_gallery(path: Path | str) -> bool:
    """Whether there is a gallery at `path`, sound or not; not one whose making was killed."""
    ledger_file = Path(path) / _LEDGER
    return ledger_file.is_file() and not is_empty(ledger_file)


class Gallery:
    """Items of one model's vector space: add, search, delete. Made by `create` or `open`.

    The folder holds `ledger.sqlite` (the truth), `pictures/` (named by their hash) and `index/`
    (derived; may be deleted at any time). Any number of processes and threads may use it at once
    on one machine: readers see one state of the ledger and never wait for it, writers take turns,
    and a search that finds the index behind brings it up to date first. Whatever a call has
    reported as done is on the disk and survives a kill or a power cut.
    """

    def __init__(self, store: Store, encoder: Encoder | None) -> None:
        self._store = store
        self._encoder = encoder

    @classmethod
    def create(
        cls,
        path: Path | str,
        encoder: Encoder,
        *,
        timezone: str | None = None,
        blur: Blur = Blur.OFF,
    ) -> Self:
        """Make a gallery in a new or empty folder, for the vectors of this encoder.

        timezone: an IANA name such as Asia/Tokyo, in which times without an offset are meant and
        times are shown; None: the zone of the machine. blur: see `open`.

        Raises:
            GalleryError: the folder is in use or cannot be written.
            InputError: unknown time zone.
        """
        folder = Path(path)
        zone(timezone)
        if folder.exists() and not folder.is_dir():
            raise GalleryError(f"no gallery can be made at {folder}", "it is a file", _OTHER)
        with writable(folder):
            # A kill below leaves an empty ledger behind: taken over by the next try.
            foreign = folder.exists() and any(
                not entry.name.startswith(_LEDGER) for entry in folder.iterdir()
            )
            if foreign and not is_gallery(folder):
                raise GalleryError(
                    f"no gallery can be made at {folder}", "the folder holds other files", _OTHER
                )
            folder.mkdir(parents=True, exist_ok=True)
        database = Database(folder / _LEDGER)
        try:
            with database.write() as connection:
                if schema_version(connection) is not None:
                    raise GalleryError(
                        f"no gallery can be made at {folder}",
                        "there is one already",
                        "open it, or choose another folder",
                    )
                migrate(connection)
                ledger.found(connection, encoder.model_id, encoder.width, timezone)
        finally:
            database.close()
        with writable(folder):
            (folder / PICTURES).mkdir(exist_ok=True)
            sync_folder(folder)
            sync_folder(folder.parent)
        gallery = cls.open(folder, encoder, blur=blur)
        gallery._store.synchronise()
        return gallery

    @classmethod
    def open(
        cls, path: Path | str, encoder: Encoder | None = None, *, blur: Blur = Blur.OFF
    ) -> Self:
        """Open a gallery; repairs what a killed process left behind.

        encoder: the model the gallery was made with; None: all but adding and searching by
        observations (words, vectors, verify, delete). blur: what is blurred in the pictures that
        are added from now on.

        Raises:
            GalleryError: no gallery there, made by another model or a newer release, or its
                folder cannot be read and written.
        """
        folder = Path(path)
        if not is_gallery(folder):
            raise GalleryError(
                f"{folder} cannot be opened",
                "there is no gallery in it",
                "check the path, or index something into it first",
            )
        database = Database(folder / _LEDGER)
        try:
            store = replace(open_store(folder, database), blur=blur)
            if encoder is not None:
                same_model(folder, store, encoder)
            store.sweep()
        except BaseException:
            database.close()
            raise
        return cls(store, encoder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._store.close()

    def add(
        self,
        observations: Iterable[Observation],
        *,
        batch_size: int = 32,
        progress: Progress | None = None,
    ) -> AddReport:
        """Encode and store observations, in one transaction a batch.

        What is stored already (same pictures, text, camera and time; from whatever source) is
        counted as a duplicate. What cannot be read is skipped with the reason. `progress` is
        called after each batch is safe on the disk.

        Raises:
            GalleryError: opened without an encoder, or the disk refuses; earlier batches are safe,
                and adding the same again goes on where it stopped.
        """
        encoder = self._encoder
        if encoder is None:
            raise GalleryError("nothing was added", "no model is loaded", _NEEDS_MODEL)
        if batch_size < 1:
            raise InputError(f"batch_size is {batch_size}", "a batch needs an item", "use 32")
        report = add_observations(self._store, encoder, observations, batch_size, progress)
        try:
            self._store.sweep()
            self._store.synchronise()
        except GalleryError as error:
            # The items are safe; the next search and the next open try again.
            _log.warning("items were added, and the index is not up to date yet: %s", error)
        return report

    def holding(self, observation: Observation) -> int | None:
        """The item that holds exactly this content, from whatever source; None if there is none.

        Raises:
            InputError: a picture of it cannot be read.
        """
        content = read_content(observation, self._store.local)
        with self._store.database.read() as connection:
            return connection.scalar(
                select(items.c.id).where(items.c.content_hash == content.content_hash)
            )

    def search(
        self,
        query: Observation | npt.NDArray[np.floating] | None = None,
        *,
        k: int = 20,
        offset: int = 0,
        filters: Filters = _EVERYTHING,
        words: str | None = None,
        order: Order = Order.RELEVANCE,
        scales: Scales | None = None,
    ) -> tuple[Match, ...]:
        """The `k` best items after the first `offset`, best first.

        query: an observation, or a (width,) vector of any length but 0: ranked by cosine
        similarity, exactly; equal scores by lower id. words: only items whose note holds all of
        them. With words alone, ranked by bm25 or, with `order`, by time. scales: where every kind
        of item that fits has one, ranked by log-odds instead, so that notes and pictures compare.

        Raises:
            InputError: neither query nor words, an unreadable query, or an unusable filter.
            GalleryError: an observation without an encoder, or a damaged ledger.
        """
        if k < 0 or offset < 0:
            raise InputError(f"k is {k} and offset {offset}", "both count items", "use 0 or more")
        if query is not None:
            if order is not Order.RELEVANCE:
                raise InputError(
                    "a search by similarity cannot be sorted by time",
                    "every item is similar to some degree",
                    "leave out the order, or narrow the time range",
                )
            vector = self._vector(query)
            ranked_by = ranking_of(self._store, filters, words, scales)
            return nearest(
                self._store, vector, filters, words, offset + k, ranked_by,
                scales=scales, skip=offset,
            ).matches  # fmt: skip
        if words is None:
            raise InputError(
                "nothing to search for", "there is neither a query nor a word", "give one of them"
            )
        return finding.by_words(self._store, words, filters, order, k, offset)

    def items(
        self,
        *,
        filters: Filters = _EVERYTHING,
        order: Order = Order.NEWEST,
        k: int = 100,
        offset: int = 0,
    ) -> tuple[Item, ...]:
        """`k` items after the first `offset`, by time; those without a time last, then by id."""
        if order is Order.RELEVANCE:
            raise InputError("items have no relevance", "there is no query", "sort by time")
        return finding.by_time(self._store, filters, order, k, offset)

    def picture(self, digest: str, *, scope: Sequence[str] = ()) -> Path | None:
        """The kept picture with this sha-256 (JPEG), or None: no such picture, or no sha-256.

        scope: the cameras that the asker may see; a picture of none of them counts as absent.
        """
        try:
            path = self._store.pictures.path(digest)
        except ValueError:
            return None
        if scope and not finding.shows(self._store, digest, scope):
            return None
        return path if path.is_file() else None

    def count(self, *, filters: Filters = _EVERYTHING, words: str | None = None) -> int:
        """How many items fit."""
        return finding.count(self._store, filters, words)

    def delete(self, item_ids: Iterable[int]) -> int:
        """Delete items for good; how many there were. Unknown ids are passed over.

        On return their rows, notes, vectors and pictures that no other item uses are gone from
        the files, deleted bytes overwritten. What a file system or a disk keeps of old blocks, and
        backups, are outside a gallery's reach.

        Raises:
            GalleryError: the disk refuses. The items are found no more once rows are committed;
                the next `delete`, `open` and search finish what is left.
        """
        with self._store.database.write() as connection:
            deleted = ledger.remove_items(connection, item_ids)
            reach("delete.rows_removed")
        reach("delete.committed")
        self._store.sweep()
        self._store.synchronise()
        self._store.database.checkpoint()
        return deleted

    def rebuild_index(self) -> None:
        """Write both derived indexes, of vectors and of words, anew from the ledger."""
        with self._store.database.write() as connection:
            notes.rebuild(connection)
        self._store.rebuild()

    def unread(self) -> int:
        """How many items with pictures have no attributes, where the model reads any."""
        return unread(self._store) if isinstance(self._encoder, ReadingEncoder) else 0

    def read_attributes(self) -> Iterator[int]:
        """Read the attributes of those items off their kept pictures; yields how many were looked
        at after each batch that is safe on the disk."""
        if isinstance(self._encoder, ReadingEncoder):
            yield from read_missing(self._store, self._encoder)

    def verify(self) -> VerifyReport:
        """Check everything: the database's own checks, every vector, the hash of every picture,
        stray files, the words of every note, and the index against the ledger, row by row.

        Reads the whole gallery, and writers wait while the index is compared. Finds, and repairs
        nothing; an index that is only behind is led on.
        """
        return verify_store(self._store)

    @property
    def database(self) -> Database:
        """The ledger's file, for the rooms that keep their own tables in it."""
        return self._store.database

    @property
    def browse(self) -> Browsing:
        """Paging by cursor, single items, neighbours in time."""
        return Browsing(self._store)

    @property
    def folder(self) -> Path:
        """The gallery's folder."""
        return self._store.folder

    def index_lag(self) -> int:
        """How many changes of the ledger the index has not followed yet; the next search does."""
        with self._store.database.read() as connection:
            generation = ledger.version(connection).generation
        position = self._store.index.position
        return generation if position is None else generation - position.version.generation

    def info(self) -> GalleryInfo:
        """The gallery at a glance."""
        return summary(self._store)

    def _vector(self, query: Observation | npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        if isinstance(query, Observation):
            if self._encoder is None:
                raise GalleryError("the search cannot be done", "no model is loaded", _NEEDS_MODEL)
            with stage("encode"):
                vector: npt.NDArray[np.float32] = checked_vectors(self._encoder, [query])[0]
            return vector
        values = np.asarray(query, np.float64)
        width = self._store.state.width
        length = np.linalg.norm(values)
        if values.shape != (width,) or not np.isfinite(length) or length == 0:
            raise InputError(
                "the query vector cannot be used",
                f"its shape is {values.shape} and its length {length:g}",
                f"give {width} finite values that are not all zero",
            )
        return (values / length).astype(np.float32)


_OTHER = "choose a new or an empty folder"
_NEEDS_MODEL = "open the gallery with the model it was made with"

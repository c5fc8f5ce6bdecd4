"""The parts of an open gallery, and how they are kept in step with the ledger."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from sqlalchemy import Connection

from omnireid.errors import GalleryError
from omnireid.gallery import ledger
from omnireid.gallery.blurring import Blur
from omnireid.gallery.database import Database
from omnireid.gallery.faults import reach
from omnireid.gallery.index import Entries, Position, VectorIndex
from omnireid.gallery.ledger import State
from omnireid.gallery.pictures import PictureFolder

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Store:
    """The ledger, which is the truth, the pictures it names, and the index derived from it."""

    folder: Path
    state: State
    local: tzinfo | None
    database: Database
    pictures: PictureFolder
    index: VectorIndex
    blur: Blur = Blur.OFF

    def synchronise(self) -> None:
        """Bring the index to where the ledger stands: by its newest changes, or wholly anew.

        Cheap when nothing changed. Another process may have done it already, or be doing it.

        Raises:
            GalleryError: the ledger cannot be read or the index cannot be written.
        """
        with self.database.read() as connection:
            version = ledger.version(connection)
        position = self.index.position
        if position is not None and position.version == version:
            return
        position = self.index.reload()
        if position is not None and position.version == version:
            return
        with self.database.write() as connection, writable(self.folder):
            # Only now is nobody else changing it.
            self._follow(connection, self.index.reload())

    def rebuild(self) -> None:
        """Write the index anew from the ledger."""
        with self.database.write() as connection, writable(self.folder):
            self._replace(connection)

    def index_differences(self) -> tuple[str, ...]:
        """How the stored index departs from the ledger; one that only lags behind is led on."""
        with self.database.write() as connection, writable(self.folder):
            position = self.index.reload()
            if position is not None and ledger.descends_from(connection, position.version):
                self._follow(connection, position)
            return self.index.differences(self._entries(connection, 0))

    def sweep(self) -> None:
        """Delete picture files that were announced and that no item uses."""
        with self.database.read() as connection:
            if not any(ledger.loose_pictures(connection)):
                return
        with self.database.write() as connection, writable(self.folder):
            unused, _ = ledger.loose_pictures(connection)
            for digest in unused:
                self.pictures.unlink(digest)
                reach("sweep.picture_unlinked")
            ledger.settle_pictures(connection)

    def close(self) -> None:
        """Close the files."""
        self.index.close()
        self.database.close()

    def _follow(self, connection: Connection, position: Position | None) -> None:
        version = ledger.version(connection)
        if position is None:
            if version.generation > 0:  # 0: a new gallery
                _log.warning("%s: the index is missing or damaged and is rebuilt", self.folder)
            self._replace(connection)
        elif position.version == version:
            return
        elif not ledger.descends_from(connection, position.version):
            _log.warning("%s: the index is of another history and is rebuilt", self.folder)
            self._replace(connection)
        else:
            self.index.update(
                self._entries(connection, position.last_id),
                ledger.removed_since(connection, position.version),
                version,
            )

    def _replace(self, connection: Connection) -> None:
        self.index.replace(self._entries(connection, 0), ledger.version(connection))

    def _entries(self, connection: Connection, after: int) -> Iterator[Entries]:
        return ledger.entries(connection, self.state.model_key, self.state.width, after)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn the disk's refusals into what, why, what to do."""
    try:
        yield
    except OSError as error:
        to_do = {
            errno.ENOSPC: "free some space and run the same command again",
            errno.EDQUOT: "free some space and run the same command again",
            errno.EROFS: "make the disk writable, or copy the gallery to another",
            errno.EACCES: "change the permissions of the folder",
            errno.EPERM: "change the permissions of the folder",
        }.get(error.errno or 0, "check the disk, then run the same command again")
        raise GalleryError(
            f"the gallery {folder} cannot be written", error.strerror or str(error), to_do
        ) from error

"""Watched folders: looked through again and again, and whatever has come to rest becomes a job."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from omnireid.errors import InputError
from omnireid.gallery import Database, Gallery
from omnireid.governance import AuditLog, Event
from omnireid.jobs.options import FolderOptions, VideoOptions, read_options
from omnireid.jobs.queue import Files, insert_files, insert_job, record
from omnireid.jobs.rows import job_of, moment, now, parts
from omnireid.jobs.schema import jobs, watched_files, watched_folders
from omnireid.jobs.values import State

_log = logging.getLogger("omnireid.jobs")

POLL_SECONDS = 10.0
SETTLED_SECONDS = 10.0
"""A file is taken once its size and time of change have stayed the same for so long."""

_FILMS = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".ts", ".mts", ".webm", ".mpg", ".mpeg", ".wmv"}
)

WatchOptions = FolderOptions | VideoOptions


@dataclass(frozen=True)
class Watch:
    """A watched folder. `options.path` is the folder; a video's job gets the file in its place.

    `trouble` is why the last look at it failed, None if it did not.
    """

    id: int
    options: WatchOptions
    actor: str
    created: datetime
    checked: datetime | None
    trouble: str | None

    @property
    def path(self) -> Path:
        """The folder."""
        return self.options.path


@dataclass(frozen=True)
class _Seen:
    size: int
    modified: int


class Watches:
    """The watched folders of a gallery, in its ledger."""

    def __init__(self, gallery: Gallery) -> None:
        self.database: Database = gallery.database
        self._audit = AuditLog(gallery.database)

    def add(self, options: WatchOptions, actor: str) -> Watch:
        """Watch a folder from now on; what lies in it already is taken too.

        Raises:
            InputError: it is no folder, is watched already, or an option is for one file alone.
        """
        path = options.path.resolve()
        if not path.is_dir():
            raise InputError(
                f"{path} cannot be watched", "there is no such folder", "check the path"
            )
        if getattr(options, "table", None) is not None:
            raise InputError(
                f"{path} cannot be watched with a table",
                "the table would not name the files to come",
                "use a pattern, or one camera for the folder",
            )
        if getattr(options, "start", None) is not None:
            raise InputError(
                f"{path} cannot be watched with a start",
                "every video to come would begin at the same time",
                "use a pattern that reads the start off each name",
            )
        kept = options.model_copy(update={"path": path})
        with self.database.write() as connection:
            made = connection.execute(
                insert_or(watched_folders)
                .values(
                    path=str(path),
                    options=kept.model_dump_json(exclude_none=True),
                    actor=actor,
                    created=now(),
                )
                .on_conflict_do_nothing()
                .returning(watched_folders.c.id)
            ).first()
            if made is None:
                raise InputError(
                    f"{path} is watched already",
                    "a folder has one watch",
                    "remove that one first, see `omnireid jobs watch list`",
                )
            self._record(connection, "watch.add", actor, made.id, str(path))
        return self.get(made.id)

    def get(self, watch_id: int) -> Watch:
        """The watch with this number.

        Raises:
            InputError: there is none.
        """
        found = next((watch for watch in self.all() if watch.id == watch_id), None)
        if found is None:
            raise InputError(
                f"there is no watch {watch_id}",
                "no watched folder has this number",
                "see the list by `omnireid jobs watch list`",
            )
        return found

    def all(self) -> tuple[Watch, ...]:
        """Every watched folder, in the order they were added."""
        with self.database.read() as connection:
            rows = connection.execute(select(watched_folders).order_by(watched_folders.c.id))
            return tuple(
                Watch(
                    id=row.id,
                    options=_options(row.options),
                    actor=row.actor,
                    created=moment(row.created),
                    checked=None if row.checked is None else moment(row.checked),
                    trouble=row.trouble,
                )
                for row in rows
            )

    def remove(self, watch_id: int, actor: str) -> Watch:
        """Watch a folder no more; what was taken from it stays.

        Raises:
            InputError: there is no such watch.
        """
        watch = self.get(watch_id)
        with self.database.write() as connection:
            connection.execute(delete(watched_folders).where(watched_folders.c.id == watch_id))
            self._record(connection, "watch.remove", actor, watch_id, str(watch.path))
        return watch

    def _record(
        self, connection: Connection, action: str, actor: str, watch_id: int, path: str
    ) -> None:
        event = Event(actor, action, details={"watch": watch_id}, personal={"source": path})
        self._audit.record(event, connection)


class Watcher:
    """Looks through the watched folders, and remembers what it saw until it has come to rest.

    What was taken stands in the ledger, in the same transaction as its job: nothing is taken twice
    or forgotten, whenever the process is killed.
    """

    def __init__(self, gallery: Gallery, *, settled: float = SETTLED_SECONDS) -> None:
        self._database = gallery.database
        self._watches = Watches(gallery)
        self._audit = AuditLog(gallery.database)
        self._settled = settled
        self._resting: dict[tuple[int, str], tuple[_Seen, float]] = {}

    def look(self) -> int:
        """Look through every watched folder once; how many files were taken.

        Each is looked at by polling: network drives tell nobody of changes.
        """
        return sum(self._look(watch) for watch in self._watches.all())

    def _look(self, watch: Watch) -> int:
        try:
            present = dict(_files(watch))
        except OSError as error:
            self._note(watch, error.strerror or str(error))
            return 0
        taken = self._taken(watch, present)
        moment = time.monotonic()
        ready: dict[str, _Seen] = {}
        resting: dict[tuple[int, str], tuple[_Seen, float]] = {}
        for name, seen in present.items():
            if taken.get(name) == seen:
                continue
            before, since = self._resting.get((watch.id, name), (None, moment))
            if before == seen and moment - since >= self._settled:
                ready[name] = seen
            else:
                resting[(watch.id, name)] = (seen, since if before == seen else moment)
        for key in [key for key in self._resting if key[0] == watch.id]:
            del self._resting[key]
        self._resting.update(resting)
        self._note(watch, None)
        if ready:
            self._take(watch, ready)
        return len(ready)

    def _taken(self, watch: Watch, present: dict[str, _Seen]) -> dict[str, _Seen]:
        names = {_key(name): name for name in present}
        found: dict[str, _Seen] = {}
        with self._database.read() as connection:
            for part in parts(sorted(names)):
                rows = connection.execute(
                    select(watched_files).where(
                        watched_files.c.watch_id == watch.id, watched_files.c.name.in_(part)
                    )
                )
                found.update({names[row.name]: _Seen(row.size, row.modified) for row in rows})
        return found

    def _take(self, watch: Watch, ready: dict[str, _Seen]) -> None:
        with self._database.write() as connection:
            # Removed in the meantime: then nothing more is taken from it.
            known = select(watched_folders.c.id).where(watched_folders.c.id == watch.id)
            if connection.scalar(known) is None:
                return
            rows = [
                {"watch_id": watch.id, "name": _key(name), "size": s.size, "modified": s.modified}
                for name, s in ready.items()
            ]
            statement = insert_or(watched_files)
            statement = statement.on_conflict_do_update(
                index_elements=["watch_id", "name"],
                set_={"size": statement.excluded.size, "modified": statement.excluded.modified},
            )
            for part in parts(rows):
                connection.execute(statement, part)
            if isinstance(watch.options, VideoOptions):
                for name in sorted(ready):
                    film = watch.options.model_copy(update={"path": watch.path / name})
                    self._start(connection, film, watch, None)
            else:
                self._start(connection, watch.options, watch, [(n, None) for n in sorted(ready)])

    def _start(
        self, connection: Connection, options: WatchOptions, watch: Watch, files: Files | None
    ) -> None:
        if files is not None:
            # A job of this folder that has not ended takes them along.
            open_job = connection.scalar(
                select(jobs.c.id)
                .where(
                    jobs.c.watch_id == watch.id,
                    jobs.c.state.in_([State.QUEUED.value, State.RUNNING.value]),
                )
                .order_by(jobs.c.id.desc())
                .limit(1)
            )
            if open_job is not None:
                insert_files(connection, open_job, files)
                return
        job_id = insert_job(connection, options, watch.actor, files=files, watch_id=watch.id)
        record(self._audit, connection, "job.start", watch.actor, job_of(connection, job_id))

    def _note(self, watch: Watch, trouble: str | None) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(watched_folders)
                .where(watched_folders.c.id == watch.id)
                .values(checked=now(), trouble=trouble)
            )


def keep_watching(gallery: Gallery, stop: threading.Event) -> None:
    """Look through the watched folders until told to stop."""
    watcher = Watcher(gallery)
    while not stop.is_set():
        try:
            watcher.look()
        # A ledger that is busy or a full disk now may be neither in ten seconds.
        except Exception:
            _log.exception("the watched folders could not be looked through")
        stop.wait(POLL_SECONDS)


def _options(text: str) -> WatchOptions:
    options = read_options(text)
    assert isinstance(options, FolderOptions | VideoOptions)
    return options


def _files(watch: Watch) -> Iterator[tuple[str, _Seen]]:
    """The files in a watched folder and below it, by their names there.

    Raises:
        OSError: the folder is not there, or cannot be read.
    """
    films = isinstance(watch.options, VideoOptions)

    def refuse(error: OSError) -> None:
        if error.filename == str(watch.path):
            raise error

    for place, folders, names in os.walk(watch.path, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(place) / name
            if name.startswith(".") or (films and path.suffix.lower() not in _FILMS):
                continue
            try:
                name.encode()
                found = path.stat()
            # Not UTF-8, or gone again.
            except (OSError, UnicodeEncodeError):
                continue
            if found.st_size:
                seen = _Seen(found.st_size, found.st_mtime_ns)
                yield path.relative_to(watch.path).as_posix(), seen


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()

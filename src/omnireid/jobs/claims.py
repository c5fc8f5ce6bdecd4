"""A job in a worker's hands: taken by a lock that a killed worker gives back, and its progress."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from sqlalchemy import Connection, delete, insert, select, update

from omnireid.errors import OmniReIDError
from omnireid.gallery import Database, Gallery
from omnireid.governance import AuditLog
from omnireid.jobs.queue import insert_files, record
from omnireid.jobs.rows import job_of, now, parts, read_job
from omnireid.jobs.schema import job_files, jobs
from omnireid.jobs.staging import discard, staging_folder, strays
from omnireid.jobs.values import AT_WORK, Job, Outcome, Result, State

MOST_ATTEMPTS = 10
"""Workers that may end at the same place before the job is given up."""

_WORKER = "worker"


class StopError(Exception):
    """The job is to stop here: `state` says as what."""

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


class Claim:
    """One job and the lock that makes it this worker's.

    The lock is the operating system's: it ends with the process, however that ends, and no clock
    decides. What is recorded here is committed after the items are, never before.
    """

    def __init__(self, database: Database, job: Job, lock: FileLock, folder: Path) -> None:
        self.job = job
        self._database = database
        self._lock = lock
        self._folder = folder
        self._since = time.monotonic()
        self._settled = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
        if self._settled:
            Path(self._lock.lock_file).unlink(missing_ok=True)

    def record(
        self,
        outcomes: Iterable[Outcome] = (),
        *,
        position: int | None = None,
        handled: int | None = None,
        total: int | None = None,
    ) -> None:
        """Write down what became of units of work that are stored, and look whether to go on.

        position: where the work goes on after them. handled: overrides the count of units, where
        progress is told otherwise.

        Raises:
            StopError: somebody asked to pause or to cancel; what was recorded stays.
        """
        done = list(outcomes)
        with self._database.write() as connection:
            _store_outcomes(connection, self.job.id, done)
            counts = {result: sum(one.result is result for one in done) for result in Result}
            columns = jobs.c
            values: dict[str, object] = {
                "handled": columns.handled + len(done) if handled is None else handled,
                "added": columns.added + counts[Result.ADDED],
                "duplicates": columns.duplicates + counts[Result.DUPLICATE],
                "skipped": columns.skipped + counts[Result.SKIPPED],
            }
            if position is not None:
                values["position"] = str(position)
            if total is not None:
                values["total"] = total
            if done or position is not None:
                values["attempts"] = 0
            self._touch(connection, values)
            state = job_of(connection, self.job.id).state
        if state is not State.RUNNING:
            raise StopError(state)

    def list_files(self, names: Sequence[str]) -> None:
        """Add files to the job's list.

        Raises:
            StopError: somebody asked to pause or to cancel.
        """
        with self._database.write() as connection:
            insert_files(connection, self.job.id, [(name, None) for name in names])
        self.record()

    def end_list(self, skipped: Sequence[Outcome]) -> None:
        """The list is whole; `skipped` gave no file.

        Raises:
            StopError: somebody asked to pause or to cancel.
        """
        with self._database.write() as connection:
            total = job_of(connection, self.job.id).total or 0
            self._touch(connection, {"listed": 1, "total": total + len(skipped), "attempts": 0})
            _store_outcomes(connection, self.job.id, skipped)
            counts = {"handled": len(skipped), "skipped": len(skipped)}
            connection.execute(update(jobs).where(jobs.c.id == self.job.id).values(**counts))
        self.record()

    def forget_list(self) -> None:
        """Throw away a list that was cut off, before it is made anew."""
        with self._database.write() as connection:
            connection.execute(delete(job_files).where(job_files.c.job_id == self.job.id))
            none: dict[str, object] = {"added": 0, "duplicates": 0, "skipped": 0}
            self._touch(connection, {**none, "total": None, "handled": 0})

    def pending(self, limit: int) -> list[tuple[int, str, str | None]]:
        """Files that still wait: number, name, name in the staging folder."""
        columns = job_files.c
        query = (
            select(columns.id, columns.name, columns.stored_as)
            .where(columns.job_id == self.job.id, columns.outcome.is_(None))
            .order_by(columns.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(row.id, row.name, row.stored_as) for row in connection.execute(query)]

    def finish(self) -> bool:
        """Mark the job done; False when a watched folder has just added files to it."""
        with self._database.write() as connection:
            waiting = connection.scalar(
                select(job_files.c.id)
                .where(job_files.c.job_id == self.job.id, job_files.c.outcome.is_(None))
                .limit(1)
            )
            if waiting is not None:
                return False
            self._end(connection, State.DONE, "job.done")
        self._clear()
        return True

    def stop(self, state: State) -> None:
        """Do what was asked: pause, or cancel."""
        ending = State.CANCELLED if state is State.CANCELLING else State.PAUSED
        with self._database.write() as connection:
            if ending is State.CANCELLED:
                self._end(connection, ending, None)
            else:
                self._touch(connection, {"state": ending.value})
        if ending is State.CANCELLED:
            self._clear()
        self._settled = True

    def give_back(self) -> None:
        """Queue the job again, for the next worker to go on with."""
        with self._database.write() as connection:
            if job_of(connection, self.job.id).state is State.RUNNING:
                self._touch(connection, {"state": State.QUEUED.value, "attempts": 0})

    def fail(self, error: OmniReIDError) -> None:
        """Mark the job failed, with the reason; it can be resumed once that is mended."""
        told = json.dumps({"what": error.what, "why": error.why, "to_do": error.to_do})
        with self._database.write() as connection:
            self._touch(connection, {"error": told})
            self._end(connection, State.FAILED, "job.failed")
        self._settled = True

    def _end(self, connection: Connection, state: State, action: str | None) -> None:
        self._touch(connection, {"state": state.value, "finished": now()})
        if action is not None:
            log = AuditLog(self._database)
            record(log, connection, action, _WORKER, job_of(connection, self.job.id))

    def _clear(self) -> None:
        discard(staging_folder(self._folder, self.job.staged))
        self._settled = True

    def _touch(self, connection: Connection, values: dict[str, object]) -> None:
        moment = time.monotonic()
        connection.execute(
            update(jobs)
            .where(jobs.c.id == self.job.id)
            .values(**values, heartbeat=now(), seconds=jobs.c.seconds + (moment - self._since))
        )
        self._since = moment


def claim(gallery: Gallery) -> Claim | None:
    """Take the oldest job that waits, or whose worker is gone; None when there is none."""
    locks = gallery.folder / "jobs" / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    database = gallery.database
    waiting = [State.QUEUED, *AT_WORK]
    query = select(jobs).where(jobs.c.state.in_([s.value for s in waiting])).order_by(jobs.c.id)
    # Looked up without the write lock first: an idle worker disturbs nobody.
    with database.read() as connection:
        if connection.execute(query.limit(1)).first() is None:
            return None
    with database.write() as connection:
        for row in connection.execute(query).fetchall():
            job = read_job(row)
            lock = FileLock(locks / f"{job.id}.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            values: dict[str, object] = {
                "started": row.started or now(),
                "heartbeat": now(),
                "attempts": job.attempts + 1,
            }
            # A pause or cancel that the killed worker had not noticed is noticed at once.
            if job.state is State.QUEUED:
                values["state"] = State.RUNNING.value
            connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))
            return Claim(database, job_of(connection, job.id), lock, gallery.folder)
    return None


def sweep(gallery: Gallery) -> None:
    """Delete uploads that no job knows: a page that was closed, a server that was killed."""
    with gallery.database.read() as connection:
        known = set(connection.scalars(select(jobs.c.staged).where(jobs.c.staged.is_not(None))))
        ended = connection.execute(
            select(jobs.c.staged).where(
                jobs.c.staged.is_not(None),
                jobs.c.state.in_([State.DONE.value, State.CANCELLED.value]),
            )
        )
        known -= {row.staged for row in ended}
    for folder in strays(gallery.folder, known):
        if time.time() - folder.stat().st_mtime > _UPLOAD_SECONDS:
            discard(folder)


_UPLOAD_SECONDS = 24 * 3600
"""An upload may wait so long for its columns to be chosen."""


def _store_outcomes(connection: Connection, job_id: int, outcomes: Sequence[Outcome]) -> None:
    for one in outcomes:
        # Of what was added only the count is kept: the item itself knows its source.
        if one.file_id is not None and one.result is Result.ADDED:
            connection.execute(delete(job_files).where(job_files.c.id == one.file_id))
        elif one.file_id is not None:
            connection.execute(
                update(job_files)
                .where(job_files.c.id == one.file_id)
                .values(outcome=one.result.value, reason=one.reason, item_id=one.item_id)
            )
    fresh = [one for one in outcomes if one.file_id is None and one.result is not Result.ADDED]
    for part in parts(fresh):
        connection.execute(
            insert(job_files),
            [
                {
                    "job_id": job_id,
                    "name": one.name,
                    "outcome": one.result.value,
                    "reason": one.reason,
                    "item_id": one.item_id,
                }
                for one in part
            ],
        )

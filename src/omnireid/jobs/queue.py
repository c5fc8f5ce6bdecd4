"""The queue: jobs that a person or a watched folder asked for, durable in the gallery's ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, func, insert, select, update

from omnireid.errors import InputError
from omnireid.gallery import Database, Gallery
from omnireid.governance import AuditLog, Event
from omnireid.jobs.options import Options
from omnireid.jobs.rows import job_of, now, parts, read_job
from omnireid.jobs.schema import job_files, jobs
from omnireid.jobs.staging import discard, staging_folder
from omnireid.jobs.values import AT_WORK, Job, Listed, Result, State

Files: TypeAlias = Sequence[tuple[str, str | None]]
"""Names of a job's files as they are shown, each with its name in the staging folder if it has
one."""


class JobQueue:
    """Adds, shows, pauses, resumes and cancels jobs. Any number of processes may use it at once.

    Every change is one transaction of the ledger and stands in its audit log.
    """

    def __init__(self, gallery: Gallery) -> None:
        self.database: Database = gallery.database
        self.folder: Path = gallery.folder
        self._audit = AuditLog(gallery.database)

    def add(
        self,
        options: Options,
        actor: str,
        *,
        files: Files | None = None,
        refused: Sequence[tuple[str, str]] = (),
        staged: str | None = None,
    ) -> Job:
        """Queue a job.

        files: for a folder job, the files alone that it takes instead of all below its path.
        refused: names and reasons of what was not taken when it was uploaded.
        staged: the staging folder that holds what was uploaded for it.
        """
        with self.database.write() as connection:
            job_id = insert_job(connection, options, actor, files=files, staged=staged)
            insert_refused(connection, job_id, refused)
            self._record(connection, "job.start", actor, job_of(connection, job_id))
            return job_of(connection, job_id)

    def get(self, job_id: int) -> Job:
        """The job with this number.

        Raises:
            InputError: there is none.
        """
        with self.database.read() as connection:
            return job_of(connection, job_id)

    def jobs(
        self, *, limit: int = 50, offset: int = 0, actor: str | None = None
    ) -> tuple[Job, ...]:
        """Jobs, the newest first; `actor`: those alone that this one asked for."""
        query = select(jobs).order_by(jobs.c.id.desc()).limit(limit).offset(offset)
        if actor is not None:
            query = query.where(jobs.c.actor == actor)
        with self.database.read() as connection:
            return tuple(read_job(row) for row in connection.execute(query))

    def count(self, *, actor: str | None = None) -> int:
        """How many jobs there are."""
        query = select(func.count()).select_from(jobs)
        if actor is not None:
            query = query.where(jobs.c.actor == actor)
        with self.database.read() as connection:
            return connection.scalar(query) or 0

    def listed(
        self, job_id: int, result: Result, *, limit: int = 100, after: int = 0
    ) -> tuple[Listed, ...]:
        """Files, rows and walks of a job that were skipped or are duplicates, after a row's id."""
        columns = job_files.c
        query = (
            select(columns.id, columns.name, columns.outcome, columns.reason, columns.item_id)
            .where(columns.job_id == job_id, columns.outcome == result.value, columns.id > after)
            .order_by(columns.id)
            .limit(limit)
        )
        with self.database.read() as connection:
            rows = connection.execute(query).fetchall()
        return tuple(Listed(r.id, r.name, Result(r.outcome), r.reason, r.item_id) for r in rows)

    def pause(self, job_id: int, actor: str) -> Job:
        """Stop a job after the batch under way; it goes on when resumed.

        Raises:
            InputError: no such job, or it is not waiting or at work.
        """
        return self._turn(
            job_id,
            actor,
            "job.pause",
            {State.QUEUED: State.PAUSED, State.RUNNING: State.PAUSING},
        )

    def resume(self, job_id: int, actor: str) -> Job:
        """Queue a paused or failed job again: it goes on where it stopped.

        Raises:
            InputError: no such job, or it is neither paused nor failed.
        """
        return self._turn(
            job_id,
            actor,
            "job.resume",
            {
                State.PAUSED: State.QUEUED,
                State.PAUSING: State.RUNNING,
                State.FAILED: State.QUEUED,
            },
        )

    def cancel(self, job_id: int, actor: str) -> Job:
        """End a job for good; what it stored stays, what was uploaded for it goes.

        Raises:
            InputError: no such job, or it has ended.
        """
        job = self._turn(
            job_id,
            actor,
            "job.cancel",
            {
                State.QUEUED: State.CANCELLED,
                State.PAUSED: State.CANCELLED,
                State.FAILED: State.CANCELLED,
                State.RUNNING: State.CANCELLING,
                State.PAUSING: State.CANCELLING,
            },
        )
        if job.state is State.CANCELLED:
            discard(staging_folder(self.folder, job.staged))
        return job

    def _turn(self, job_id: int, actor: str, action: str, turns: dict[State, State]) -> Job:
        with self.database.write() as connection:
            job = job_of(connection, job_id)
            if job.state not in turns:
                raise InputError(
                    f"job {job_id} was left as it is",
                    f"it is {job.state.value}",
                    "a waiting or running job can be paused, a paused or failed one resumed, and "
                    "each of these cancelled",
                )
            state = turns[job.state]
            ended = state is State.CANCELLED
            connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id)
                .values(
                    state=state.value,
                    attempts=0,
                    error=None if state in (State.QUEUED, *AT_WORK) else jobs.c.error,
                    finished=now() if ended else None,
                )
            )
            changed = job_of(connection, job_id)
            self._record(connection, action, actor, changed)
            return changed

    def _record(self, connection: Connection, action: str, actor: str, job: Job) -> None:
        record(self._audit, connection, action, actor, job)


def insert_job(
    connection: Connection,
    options: Options,
    actor: str,
    *,
    files: Files | None = None,
    staged: str | None = None,
    watch_id: int | None = None,
) -> int:
    """Write a new job, inside the caller's transaction; its number."""
    job_id: int = connection.execute(
        insert(jobs)
        .values(
            kind=options.kind,
            options=options.model_dump_json(exclude_none=True),
            state=State.QUEUED.value,
            actor=actor,
            watch_id=watch_id,
            created=now(),
            listed=int(files is not None),
            staged=staged,
            total=None if files is None else 0,
            handled=0,
            added=0,
            duplicates=0,
            skipped=0,
            seconds=0.0,
            attempts=0,
        )
        .returning(jobs.c.id)
    ).scalar_one()
    if files is not None:
        insert_files(connection, job_id, files)
    return job_id


def insert_files(connection: Connection, job_id: int, files: Files) -> None:
    """Add files to a job's list, inside the caller's transaction."""
    for part in parts(files):
        connection.execute(
            insert(job_files),
            [{"job_id": job_id, "name": name, "stored_as": stored} for name, stored in part],
        )
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(total=func.coalesce(jobs.c.total, 0) + len(files))
    )


def insert_refused(connection: Connection, job_id: int, refused: Sequence[tuple[str, str]]) -> None:
    """List what is skipped from the start, inside the caller's transaction."""
    skipped = Result.SKIPPED.value
    for part in parts(refused):
        connection.execute(
            insert(job_files),
            [{"job_id": job_id, "name": n, "outcome": skipped, "reason": r} for n, r in part],
        )
    count = len(refused)
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            total=jobs.c.total + count,
            handled=jobs.c.handled + count,
            skipped=jobs.c.skipped + count,
        )
    )


def record(log: AuditLog, connection: Connection, action: str, actor: str, job: Job) -> None:
    """Write what happened to a job into the audit log; the path, which may name a person, apart."""
    facts: dict[str, str | int] = {
        "job": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "handled": job.handled,
        "added": job.added,
        "duplicates": job.duplicates,
        "skipped": job.skipped,
    }
    log.record(Event(actor, action, details=facts, personal={"source": job.subject}), connection)

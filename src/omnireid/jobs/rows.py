"""Reading jobs out of the ledger's rows, on a connection the caller holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from omnireid.errors import InputError
from omnireid.jobs.options import read_options
from omnireid.jobs.schema import jobs
from omnireid.jobs.values import Job, State, Trouble

PART = 500
"""Rows of one statement."""


def now() -> str:
    """This moment as ledger text."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"


def job_of(connection: Connection, job_id: int) -> Job:
    """The job with this number.

    Raises:
        InputError: there is none.
    """
    row = None
    if 0 < job_id < 2**63:
        row = connection.execute(select(jobs).where(jobs.c.id == job_id)).first()
    if row is None:
        raise InputError(
            f"there is no job {job_id}",
            "the gallery's list of jobs does not have it",
            "see the list by `omnireid jobs list`",
        )
    return read_job(row)


def read_job(row: Row[Any]) -> Job:
    """A row of the table `jobs` as a value."""
    return Job(
        id=row.id,
        options=read_options(row.options),
        state=State(row.state),
        actor=row.actor,
        watch_id=row.watch_id,
        created=moment(row.created),
        started=_moment(row.started),
        heartbeat=_moment(row.heartbeat),
        finished=_moment(row.finished),
        listed=bool(row.listed),
        staged=row.staged,
        total=row.total,
        handled=row.handled,
        added=row.added,
        duplicates=row.duplicates,
        skipped=row.skipped,
        seconds=row.seconds,
        attempts=row.attempts,
        position=row.position,
        trouble=None if row.error is None else Trouble(**json.loads(row.error)),
    )


def moment(text: str) -> datetime:
    """Ledger text as a time in UTC."""
    return datetime.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values, a statement's worth at a time."""
    return (values[i : i + PART] for i in range(0, len(values), PART))

"""Jobs as they are read from the ledger: frozen value objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from omnireid.jobs.options import Options, subject


class State(StrEnum):
    """Where a job stands. PAUSING and CANCELLING: asked for, and the worker has yet to notice."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"


AT_WORK = (State.RUNNING, State.PAUSING, State.CANCELLING)
"""A worker has it, or had it when it was killed."""
ENDED = (State.CANCELLED, State.DONE, State.FAILED)


class Result(StrEnum):
    """What a file, a row or a walk became."""

    ADDED = "added"
    DUPLICATE = "duplicate"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Trouble:
    """Why a job failed, in words for the user."""

    what: str
    why: str
    to_do: str


@dataclass(frozen=True)
class Job:
    """One job. `total` is None until it is known; `seconds` is the time worked so far."""

    id: int
    options: Options
    state: State
    actor: str
    watch_id: int | None
    created: datetime
    started: datetime | None
    heartbeat: datetime | None
    finished: datetime | None
    listed: bool
    staged: str | None
    total: int | None
    handled: int
    added: int
    duplicates: int
    skipped: int
    seconds: float
    attempts: int
    position: str | None
    trouble: Trouble | None

    @property
    def kind(self) -> str:
        """folder, notes, video, reindex or near_duplicates."""
        return self.options.kind

    @property
    def subject(self) -> str:
        """What it is about: a path, `upload`, or nothing."""
        return "upload" if self.staged else subject(self.options)

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None when nobody knows."""
        if self.state is State.DONE:
            return 1.0
        return min(self.handled / self.total, 1.0) if self.total else None

    @property
    def rate(self) -> float | None:
        """How many were handled in a second of work; None before the first."""
        return self.handled / self.seconds if self.handled and self.seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """The work that is left at this rate; None when nobody knows."""
        if self.total is None or self.rate is None or self.state in ENDED:
            return None
        return max(self.total - self.handled, 0) / self.rate


@dataclass(frozen=True)
class Listed:
    """A file, row or walk that gave no new item. `item_id`: for a duplicate, the item it is."""

    id: int
    name: str
    result: Result
    reason: str | None
    item_id: int | None


@dataclass(frozen=True)
class Outcome:
    """What one unit of work became. `file_id`: its row in the list, None for a row or a walk."""

    name: str
    result: Result
    reason: str | None = None
    item_id: int | None = None
    file_id: int | None = None

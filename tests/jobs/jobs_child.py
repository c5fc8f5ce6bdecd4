"""A worker that stores small batches, and may be made to die in the middle of its job."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from colour_encoder import ColourEncoder
from omnireid.gallery import Gallery
from omnireid.jobs import JobQueue, Limits, running, work_off
from omnireid.jobs.claims import Claim
from omnireid.jobs.values import Outcome

BATCH_SECONDS = 0.2


@dataclass(frozen=True)
class Death:
    """Where a worker dies.

    units: once so many units of its job are recorded, its death is certain. seconds: it comes so
    much later, wherever the work is then; None: somebody else has to kill it. records: the worker
    records so many more times and then waits for its death with a batch stored and not recorded.
    So it never comes to the end of its job, however fast or slow the machine is.
    """

    units: int
    records: int
    seconds: float | None


def main(folder: Path, batch: int = 3, death: Death | None = None) -> None:
    running.BATCH, running.BATCH_SECONDS = batch, BATCH_SECONDS
    with Gallery.open(folder, ColourEncoder()) as gallery:
        if death is not None:
            await_death(JobQueue(gallery), death)
        work_off(gallery, Limits(memory=1_000_000_000, seconds=120), threading.Event())


def await_death(queue: JobQueue, death: Death) -> None:
    """Make this process die as told."""
    record = Claim.record
    left: int | None = None

    def begin() -> None:
        nonlocal left
        if left is None:
            left = death.records
            if death.seconds is not None:
                kill = (os.getpid(), signal.SIGKILL)
                threading.Timer(death.seconds, os.kill, kill).start()

    def record_and_die(claim: Claim, outcomes: list[Outcome] | tuple[()] = (), **more: int) -> None:
        nonlocal left
        if left == 0:
            threading.Event().wait()  # nobody sets it
        record(claim, outcomes, **more)
        job = queue.get(claim.job.id)
        if left is not None:
            left -= 1
        elif job.added + job.duplicates + job.skipped >= death.units:
            begin()

    def never_finish(_: Claim) -> bool:
        begin()
        threading.Event().wait()
        return False

    Claim.record = record_and_die  # type: ignore[method-assign, assignment]
    Claim.finish = never_finish  # type: ignore[method-assign]

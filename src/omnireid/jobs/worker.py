"""The worker: takes one job after another from the queue and does it."""

from __future__ import annotations

import logging
import threading

from omnireid.errors import GalleryError, InputError, OmniReIDError
from omnireid.gallery import Gallery
from omnireid.jobs.claims import MOST_ATTEMPTS, Claim, StopError, claim, sweep
from omnireid.jobs.reading import ReaderError
from omnireid.jobs.reading_child import Limits
from omnireid.jobs.running import Work, run
from omnireid.jobs.values import State

_log = logging.getLogger("omnireid.jobs")

IDLE_SECONDS = 0.5


def work_off(gallery: Gallery, limits: Limits, stop: threading.Event) -> int:
    """Do every job that waits; how many were done, failed, paused or cancelled.

    `stop`: end after the batch under way, and queue its job again.
    """
    sweep(gallery)
    done = 0
    while not stop.is_set():
        taken = claim(gallery)
        if taken is None:
            return done
        with taken:
            _do(gallery, taken, limits, stop)
        done += 1
    return done


def follow(gallery: Gallery, limits: Limits, stop: threading.Event) -> None:
    """Do jobs as they come, until told to stop."""
    while not stop.is_set():
        work_off(gallery, limits, stop)
        stop.wait(IDLE_SECONDS)


class _WorkerEndError(Exception):
    pass


def _do(gallery: Gallery, taken: Claim, limits: Limits, stop: threading.Event) -> None:
    job = taken.job

    def beat() -> None:
        if stop.is_set():
            raise _WorkerEndError

    try:
        if job.state is not State.RUNNING:
            raise StopError(job.state)
        if job.attempts > MOST_ATTEMPTS:
            raise GalleryError(
                f"job {job.id} was given up",
                f"its worker ended {MOST_ATTEMPTS} times at the same place",
                "look into the log of the server, and resume the job",
            )
        _log.info("job %d (%s) starts", job.id, job.kind)
        while True:
            run(Work(gallery, taken, limits, beat))
            if taken.finish():
                break
        _log.info("job %d is done", job.id)
    except StopError as stopped:
        taken.stop(stopped.state)
        _log.info("job %d: %s", job.id, stopped.state)
    except _WorkerEndError:
        taken.give_back()
    except ReaderError as died:
        taken.fail(InputError(f"job {job.id} could not go on", died.reason, "check what it reads"))
        _log.warning("job %d failed: %s", job.id, died.reason)
    except OmniReIDError as error:
        taken.fail(error)
        _log.warning("job %d failed: %s", job.id, error.code)
    except Exception as error:
        taken.fail(
            GalleryError(
                f"job {job.id} stopped at a fault of this program",
                f"{type(error).__name__}: {error}",
                "report it, and resume the job to try once more",
            )
        )
        _log.exception("job %d stopped at a fault", job.id)

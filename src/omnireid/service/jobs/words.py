"""Jobs as the pages tell them: keys of sentences, colours of states, amounts in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from omnireid.jobs import Job, NearDuplicatesOptions, ReindexOptions, State, VideoOptions

STATES: Mapping[State, tuple[str, str]] = {
    State.QUEUED: ("jobs_state_queued", "info"),
    State.RUNNING: ("jobs_state_running", "info"),
    State.PAUSING: ("jobs_state_pausing", "caution"),
    State.PAUSED: ("jobs_state_paused", "caution"),
    State.CANCELLING: ("jobs_state_cancelling", "caution"),
    State.CANCELLED: ("jobs_state_cancelled", ""),
    State.DONE: ("jobs_state_done", "good"),
    State.FAILED: ("jobs_state_failed", "bad"),
}
"""The sentence of each state and the colour of its badge."""

KINDS: Mapping[str, str] = {
    "folder": "jobs_kind_folder",
    "notes": "jobs_kind_notes",
    "video": "jobs_kind_video",
    "reindex": "jobs_kind_reindex",
    "near_duplicates": "jobs_kind_near_duplicates",
}

MODALITIES = ("rgb", "infrared", "sketch")

_PAUSABLE = (State.QUEUED, State.RUNNING)
_RESUMABLE = (State.PAUSED, State.PAUSING, State.FAILED)
_CANCELLABLE = (*_PAUSABLE, *_RESUMABLE)
_MOVING = (State.QUEUED, State.RUNNING, State.PAUSING, State.CANCELLING)


@dataclass(frozen=True)
class JobView:
    """One job with what a template needs beside its fields."""

    job: Job
    kind: str
    state: str
    colour: str
    name: str
    percent: int | None
    progress: str
    left: str
    can_pause: bool
    can_resume: bool
    can_cancel: bool
    moving: bool
    ingests: bool


def view(job: Job, sentences: Mapping[str, str]) -> JobView:
    """The job in the words of one language."""
    state, colour = STATES[job.state]
    share = job.share
    return JobView(
        job=job,
        kind=sentences[KINDS[job.kind]],
        state=sentences[state],
        colour=colour,
        name=sentences["jobs_upload"] if job.staged else PurePath(job.subject).name,
        percent=None if share is None else int(100 * share),
        progress=_progress(job, sentences),
        left=_left(job, sentences),
        can_pause=job.state in _PAUSABLE,
        can_resume=job.state in _RESUMABLE,
        can_cancel=job.state in _CANCELLABLE,
        moving=job.state in _MOVING,
        ingests=not isinstance(job.options, ReindexOptions | NearDuplicatesOptions),
    )


def _progress(job: Job, sentences: Mapping[str, str]) -> str:
    if job.state is State.DONE and not job.total:
        return sentences["jobs_state_done"]
    if job.total is None:
        return sentences["jobs_handled"].format(count=f"{job.handled:,}")
    # Of a video nobody knows how many walks there are: its share of the film is told.
    if isinstance(job.options, VideoOptions):
        return sentences["jobs_share"].format(percent=int(100 * (job.share or 0)))
    return sentences["jobs_handled_of"].format(count=f"{job.handled:,}", total=f"{job.total:,}")


def _left(job: Job, sentences: Mapping[str, str]) -> str:
    if job.state is not State.RUNNING or job.seconds_left is None:
        return ""
    seconds = job.seconds_left
    if seconds < 90:
        return sentences["jobs_left_seconds"].format(count=max(round(seconds), 1))
    if seconds < 5400:
        return sentences["jobs_left_minutes"].format(count=round(seconds / 60))
    return sentences["jobs_left_hours"].format(count=round(seconds / 3600, 1))

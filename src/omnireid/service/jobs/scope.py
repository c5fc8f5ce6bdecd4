"""Which jobs and watches an actor may see and start: an actor of some cameras only their own."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from omnireid.accounts import Actor
from omnireid.errors import InputError
from omnireid.jobs import (
    Job,
    JobQueue,
    Limits,
    NearDuplicatesOptions,
    ReindexOptions,
    Watch,
    Watches,
)
from omnireid.service.faults import PageError
from omnireid.service.site import Site

_MEGABYTE = 1_000_000

OptionsT = TypeVar("OptionsT", bound=BaseModel)
"""The options of a job, of whatever kind."""


def queue_of(site: Site) -> JobQueue:
    """The queue of the site's gallery."""
    return JobQueue(site.gallery)


def limits_of(site: Site) -> Limits:
    """What reading one file may take."""
    settings = site.settings
    return Limits(settings.job_memory_mb * _MEGABYTE, settings.job_file_seconds)


def upload_limit(site: Site) -> int:
    """Bytes that one upload may have, also unpacked."""
    return site.settings.max_ingest_mb * _MEGABYTE


def own(actor: Actor) -> str | None:
    """Whose jobs the actor sees: None for everyone's."""
    return actor.name if actor.cameras else None


def seen(site: Site, actor: Actor, job_id: int) -> Job:
    """The job, if the actor may see it.

    Raises:
        PageError: there is none, or it is another's and the actor has some cameras alone.
    """
    try:
        found = queue_of(site).get(job_id)
    except InputError:
        raise PageError("missing", 404) from None
    if own(actor) not in (None, found.actor):
        raise PageError("missing", 404)
    return found


def watched(site: Site, actor: Actor) -> tuple[Watch, ...]:
    """The watched folders that the actor may see."""
    every = Watches(site.gallery).all()
    return tuple(watch for watch in every if own(actor) in (None, watch.actor))


def unwatch(site: Site, actor: Actor, watch_id: int) -> Watch:
    """Watch a folder no more.

    Raises:
        PageError: there is no such watch, or it is another's and the actor has some cameras alone.
    """
    if watch_id not in {watch.id for watch in watched(site, actor)}:
        raise PageError("missing", 404)
    return Watches(site.gallery).remove(watch_id, actor.name)


def placed(site: Site, actor: Actor, asked: OptionsT) -> OptionsT:
    """The options of a job, as far as the actor and the settings allow them.

    Raises:
        PageError: another place or another camera than allowed.
    """
    if isinstance(asked, (ReindexOptions, NearDuplicatesOptions)):
        return asked
    named = ("pattern", "table", "camera_column")
    from_files = any(getattr(asked, name, None) is not None for name in named)
    check_camera(actor, getattr(asked, "camera", None), from_files=from_files)
    places = {
        name: check_root(site, path)
        for name in ("path", "table", "detector")
        if (path := getattr(asked, name, None)) is not None
    }
    return asked.model_copy(update=places)


def check_camera(actor: Actor, camera: str | None, *, from_files: bool) -> None:
    """Look whether the actor may take in sightings of this camera.

    from_files: the files themselves name cameras.

    Raises:
        PageError: not of this one, or of cameras that nobody knows beforehand.
    """
    if actor.cameras and (from_files or camera not in actor.cameras):
        raise PageError("jobs_camera", 403, cameras=", ".join(actor.cameras))


def check_root(site: Site, path: Path) -> Path:
    """The folder or file on the server, if the settings let the page read it.

    Raises:
        PageError: it lies in none of the folders of `ingest_roots`.
    """
    try:
        real = path.resolve()
        roots = [root.resolve() for root in site.settings.ingest_roots]
    # A zero byte in the name, or links that go round.
    except (ValueError, OSError, RuntimeError):
        raise PageError("jobs_root", 403) from None
    if not path.is_absolute() or not any(real.is_relative_to(root) for root in roots):
        raise PageError("jobs_root", 403)
    return real

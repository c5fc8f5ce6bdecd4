"""Which jobs an actor may see and start: an actor of some cameras only those of these cameras."""

from __future__ import annotations

from pathlib import Path

from omnireid.accounts import Actor
from omnireid.errors import InputError
from omnireid.jobs import Job, JobQueue, Limits
from omnireid.service.faults import PageError
from omnireid.service.site import Site

_MEGABYTE = 1_000_000


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

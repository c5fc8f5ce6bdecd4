"""Uploads of pictures, archives and videos: staged on the server's disk, then a job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from omnireid.accounts import Actor, Permission
from omnireid.errors import InputError
from omnireid.jobs import Options, Staging, read_options
from omnireid.service.csrf import MAX_FIELDS, MAX_FILES
from omnireid.service.faults import PageError
from omnireid.service.jobs.scope import check_camera, queue_of, upload_limit
from omnireid.service.jobs.starting import forms, picture_options
from omnireid.service.permission import ActorOf, needs
from omnireid.service.site import Site, SiteOf

router = APIRouter(prefix="/jobs", include_in_schema=False, dependencies=[needs(Permission.INGEST)])

_ARCHIVE = b"PK\x03\x04"


async def _form(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
        yield form


FormOf = Annotated[FormData, Depends(_form)]


@router.post("/pictures")
def take_pictures(request: Request, site: SiteOf, actor: ActorOf, form: FormOf) -> Response:
    """Index uploaded pictures, or those in an uploaded ZIP archive."""
    staging: Staging | None = None
    try:
        given = picture_options("folder", *_fields(form, "camera", "pattern", "modality"))
        options = read_options({**given, "path": "upload"})
        check_camera(actor, given.get("camera"), from_files="pattern" in given)
        staging = Staging.new(site.gallery, upload_limit(site))
        for upload in chosen(form):
            name = upload.filename or ""
            archive = upload.file.read(len(_ARCHIVE)) == _ARCHIVE
            upload.file.seek(0)
            if archive:
                staging.unpack(name, upload.file)
            else:
                staging.take(name, upload.file)
        return queued(site, actor, options, staging)
    except (PageError, InputError) as error:
        return _refused(request, site, actor, error, staging)


@router.post("/video")
def take_video(request: Request, site: SiteOf, actor: ActorOf, form: FormOf) -> Response:
    """Index an uploaded video."""
    staging: Staging | None = None
    try:
        given = picture_options("video", *_fields(form, "camera", "pattern", "modality"))
        (start,) = _fields(form, "start")
        check_camera(actor, given.get("camera"), from_files="pattern" in given)
        upload = chosen(form)[0]
        staging = Staging.new(site.gallery, upload_limit(site))
        staging.take(upload.filename or "", upload.file)
        shown = staging.names[0][0]
        options = read_options({**given, "path": shown, **({"start": start} if start else {})})
        return queued(site, actor, options, staging, files=False)
    except (PageError, InputError) as error:
        return _refused(request, site, actor, error, staging)


def chosen(form: FormData) -> list[UploadFile]:
    """The files of a form.

    Raises:
        PageError: none was chosen.
    """
    # A file field left empty arrives without a name.
    found = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
    if not found:
        raise PageError("jobs_nothing_chosen", 422)
    return found


def queued(
    site: Site, actor: Actor, options: Options, staging: Staging, *, files: bool = True
) -> Response:
    """Queue a job for what was uploaded, and lead to its page.

    Raises:
        PageError: the archive held nothing that could be taken.
    """
    if not staging.names:
        first = staging.refused[0] if staging.refused else None
        reason = f"{first.name}: {first.reason}" if first else "-"
        raise PageError("jobs_archive_empty", 422, reason=reason)
    job = queue_of(site).add(
        options,
        actor.name,
        files=staging.names if files else None,
        refused=[(one.name, one.reason) for one in staging.refused],
        staged=staging.name,
    )
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


def field(form: FormData, name: str) -> str:
    """A text field of a form; empty where there is none."""
    value = form.get(name, "")
    return value.strip()[:500] if isinstance(value, str) else ""


def _fields(form: FormData, *names: str) -> list[str]:
    return [field(form, name) for name in names]


def _refused(
    request: Request,
    site: Site,
    actor: Actor,
    error: PageError | InputError,
    staging: Staging | None,
) -> Response:
    if staging is not None:
        staging.discard()
    return forms(request, site, actor, error)

"""Starting a job on the page: the forms, folders of the server, work on the gallery itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Actor, Permission
from omnireid.errors import InputError
from omnireid.jobs import (
    FolderOptions,
    NearDuplicatesOptions,
    Options,
    ReindexOptions,
    read_options,
)
from omnireid.service.account import cameras_of
from omnireid.service.faults import PageError, notice_of, status_of
from omnireid.service.jobs.scope import placed, queue_of
from omnireid.service.jobs.words import MODALITIES
from omnireid.service.language import choose_language
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf

router = APIRouter(prefix="/jobs", include_in_schema=False, dependencies=[needs(Permission.INGEST)])

Text = Annotated[str, Form(max_length=500)]
Place = Annotated[str, Form(max_length=4000)]


@router.get("/new")
def show_forms(request: Request, site: SiteOf, actor: ActorOf) -> Response:
    """What can be taken in: uploads, folders of the server."""
    return forms(request, site, actor)


@router.post("/folder")
def start_folder(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    path: Place = "",
    camera: Text = "",
    pattern: Text = "",
    modality: Text = "rgb",
) -> Response:
    """Index a folder of the server."""
    try:
        options = folder_options(site, actor, path, camera, pattern, modality)
        return started(site, actor, options)
    except (PageError, InputError) as error:
        return forms(request, site, actor, error)


@router.post("/scan")
def start_scan(site: SiteOf, actor: ActorOf) -> Response:
    """Look for pictures that are nearly the same."""
    return started(site, actor, NearDuplicatesOptions())


@router.post("/reindex")
def start_reindex(site: SiteOf, actor: ActorOf) -> Response:
    """Write both indexes anew."""
    return started(site, actor, ReindexOptions())


def folder_options(
    site: Site, actor: Actor, path: str, camera: str, pattern: str, modality: str
) -> FolderOptions:
    """The options of a folder job, as far as the actor and the settings allow them.

    Raises:
        PageError: another folder or another camera than allowed.
        InputError: an option that cannot be used.
    """
    given = picture_options("folder", camera, pattern, modality)
    options = read_options({**given, "path": path.strip()})
    assert isinstance(options, FolderOptions)
    return placed(site, actor, options)


def picture_options(kind: str, camera: str, pattern: str, modality: str) -> dict[str, str]:
    """The options that folders and videos share; empty fields are left out."""
    given = {"camera": camera.strip(), "pattern": pattern.strip(), "modality": modality}
    return {"kind": kind, **{name: value for name, value in given.items() if value}}


def started(site: Site, actor: Actor, options: Options) -> Response:
    """Queue a job and lead to its page."""
    job = queue_of(site).add(options, actor.name)
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


def forms(
    request: Request, site: Site, actor: Actor, error: PageError | InputError | None = None
) -> Response:
    """The page with every form, and what was wrong with the last one."""
    language = choose_language(request, site.settings.language)
    values = {
        "error": None if error is None else notice_of(error, language),
        "cameras": cameras_of(site, actor),
        "modalities": MODALITIES,
        "roots": site.settings.ingest_roots,
        "limit": site.settings.max_ingest_mb,
    }
    status = 200 if error is None else status_of(error)
    return render(request, site, "jobs/new.html", values, back="/jobs/new", status=status)

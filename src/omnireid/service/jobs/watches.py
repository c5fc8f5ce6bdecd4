"""Watched folders on the page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Permission
from omnireid.errors import InputError
from omnireid.jobs import VideoOptions, Watches
from omnireid.service.faults import PageError
from omnireid.service.jobs.scope import unwatch
from omnireid.service.jobs.starting import Place, Text, folder_options, forms
from omnireid.service.permission import ActorOf, needs
from omnireid.service.site import SiteOf

router = APIRouter(
    prefix="/jobs/watches", include_in_schema=False, dependencies=[needs(Permission.INGEST)]
)


@router.post("")
def add(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    path: Place = "",
    camera: Text = "",
    pattern: Text = "",
    modality: Text = "rgb",
    videos: Annotated[bool, Form()] = False,
) -> Response:
    """Watch a folder of the server."""
    try:
        folder = folder_options(site, actor, path, camera, pattern, modality)
        shared = folder.model_dump(exclude={"kind", "table"})
        Watches(site.gallery).add(VideoOptions(**shared) if videos else folder, actor.name)
    except (PageError, InputError) as error:
        return forms(request, site, actor, error)
    return RedirectResponse("/jobs", status_code=303)


@router.post("/{watch_id:int}/remove")
def remove(site: SiteOf, actor: ActorOf, watch_id: int) -> Response:
    """Watch a folder no more."""
    unwatch(site, actor, watch_id)
    return RedirectResponse("/jobs", status_code=303)

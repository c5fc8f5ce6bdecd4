"""Pictures: those of a query, held in memory for a while, and those of the gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from omnireid.accounts import Permission
from omnireid.errors import InputError
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.service.faults import PageError
from omnireid.service.held import Pictures, as_jpeg
from omnireid.service.permission import ActorOf, needs
from omnireid.service.query import Query, read_query
from omnireid.service.site import Site, SiteOf

router = APIRouter(include_in_schema=False)

# For a day: what is erased must leave the browsers too.
_A_DAY = {"Cache-Control": "private, max-age=86400, immutable"}


@router.get("/held/{token}/{modality}", dependencies=[needs(Permission.SEARCH)])
def held_picture(site: SiteOf, token: str, modality: str) -> Response:
    """A picture of the query itself, shown beside the search box."""
    picture = (site.held.find(token) or {}).get(Modality.parse(modality))
    if picture is None:
        raise PageError("missing", 404)
    return Response(picture, media_type="image/jpeg")


@router.get("/without/{modality}", dependencies=[needs(Permission.SEARCH)])
def without(request: Request, site: SiteOf, modality: str) -> Response:
    """The same query without one of its held pictures."""
    query = read_query(request.query_params)
    dropped = Modality.parse(modality)
    held = site.held.find(query.held) or {}
    pictures = {kind: picture for kind, picture in held.items() if kind != dropped}
    return RedirectResponse(holding(site, query, pictures).address, status_code=303)


@router.get("/pictures/{digest}", dependencies=[needs(Permission.VIEW)])
def stored_picture(site: SiteOf, actor: ActorOf, digest: str) -> Response:
    """A picture of the gallery, by its content hash and by nothing else."""
    path = site.gallery.picture(digest, scope=actor.cameras)
    if path is None:
        raise PageError("missing", 404)
    return FileResponse(path, media_type="image/jpeg", headers=_A_DAY)


def holding(site: Site, query: Query, pictures: Pictures) -> Query:
    """The query with these pictures held for it, from its first page on."""
    return replace(query.first_page(), held=site.held.hold(pictures) if pictures else "")


def held_pictures(site: Site, query: Query) -> Pictures:
    """The pictures that the query names.

    Raises:
        PageError: they made room for newer ones.
    """
    if not query.held:
        return {}
    pictures = site.held.find(query.held)
    if pictures is None:
        raise PageError("expired", 410)
    return pictures


def uploads(form: FormData) -> Mapping[Modality, bytes]:
    """The pictures of a form. A file field left empty arrives without a name and counts as none.

    Raises:
        PageError: a file that is no picture.
    """
    pictures: dict[Modality, bytes] = {}
    for modality in IMAGE_MODALITIES:
        upload = form.get(modality.value)
        if not isinstance(upload, UploadFile) or not upload.filename:
            continue
        try:
            pictures[modality] = as_jpeg(upload.file.read())
        except InputError as error:
            raise PageError("picture", 422, name=upload.filename) from error
    return pictures

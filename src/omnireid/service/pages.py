"""The search page: asking (POST), reading the answer (GET), the pictures on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from omnireid.accounts import Actor, Permission
from omnireid.errors import InputError
from omnireid.gallery import Filters
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.service.faults import PageError, notice_of, status_of
from omnireid.service.held import Pictures, as_jpeg
from omnireid.service.language import COOKIE, choose_language, parse_language
from omnireid.service.permission import ActorOf, needs, public
from omnireid.service.query import Query, observation_of, read_query
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf, find
from omnireid.service.tiles import tile

router = APIRouter(include_in_schema=False)

_YEAR = 365 * 24 * 3600
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}


async def _form(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_files=len(IMAGE_MODALITIES), max_fields=200) as form:
        yield form


@router.get("/", dependencies=[needs(Permission.VIEW)])
def show(request: Request, site: SiteOf, actor: ActorOf) -> Response:
    """The page: the gallery's items, or what a query found."""
    query = Query()
    try:
        query = read_query(request.query_params)
        return _found(request, site, actor, query)
    except (PageError, InputError) as error:
        return _refused(request, site, actor, query, error)


@router.post("/search", dependencies=[needs(Permission.SEARCH)])
def ask(
    request: Request, site: SiteOf, actor: ActorOf, form: Annotated[FormData, Depends(_form)]
) -> Response:
    """Take a query, hold its pictures, and lead to the address of its answer."""
    query = Query()
    try:
        query = read_query(form)
        pictures = {**(site.held.find(query.held) or {}), **_uploads(form)}
        held = site.held.hold(pictures) if pictures else ""
        return RedirectResponse(query.link(held=held), status_code=303)
    except (PageError, InputError) as error:
        return _refused(request, site, actor, query, error)


@router.get("/without/{modality}", dependencies=[needs(Permission.SEARCH)])
def without(request: Request, site: SiteOf, modality: str) -> Response:
    """The same query without one of its held pictures."""
    query = read_query(request.query_params)
    dropped = Modality.parse(modality)
    held = site.held.find(query.held) or {}
    pictures = {kind: picture for kind, picture in held.items() if kind != dropped}
    token = site.held.hold(pictures) if pictures else ""
    return RedirectResponse(query.link(held=token), status_code=303)


@router.get("/held/{token}/{modality}", dependencies=[needs(Permission.SEARCH)])
def held_picture(site: SiteOf, token: str, modality: str) -> Response:
    """A picture of the query itself, shown beside the search box."""
    picture = (site.held.find(token) or {}).get(Modality.parse(modality))
    if picture is None:
        raise PageError("missing", 404)
    return Response(picture, media_type="image/jpeg")


@router.get("/pictures/{digest}", dependencies=[needs(Permission.VIEW)])
def stored_picture(site: SiteOf, actor: ActorOf, digest: str) -> Response:
    """A picture of the gallery, by its content hash and by nothing else."""
    path = site.gallery.picture(digest, scope=actor.cameras)
    if path is None:
        raise PageError("missing", 404)
    return FileResponse(path, media_type="image/jpeg", headers=_FOREVER)


@router.get("/language/{code}", dependencies=[public()])
def choose(code: str, back: str = "/") -> Response:
    """Remember the language and return to the page."""
    language = parse_language(code)
    # Back to this site alone: "//host" and "/\host" are other hosts to a browser.
    local = back.startswith("/") and not back.startswith(("//", "/\\"))
    response = RedirectResponse(back if local else "/", status_code=303)
    if language:
        response.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax")
    return response


def _uploads(form: FormData) -> Pictures:
    """The pictures of a form. A file field left empty arrives without a name and counts as none."""
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


def _found(request: Request, site: Site, actor: Actor, query: Query) -> Response:
    pictures = _held(site, query)
    observation = observation_of(query.text, pictures) if query.asked else None
    size = site.settings.page_size
    first = (query.page - 1) * size
    found, total = find(
        site,
        actor,
        observation,
        limit=size,
        offset=first,
        filters=query.filters,
        words=query.words,
    )
    values = {
        **_form_values(site, actor, query, pictures),
        "tiles": [tile(item) for item in found],
        "total": total,
        "first_rank": first + 1,
        "previous_link": query.link(query.page - 1) if query.page > 1 else None,
        "next_link": query.link(query.page + 1) if first + size < total else None,
        "error": None,
    }
    return render(request, site, "search.html", values, back=query.link(query.page))


def _refused(
    request: Request, site: Site, actor: Actor, query: Query, error: PageError | InputError
) -> Response:
    language = choose_language(request, site.settings.language)
    kept = replace(query, held="") if site.held.find(query.held) is None else query
    values = {
        **_form_values(site, actor, kept, site.held.find(kept.held) or {}),
        "tiles": [],
        "total": 0,
        "first_rank": 1,
        "previous_link": None,
        "next_link": None,
        "error": notice_of(error, language),
    }
    return render(request, site, "search.html", values, back=kept.link(), status=status_of(error))


def _held(site: Site, query: Query) -> Pictures:
    if not query.held:
        return {}
    pictures = site.held.find(query.held)
    if pictures is None:
        raise PageError("expired", 410)
    return pictures


def _form_values(site: Site, actor: Actor, query: Query, pictures: Pictures) -> dict[str, object]:
    return {
        "query": query,
        "count": site.gallery.count(filters=Filters(scope=actor.cameras)),
        "held_pictures": pictures,
        "remove_links": {
            modality: f"/without/{modality}{query.link().removeprefix('/')}"
            for modality in pictures
        },
        "cameras": [
            camera
            for camera in site.gallery.info().cameras
            if not actor.cameras or camera in actor.cameras
        ],
        "gallery_name": site.settings.gallery.name,
    }

"""The search page: asking (POST), reading the answer (GET)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from omnireid.accounts import Actor, Permission
from omnireid.errors import InputError
from omnireid.gallery import Filters, Order
from omnireid.observation import IMAGE_MODALITIES, Modality
from omnireid.search import SavedSearches, Zones
from omnireid.service.aims import Aim, aim_of, choose_aim, purposes_for
from omnireid.service.answering import Answer, answer, parts_of
from omnireid.service.back import local_path
from omnireid.service.chips import attribute_label, chips
from omnireid.service.faults import PageError, notice_of, status_of
from omnireid.service.held import Pictures
from omnireid.service.language import COOKIE, choose_language, parse_language, strings
from omnireid.service.permission import ActorOf, needs, public
from omnireid.service.pictures import held_pictures, holding, uploads
from omnireid.service.query import Query, read_query
from omnireid.service.recording import record_search
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf
from omnireid.service.tiles import tile

router = APIRouter(include_in_schema=False)

MORE = "more"
"""The element that asks for the next tiles and is replaced by them (htmx)."""

_YEAR = 365 * 24 * 3600


async def _form(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_files=len(IMAGE_MODALITIES), max_fields=300) as form:
        yield form


@router.get("/", dependencies=[needs(Permission.VIEW)])
def show(request: Request, site: SiteOf, actor: ActorOf) -> Response:
    """The page: the gallery's newest items, or what a query found."""
    query = Query()
    aim = aim_of(request, site, actor)
    try:
        query = read_query(request.query_params)
        if (query.asked or query.filtered) and not actor.may(Permission.SEARCH):
            raise PageError("forbidden", 403, permission=Permission.SEARCH.value)
        pictures = held_pictures(site, query)
        found = answer(site, actor, query, pictures, aim)
        record_search(site, actor, query, pictures, aim, found)
    except (PageError, InputError) as error:
        return _refused(request, site, actor, query, aim, error)
    values = _found_values(query, found)
    if request.headers.get("hx-target") == MORE:
        return render(request, site, "search/more.html", values, back=query.address)
    values |= _form_values(request, site, actor, query, pictures, aim)
    return render(request, site, "search/page.html", values, back=query.address)


@router.post("/search", dependencies=[needs(Permission.SEARCH)])
def ask(
    request: Request, site: SiteOf, actor: ActorOf, form: Annotated[FormData, Depends(_form)]
) -> Response:
    """Take a query, hold its pictures, and lead to the address of its answer."""
    query = Query()
    aim = aim_of(request, site, actor)
    try:
        query = read_query(form)
        purpose = form.get("purpose", "")
        if isinstance(purpose, str) and purpose:
            aim = choose_aim(request, site, actor, purpose, aim.case)
        given = uploads(form)
        if given or query.held:
            query = holding(site, query, {**(site.held.find(query.held) or {}), **given})
        return RedirectResponse(query.first_page().address, status_code=303)
    except (PageError, InputError) as error:
        return _refused(request, site, actor, query, aim, error)


@router.get("/language/{code}", dependencies=[public()])
def choose(code: str, back: str = "/") -> Response:
    """Remember the language and return to the page."""
    language = parse_language(code)
    response = RedirectResponse(local_path(back), status_code=303)
    if language:
        response.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax")
    return response


def _found_values(query: Query, found: Answer) -> dict[str, object]:
    tiles = [
        tile(item, likeness) for item, likeness in zip(found.items, found.likenesses, strict=True)
    ]
    following = found.page.following
    shown = query.shown + len(tiles)
    return {
        "query": query,
        "tiles": tiles,
        "total": found.total,
        "first_rank": query.shown + 1,
        "last_rank": shown,
        "next_link": query.at(following, shown).address if following else None,
        "first_link": query.first_page().address if query.after else None,
        "no_match": found.no_match,
        "calibrated": found.calibrated,
        "like_link": lambda number: _example(query, number, liked=True),
        "unlike_link": lambda number: _example(query, number, liked=False),
        "why_link": lambda number: f"/items/{number}{query.first_page().fields_text}",
        "error": None,
    }


def _example(query: Query, number: int, *, liked: bool) -> str:
    """The search with one more example."""
    near = tuple(one for one in query.liked if one != number)
    far = tuple(one for one in query.disliked if one != number)
    grown = ((*near, number), far) if liked else (near, (*far, number))
    return replace(query.first_page(), liked=grown[0], disliked=grown[1]).address


def _refused(
    request: Request,
    site: Site,
    actor: Actor,
    query: Query,
    aim: Aim,
    error: PageError | InputError,
) -> Response:
    language = choose_language(request, site.settings.language)
    pictures = site.held.find(query.held)
    kept = query.first_page() if pictures is not None else replace(query.first_page(), held="")
    values = {
        "query": kept,
        "tiles": [],
        "total": 0,
        "next_link": None,
        "first_link": None,
        "no_match": False,
        "calibrated": False,
        "error": notice_of(error, language),
        **_form_values(request, site, actor, kept, pictures or {}, aim),
    }
    status = status_of(error)
    return render(request, site, "search/page.html", values, back=kept.address, status=status)


def _form_values(
    request: Request, site: Site, actor: Actor, query: Query, pictures: Pictures, aim: Aim
) -> dict[str, object]:
    language = choose_language(request, site.settings.language)
    browse, sentences = site.gallery.browse, strings(language)
    first = query.first_page()
    orders = [
        (order.value, replace(first, order=order).address, order is query.order) for order in Order
    ]
    return {
        "may_search": actor.may(Permission.SEARCH),
        "count": site.gallery.count(filters=Filters(scope=actor.cameras)),
        "held_pictures": pictures,
        "remove_links": {
            modality: f"/without/{modality}{first.fields_text}" for modality in pictures
        },
        "parts": [m.value for m in Modality if m in parts_of(query, pictures)],
        "chips": chips(query, sentences, language),
        "orders": orders if query.asked else orders[1:],
        "cameras": browse.cameras(scope=actor.cameras),
        "zones": [zone.name for zone in Zones(site.gallery.database).all()],
        "attributes": _attribute_groups(browse.attribute_values(), language),
        "aim": aim,
        "purposes": purposes_for(site, actor),
        "saved": SavedSearches(site.gallery.database).of(actor.user_id),
        "gallery_name": site.settings.gallery.name,
    }


def _attribute_groups(known: tuple[tuple[str, str], ...], language: str) -> list[tuple[str, str]]:
    code = parse_language(language) or "en"
    return [(f"{name}:{value}", attribute_label(name, value, code)) for name, value in known]

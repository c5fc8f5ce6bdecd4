"""Adding sightings to a case from the search page, with the query that found them.

The page sends the address of its search, and the API the words of it, not scores: the similarity is
computed here again, so that a case never holds a number that somebody made up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams

from omnireid.accounts import Actor, Permission
from omnireid.errors import InputError
from omnireid.gallery import Item, Match
from omnireid.review import Find, FoundBy
from omnireid.service.aims import aim_of
from omnireid.service.answering import likeness_of, vector_of
from omnireid.service.held import Pictures
from omnireid.service.permission import ActorOf, needs
from omnireid.service.query import Query, read_query
from omnireid.service.rendering import render
from omnireid.service.review.parts import wants_part
from omnireid.service.site import Site, SiteOf

router = APIRouter(include_in_schema=False)

_ID = Annotated[int, Form(ge=1, le=2**63 - 1)]
Items = Annotated[list[int] | None, Form(max_length=500)]
Link = Annotated[str, Form(max_length=8000)]
_MAY = [needs(Permission.REVIEW)]


@router.post("/cases/choose", dependencies=_MAY)
def choose(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    item: Items = None,
    only: Annotated[int, Form(ge=0, le=2**63 - 1)] = 0,
    query: Link = "",
) -> Response:
    """Ask to which case; `only` names a single sighting whatever else is selected."""
    cases = site.review.open_cases(actor)
    searched_for = aim_of(request, site, actor).case
    items = [only] if only else item or []
    values = {
        "items": items,
        "query": query,
        "new_link": "/cases/new?"
        + urlencode([*(("item", number) for number in items), ("query", query)]),
        "cases": cases,
        "likely": next((one.case_id for one in cases if one.reference == searched_for), None),
    }
    template = "review/choose_part.html" if wants_part(request) else "review/choose.html"
    return render(request, site, template, values, back="/")


@router.post("/cases/items", dependencies=_MAY)
def add(
    request: Request, site: SiteOf, actor: ActorOf, case: _ID, item: Items = None, query: Link = ""
) -> Response:
    """Add the sightings to the chosen case."""
    return _added(request, site, actor, case, item or [], query)


@router.post("/cases/{case_id}/items", dependencies=_MAY)
def add_to(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    case_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
    item: Items = None,
    query: Link = "",
) -> Response:
    """Add the sightings to this case."""
    return _added(request, site, actor, case_id, item or [], query)


def collect(site: Site, actor: Actor, case_id: int, items: Sequence[int], link: str) -> int:
    """Add sightings found by the search at `link`; how many were not in the case yet.

    Raises:
        ReviewError: no such case, or it is closed.
    """
    try:
        query = read_query(QueryParams(link.partition("?")[2]))
    except InputError:
        query = Query()
    return collect_found(site, actor, case_id, items, query)


def collect_found(
    site: Site, actor: Actor, case_id: int, items: Sequence[int], query: Query
) -> int:
    """Add sightings found by this query; how many were not in the case yet.

    Raises:
        ReviewError: no such case, or it is closed.
    """
    if not items:
        return 0
    finds, found_by, pictures = _found(site, actor, items, query)
    return site.review.collect(actor, case_id, finds, found_by, pictures)


def _added(
    request: Request, site: Site, actor: Actor, case_id: int, items: Sequence[int], link: str
) -> Response:
    count = collect(site, actor, case_id, items, link)
    if not wants_part(request):
        return RedirectResponse(f"/cases/{case_id}", status_code=303)
    values = {"case": site.review.case(actor, case_id), "added": count}
    return render(request, site, "review/added_part.html", values, back="/")


def _found(
    site: Site, actor: Actor, items: Sequence[int], query: Query
) -> tuple[list[Find], FoundBy | None, dict[str, bytes]]:
    """The sightings with their likeness to the search, as far as it can still be computed; the
    query; its pictures by their sha-256."""
    plain = [Find(number) for number in items]
    pictures = site.held.find(query.held) or {}
    # A picture that is no longer held: the words alone are another query, with other scores.
    if not query.asked or (query.held and not pictures):
        return plain, _found_by(site, query, pictures), {}
    try:
        vector = vector_of(site, actor, query, pictures)
    except InputError:
        return plain, None, {}
    stored = site.gallery.browse.vectors_of(items)
    known = site.gallery.browse.items_of(items, scope=actor.cameras)
    finds = []
    for number in items:
        if number not in stored or number not in known:
            finds.append(Find(number))
            continue
        row = stored[number]
        cosine = float(np.clip(row @ vector / np.linalg.norm(row), -1, 1))
        finds.append(_find(site, query, pictures, known[number], cosine))
    by_hash = {hashlib.sha256(picture).hexdigest(): picture for picture in pictures.values()}
    return finds, _found_by(site, query, pictures), by_hash


def _find(site: Site, query: Query, pictures: Pictures, item: Item, cosine: float) -> Find:
    likeness = likeness_of(site, query, pictures, Match(**vars(item), score=cosine))
    return Find(item.item_id, cosine, None if likeness is None else likeness.probability)


def _found_by(site: Site, query: Query, pictures: Pictures) -> FoundBy | None:
    words = " · ".join(part for part in (query.text, query.words) if part)
    hashes = {
        modality.value: hashlib.sha256(picture).hexdigest()
        for modality, picture in pictures.items()
    }
    if not words and not hashes:
        return None
    return FoundBy(words, hashes, site.encoder.model_id)

"""Why an item was found: attributes, shares of the query's parts, a heat map, what was around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from fastapi import APIRouter, Request
from fastapi.responses import Response

from omnireid.accounts import Actor, Permission
from omnireid.errors import InputError
from omnireid.gallery import Item, Match
from omnireid.gallery.values import ReadingEncoder
from omnireid.governance import Event
from omnireid.images import open_image
from omnireid.observation import IMAGE_MODALITIES, Modality, Observation
from omnireid.runtime import AttributeReading, only
from omnireid.search import (
    Comparison,
    Likeness,
    attribute_name,
    compare,
    drops,
    named_attributes,
    paint,
    shapley,
    value_name,
)
from omnireid.service.aims import Aim, aim_of
from omnireid.service.answering import (
    Vector,
    likeness_of,
    model_info,
    parts_of,
    parts_vector,
    steered,
    vector_of,
)
from omnireid.service.faults import PageError
from omnireid.service.held import Pictures
from omnireid.service.permission import ActorOf, needs
from omnireid.service.pictures import held_pictures
from omnireid.service.query import Query, observation_of, read_query
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf
from omnireid.service.tiles import tile

router = APIRouter(include_in_schema=False)

EXAMPLES = "examples"
"""The examples of a query, as one part of it beside the modalities."""

_one_map_at_a_time = Lock()


@dataclass(frozen=True)
class Reasons:
    """What speaks for and against one item. Empty parts could not be told."""

    likeness: Likeness | None = None
    shares: tuple[tuple[str, float], ...] = ()
    comparisons: tuple[Comparison, ...] = ()


@router.get("/items/{number}", dependencies=[needs(Permission.VIEW)])
def show(request: Request, site: SiteOf, actor: ActorOf, number: int) -> Response:
    """One item, and why the query found it."""
    query, aim = read_query(request.query_params), aim_of(request, site, actor)
    item = _item(site, actor, aim, query, number)
    pictures = held_pictures(site, query)
    before, after = site.gallery.browse.neighbours(item, scope=_scope(site, actor, aim, query))
    reasons = reasons_of(site, actor, query, pictures, item) if query.asked else Reasons()
    fields = query.first_page().fields_text
    shown = [item.item_id, *(one.item_id for one in (*before, *after))]
    site.audit.record(
        Event(
            actor.name,
            "item.view",
            aim.purpose.key if aim.purpose else None,
            aim.case,
            {"item": number, "shown": shown, "model": site.encoder.model_id},
        )
    )
    values = {
        "query": query,
        "one": tile(item, reasons.likeness),
        "reasons": reasons,
        "held_pictures": pictures,
        "heat": f"/items/{number}/heat{fields}" if _main_picture(item) and query.asked else None,
        "before": [tile(one) for one in before],
        "after": [tile(one) for one in after],
        "item_link": lambda other: f"/items/{other}{fields}",
        "back_link": query.address,
        "attribute_name": attribute_name,
        "value_name": value_name,
    }
    fragment = bool(request.headers.get("hx-request"))
    template = "search/why.html" if fragment else "search/item.html"
    return render(request, site, template, values, back=f"/items/{number}{fields}")


@router.get("/items/{number}/heat", dependencies=[needs(Permission.SEARCH)])
def heat(request: Request, site: SiteOf, actor: ActorOf, number: int) -> Response:
    """The item's picture under a heat map of where its similarity comes from."""
    query, aim = read_query(request.query_params), aim_of(request, site, actor)
    item = _item(site, actor, aim, query, number)
    modality = _main_picture(item)
    if modality is None or item.picture_path is None or not query.asked:
        raise PageError("missing", 404)
    path = item.picture_path
    vector = vector_of(site, actor, query, held_pictures(site, query))

    def make() -> bytes:
        # One after the other: maps are looked at at leisure, and searches must not wait for them.
        with _one_map_at_a_time:
            picture = open_image(path)
            return paint(picture, drops(picture, modality, vector, site.encoder.encode))

    painted = site.heat.get((path.stem, vector.tobytes()), make)
    return Response(painted, media_type="image/png", headers={"Cache-Control": "private"})


def _scope(site: Site, actor: Actor, aim: Aim, query: Query) -> Sequence[str]:
    """The cameras in reach: of a search those of its purpose, else the actor's own."""
    if not (query.asked or query.filtered):
        return actor.cameras
    if not actor.may(Permission.SEARCH):
        raise PageError("forbidden", 403, permission=Permission.SEARCH.value)
    purpose = aim.chosen()
    return site.governance.allowed_cameras(purpose.key, actor.cameras) or ()


def _item(site: Site, actor: Actor, aim: Aim, query: Query, number: int) -> Item:
    item = site.gallery.browse.item(number, scope=_scope(site, actor, aim, query))
    if item is None:
        raise PageError("missing", 404)
    return item


def _main_picture(item: Item) -> Modality | None:
    """The modality of the item's main picture: the first that it has."""
    return next((m for m in IMAGE_MODALITIES if m in item.modalities), None)


def reasons_of(site: Site, actor: Actor, query: Query, pictures: Pictures, item: Item) -> Reasons:
    """Why the query found the item."""
    stored = site.gallery.browse.vectors_of([item.item_id]).get(item.item_id)
    if stored is None:
        return Reasons()
    score = float(vector_of(site, actor, query, pictures) @ stored)
    match = Match(**vars(item), score=max(-1.0, min(1.0, score)))
    return Reasons(
        likeness_of(site, query, pictures, match),
        _shares(site, actor, query, pictures, stored),
        _comparisons(site, query, pictures, item),
    )


def _shares(
    site: Site, actor: Actor, query: Query, pictures: Pictures, stored: Vector
) -> tuple[tuple[str, float], ...]:
    parts: list[str] = [modality.value for modality in parts_of(query, pictures)]
    if query.liked or query.disliked:
        parts.append(EXAMPLES)

    def score(chosen: tuple[str, ...]) -> float:
        kept = tuple(Modality(part) for part in chosen if part != EXAMPLES)
        asked = parts_vector(site, query, pictures, kept) if kept else None
        vector = steered(site, actor, query, asked) if EXAMPLES in chosen else asked
        assert vector is not None
        return float(vector @ stored)

    return tuple(shapley(parts, score).items())


def _comparisons(
    site: Site, query: Query, pictures: Pictures, item: Item
) -> tuple[Comparison, ...]:
    info = model_info(site)
    if info is None or _main_picture(item) is None:
        return ()
    counted = parts_of(query, pictures)
    stated = (
        named_attributes(query.text, info.attributes, _read(site, Observation(text=query.text)))
        if Modality.TEXT in counted
        else ()
    )
    pictured: dict[Modality, tuple[AttributeReading, ...]] = {
        modality: _read(site, only(observation_of("", pictures), (modality,)))
        for modality in counted
        if modality is not Modality.TEXT
    }
    if not stated and not pictured:
        return ()
    seen = site.gallery.browse.observation_of(item)
    shown = tuple(m for m in seen.modalities if m is not Modality.TEXT)
    return compare(stated, pictured, _read(site, only(seen, shown)))


def _read(site: Site, observation: Observation) -> tuple[AttributeReading, ...]:
    """What the model reads off an observation; nothing when it cannot."""
    if not isinstance(site.encoder, ReadingEncoder):
        return ()
    try:
        return site.encoder.encode_and_read([observation])[1][0]
    except InputError:
        # The kept picture is damaged: `omnireid verify` tells so, and the page goes on without.
        return ()

"""A search as it is sent to the API: the fields of its form, read once for several routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, File, Form, UploadFile
from pydantic import Field

from omnireid.errors import InputError
from omnireid.gallery import Cursor, Order
from omnireid.observation import Modality
from omnireid.service.aims import LONGEST_CASE, Aim, purposes_for
from omnireid.service.api.values import ItemNumber
from omnireid.service.faults import PageError
from omnireid.service.held import Pictures, as_jpeg
from omnireid.service.permission import ActorOf
from omnireid.service.query import FULL, MAX_EXAMPLES, MAX_LISTED, Query, read_time
from omnireid.service.site import Site, SiteOf

SENT = "sent"
"""Stands in a query for pictures that came with the request, where the page names held ones."""

Picture = Annotated[UploadFile | None, File(description="JPEG, PNG, WebP, BMP or TIFF")]
Weight = Annotated[int, Form(ge=0, le=FULL, description="how much this part counts, in percent")]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Names = Annotated[list[Name] | None, Form(max_length=MAX_LISTED)]
Examples = Annotated[list[ItemNumber] | None, Form(max_length=MAX_EXAMPLES)]
Purpose = Annotated[
    str, Form(min_length=1, max_length=64, description="a key of GET /api/v1/purposes",
              examples=["missing_person"])
]  # fmt: skip
Case = Annotated[str, Form(max_length=LONGEST_CASE, description="reference of a case",
                           examples=["2026-0012"])]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A search that can be answered."""

    query: Query
    pictures: Pictures
    aim: Aim


def asked(
    site: SiteOf,
    actor: ActorOf,
    purpose: Purpose,
    case: Case = "",
    rgb: Picture = None,
    infrared: Picture = None,
    sketch: Picture = None,
    text: Annotated[str, Form(max_length=2000, examples=["赤いコートの女性"])] = "",
    weight_rgb: Weight = FULL,
    weight_infrared: Weight = FULL,
    weight_sketch: Weight = FULL,
    weight_text: Weight = FULL,
    like: Examples = None,
    unlike: Examples = None,
    camera: Names = None,
    zone: Names = None,
    modality: Annotated[list[Modality] | None, Form(max_length=len(Modality))] = None,
    source: Names = None,
    attribute: Annotated[
        list[Name] | None, Form(max_length=MAX_LISTED, description="such as top.colour:red")
    ] = None,
    since: Annotated[str, Form(max_length=40, description="ISO 8601, inclusive")] = "",
    until: Annotated[str, Form(max_length=40, description="ISO 8601, exclusive")] = "",
    words: Annotated[str, Form(max_length=500, description="in the item's note")] = "",
    order: Annotated[Order, Form()] = Order.RELEVANCE,
) -> Asked:
    """The query, its pictures, and what it is for."""
    uploads = {Modality.RGB: rgb, Modality.INFRARED: infrared, Modality.SKETCH: sketch}
    pictures = {
        kind: _picture(upload, kind) for kind, upload in uploads.items() if upload is not None
    }
    liked = tuple(dict.fromkeys(like or ()))
    query = Query(
        text=text.strip(),
        held=SENT if pictures else "",
        weights={
            Modality.RGB: weight_rgb,
            Modality.INFRARED: weight_infrared,
            Modality.SKETCH: weight_sketch,
            Modality.TEXT: weight_text,
        },
        liked=liked,
        disliked=tuple(one for one in dict.fromkeys(unlike or ()) if one not in liked),
        cameras=tuple(camera or ()),
        zones=tuple(zone or ()),
        modalities=tuple(modality or ()),
        sources=tuple(source or ()),
        attributes=tuple(_attribute(one) for one in attribute or ()),
        since=read_time(since),
        until=read_time(until),
        words=words.strip(),
        order=order,
    )
    if not query.asked:
        raise InputError(
            "the search holds nothing to compare with",
            "rgb, infrared, sketch, text, like and unlike are all missing",
            "send at least one, or list items by GET /api/v1/items",
        )
    return Asked(query, pictures, aim_for(site, actor, purpose, case))


AskedOf = Annotated[Asked, Depends(asked)]


def aim_for(site: Site, actor: ActorOf, purpose: str, case: str) -> Aim:
    """What a search is for.

    Raises:
        PageError: no such purpose, or one that the caller may not search for.
    """
    known = {one.key: one for one in purposes_for(site, actor)}
    if purpose not in known:
        raise PageError("purpose", 422)
    return Aim(known[purpose], " ".join(case.split()) or None)


def cursor_in(text: str) -> Cursor | None:
    """The place where a page begins; None for the first."""
    return Cursor.from_text(text) if text else None


def _picture(upload: UploadFile, kind: Modality) -> bytes:
    try:
        return as_jpeg(upload.file.read())
    except InputError as error:
        raise PageError("picture", 422, name=kind.value) from error


def _attribute(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (name and colon and value):
        raise InputError(
            f"{text[:60]!r} is not an attribute",
            "an attribute reads like top.colour:red",
            "list the attributes of an item by GET /api/v1/items/{id}",
        )
    return name, value

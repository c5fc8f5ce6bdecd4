"""The JSON API, version 1: search, and the list of items."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel, Field

from omnireid.accounts import Permission
from omnireid.errors import InputError
from omnireid.gallery import Filters
from omnireid.observation import Modality
from omnireid.service.permission import ActorOf, needs
from omnireid.service.query import observation_of, read_time
from omnireid.service.site import SiteOf, find
from omnireid.service.tiles import Tile, tile

router = APIRouter(prefix="/api/v1", tags=["search"])

MAX_LIMIT = 200
MAX_OFFSET = 1_000_000

Picture = Annotated[UploadFile | None, File()]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]


class ItemOut(BaseModel):
    """One item. `score` is the cosine similarity to the query, null where nothing was compared."""

    id: int
    score: float | None
    camera: str | None
    time: datetime | None
    modalities: list[Modality]
    text: str | None
    source: str | None
    picture: str | None


class PageOut(BaseModel):
    """One page of items. `total` fit the filters; `next_offset` is null at the end."""

    model_id: str
    items: list[ItemOut]
    total: int
    next_offset: int | None
    caution: str = "a similarity, not evidence of identity"


@router.post("/search", dependencies=[needs(Permission.SEARCH)])
def search(
    site: SiteOf,
    actor: ActorOf,
    rgb: Picture = None,
    infrared: Picture = None,
    sketch: Picture = None,
    text: Annotated[str, Form(max_length=2000)] = "",
    camera: Annotated[list[str] | None, Form()] = None,
    modality: Annotated[list[Modality] | None, Form()] = None,
    since: Annotated[str, Form(description="ISO 8601, inclusive")] = "",
    until: Annotated[str, Form(description="ISO 8601, exclusive")] = "",
    source: Annotated[list[str] | None, Form()] = None,
    words: Annotated[str, Form(max_length=500)] = "",
    limit: Annotated[Limit, Form()] = 24,
    offset: Annotated[Offset, Form()] = 0,
) -> PageOut:
    """Items most similar to any mixture of a picture, an infrared picture, a sketch and words.

    multipart/form-data. Give at least one of rgb, infrared, sketch, text.
    """
    uploads = {Modality.RGB: rgb, Modality.INFRARED: infrared, Modality.SKETCH: sketch}
    pictures = {kind: upload.file.read() for kind, upload in uploads.items() if upload}
    if not pictures and not text.strip():
        raise InputError(
            "the search holds nothing to compare with",
            "rgb, infrared, sketch and text are all missing",
            "send at least one, or list items by GET /api/v1/items",
        )
    filters = Filters(
        cameras=camera or (),
        modalities=modality or (),
        start=read_time(since),
        end=read_time(until),
        sources=source or (),
    )
    found, total = find(
        site,
        actor,
        observation_of(text, pictures),
        limit=limit,
        offset=offset,
        filters=filters,
        words=words,
    )
    return _page(site, [tile(one) for one in found], offset + limit, total)


@router.get("/items", dependencies=[needs(Permission.VIEW)])
def items(
    site: SiteOf,
    actor: ActorOf,
    limit: Annotated[Limit, Query()] = 24,
    offset: Annotated[Offset, Query()] = 0,
) -> PageOut:
    """The items of the gallery, a page at a time."""
    found, total = find(site, actor, None, limit=limit, offset=offset, filters=Filters(), words="")
    return _page(site, [tile(one) for one in found], offset + limit, total)


def _page(site: SiteOf, tiles: list[Tile], end: int, total: int) -> PageOut:
    return PageOut(
        model_id=site.encoder.model_id,
        items=[ItemOut.model_validate(one, from_attributes=True) for one in tiles],
        total=total,
        next_offset=end if end < total else None,
    )

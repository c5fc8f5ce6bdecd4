"""Search, items, pictures, and why an item was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Actor, Permission
from omnireid.gallery import Item, Order
from omnireid.governance import Event
from omnireid.governance.chain import JSON
from omnireid.observation import Modality
from omnireid.search import Band, Likeness, Verdict
from omnireid.service.aims import Aim
from omnireid.service.answering import Answer, answer
from omnireid.service.api.asking import AskedOf, aim_for, cursor_in
from omnireid.service.api.values import ItemNumber, Number
from omnireid.service.faults import PageError
from omnireid.service.idempotency import answers_a_question
from omnireid.service.permission import ActorOf, needs
from omnireid.service.query import Query as Question
from omnireid.service.reasons import reasons_of
from omnireid.service.recording import record_search
from omnireid.service.site import Site, SiteOf

router = APIRouter(prefix="/api/v1", tags=["search"])

MAX_LIMIT = 200
CAUTION = "a similarity, not evidence of identity"

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
After = Annotated[str, Field(max_length=200, description="`next` of the page before")]


class ItemOut(BaseModel):
    """One item. What compares it with a query is null where nothing was compared."""

    id: int = Field(examples=[57])
    score: float | None = Field(description="cosine similarity to the query", examples=[0.83])
    probability: float | None = Field(
        description="that it is the same person; null where the model is not calibrated",
        examples=[0.74],
    )
    band: Band | None = Field(description="the probability in a word", examples=["likely"])
    camera: str | None = Field(examples=["gate"])
    time: datetime | None
    modalities: list[Modality] = Field(examples=[["rgb"]])
    text: str | None = Field(description="the note", examples=[None])
    source: str | None = Field(examples=["gate/0001.jpg"])
    picture: str | None = Field(description="address of the main picture (JPEG)")

    @classmethod
    def of(cls, item: Item, likeness: Likeness | None = None) -> ItemOut:
        """The item as the API shows it."""
        path = item.picture_path
        return cls(
            id=item.item_id,
            score=None if likeness is None else likeness.cosine,
            probability=None if likeness is None else likeness.probability,
            band=None if likeness is None else likeness.band,
            camera=item.camera,
            time=item.time,
            modalities=list(item.modalities),
            text=item.note,
            source=item.source,
            picture=f"/api/v1/pictures/{path.stem}" if path else None,
        )


class PageOut(BaseModel):
    """One page of items. `total` fit the filters; `next` leads on, null at the end."""

    model_id: str = Field(examples=["default@0.2:0123456789ab"])
    items: list[ItemOut]
    total: int = Field(examples=[1200])
    next: str | None = Field(description="the `after` of the next page")
    no_match: bool = Field(
        description="nobody found is probably the one who is looked for; told with the first page"
    )
    caution: str = Field(default=CAUTION, examples=[CAUTION])


class NeighboursOut(BaseModel):
    """What the same camera saw just before and just after, in order of time."""

    before: list[ItemOut]
    after: list[ItemOut]


class ShareOut(BaseModel):
    """How much one part of the query adds to the similarity; the shares add up to it."""

    part: str = Field(examples=["text"])
    share: float = Field(examples=[0.31])


class ComparisonOut(BaseModel):
    """One attribute: asked for, found, and whether they agree."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["top.colour"])
    asked: str = Field(examples=["red"])
    by: Modality = Field(description="the part of the query that asks for it", examples=["text"])
    found: str = Field(examples=["red"])
    probability: float = Field(examples=[0.92])
    verdict: Verdict = Field(examples=["agrees"])


class ReasonsOut(BaseModel):
    """What speaks for and against an item. Empty parts could not be told."""

    item: ItemOut
    shares: list[ShareOut]
    attributes: list[ComparisonOut]
    caution: str = Field(default=CAUTION, examples=[CAUTION])


class SimilarIn(BaseModel):
    """More like this item, and unlike others."""

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field(min_length=1, max_length=64, examples=["missing_person"])
    case: str = Field(default="", max_length=80, examples=["2026-0012"])
    unlike: list[ItemNumber] = Field(default=[], max_length=10)
    cameras: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=50
    )
    limit: Limit = 24
    after: After = ""


@router.post("/search", dependencies=[needs(Permission.SEARCH), answers_a_question()])
def search(
    site: SiteOf,
    actor: ActorOf,
    asked: AskedOf,
    limit: Annotated[Limit, Form()] = 24,
    after: Annotated[After, Form()] = "",
) -> PageOut:
    """Items most like any mixture of a picture, an infrared picture, a sketch and words.

    Sorted by probability where the model is calibrated for such a query against every kind of item
    that fits, so that notes and pictures can be compared; else by score.

    multipart/form-data (or a plain form without pictures). Give at least one of rgb, infrared,
    sketch, text, like, unlike; each part may have a weight. For the next page send the same again
    with `after`. Every search is written into the audit log with its purpose.
    """
    query = asked.query.at(cursor_in(after), 0)
    found = answer(site, actor, query, asked.pictures, asked.aim, size=limit)
    record_search(site, actor, query, asked.pictures, asked.aim, found)
    return _page(site, found)


@router.get("/items", dependencies=[needs(Permission.VIEW)])
def items(
    site: SiteOf,
    actor: ActorOf,
    limit: Annotated[Limit, Query()] = 24,
    after: Annotated[After, Query()] = "",
) -> PageOut:
    """The items within the caller's cameras, the newest first."""
    query = Question(order=Order.NEWEST, after=cursor_in(after))
    found = answer(site, actor, query, {}, Aim(), size=limit)
    record_search(site, actor, query, {}, Aim(), found)
    return _page(site, found)


@router.get("/items/{item_id}", dependencies=[needs(Permission.VIEW)])
def item(site: SiteOf, actor: ActorOf, item_id: Number) -> ItemOut:
    """One item."""
    found = _item(site, item_id, actor.cameras)
    _viewed(site, actor, Aim(), found)
    return ItemOut.of(found)


@router.get("/items/{item_id}/neighbours", dependencies=[needs(Permission.VIEW)])
def neighbours(site: SiteOf, actor: ActorOf, item_id: Number) -> NeighboursOut:
    """What the same camera saw just before and just after."""
    found = _item(site, item_id, actor.cameras)
    before, after = site.gallery.browse.neighbours(found, scope=actor.cameras)
    _viewed(site, actor, Aim(), found, *before, *after)
    return NeighboursOut(
        before=[ItemOut.of(one) for one in before], after=[ItemOut.of(one) for one in after]
    )


@router.post(
    "/items/{item_id}/similar", dependencies=[needs(Permission.SEARCH), answers_a_question()]
)
def similar(site: SiteOf, actor: ActorOf, item_id: Number, asked: SimilarIn) -> PageOut:
    """More like this one: a search by an item of the gallery."""
    query = Question(
        liked=(item_id,),
        disliked=tuple(one for one in dict.fromkeys(asked.unlike) if one != item_id),
        cameras=tuple(asked.cameras),
        after=cursor_in(asked.after),
    )
    aim = aim_for(site, actor, asked.purpose, asked.case)
    found = answer(site, actor, query, {}, aim, size=asked.limit)
    record_search(site, actor, query, {}, aim, found)
    return _page(site, found)


@router.post(
    "/items/{item_id}/reasons", dependencies=[needs(Permission.SEARCH), answers_a_question()]
)
def reasons(site: SiteOf, actor: ActorOf, item_id: Number, asked: AskedOf) -> ReasonsOut:
    """Why a query finds an item: each part's share of the similarity, and attributes compared.

    Takes the form of POST /api/v1/search.
    """
    purpose = asked.aim.chosen()
    scope = site.governance.allowed_cameras(purpose.key, actor.cameras) or ()
    found = _item(site, item_id, scope)
    told = reasons_of(site, actor, asked.query, asked.pictures, found)
    _viewed(site, actor, asked.aim, found)
    return ReasonsOut(
        item=ItemOut.of(found, told.likeness),
        shares=[ShareOut(part=part, share=share) for part, share in told.shares],
        attributes=[ComparisonOut.model_validate(one) for one in told.comparisons],
    )


@router.get(
    "/pictures/{digest}",
    dependencies=[needs(Permission.VIEW)],
    response_class=FileResponse,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The picture."}},
)
def picture(
    site: SiteOf,
    actor: ActorOf,
    digest: Annotated[str, Path(max_length=64, description="sha-256 of the picture")],
) -> FileResponse:
    """A picture of the gallery, JPEG."""
    path = site.gallery.picture(digest, scope=actor.cameras)
    if path is None:
        raise PageError("missing", 404)
    return FileResponse(path, media_type="image/jpeg")


def _page(site: Site, found: Answer) -> PageOut:
    following = found.page.following
    return PageOut(
        model_id=site.encoder.model_id,
        items=[
            ItemOut.of(one, likeness)
            for one, likeness in zip(found.items, found.likenesses, strict=True)
        ],
        total=found.total,
        next=following.to_text() if following else None,
        no_match=found.no_match,
    )


def _item(site: Site, item_id: int, scope: Sequence[str]) -> Item:
    found = site.gallery.browse.item(item_id, scope=scope)
    if found is None:
        raise PageError("missing", 404)
    return found


def _viewed(site: Site, actor: Actor, aim: Aim, item: Item, *around: Item) -> None:
    shown = [one.item_id for one in (item, *around)]
    details: dict[str, JSON] = {
        "item": item.item_id,
        "shown": shown,
        "model": site.encoder.model_id,
    }
    purpose = aim.purpose.key if aim.purpose else None
    site.audit.record(Event(actor.name, "item.view", purpose, aim.case, details))

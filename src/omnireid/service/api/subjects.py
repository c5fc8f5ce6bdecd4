"""Requests of a person about their own data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Permission
from omnireid.governance import SubjectRequest
from omnireid.governance.subjects import MAX_ITEMS
from omnireid.service import person_requests
from omnireid.service.api.searching import CAUTION, ItemOut
from omnireid.service.api.values import ItemNumber, Number
from omnireid.service.idempotency import answers_a_question
from omnireid.service.permission import ActorOf, needs
from omnireid.service.person_requests import request_of
from omnireid.service.site import SiteOf

router = APIRouter(
    prefix="/api/v1", tags=["subject requests"], dependencies=[needs(Permission.ERASE)]
)


class RequestOut(BaseModel):
    """A request. The person's picture was compared and is not kept."""

    id: int = Field(examples=[7])
    reference: str = Field(description="the site's own number, no name", examples=["2026-07"])
    threshold: float = Field(description="least similarity of its items", examples=[0.5])
    opened: datetime
    opened_by: str = Field(examples=["sato"])
    closed: datetime | None = Field(description="answered; its list of items is gone")

    @classmethod
    def of(cls, request: SubjectRequest) -> RequestOut:
        """The request as the API shows it."""
        return cls(
            id=request.request_id,
            reference=request.reference,
            threshold=request.threshold,
            opened=request.opened,
            opened_by=request.opened_by,
            closed=request.closed,
        )


class RequestsOut(BaseModel):
    """Every request, the newest first."""

    requests: list[RequestOut]


class FoundOut(BaseModel):
    """An item that may show the person."""

    item: ItemOut
    theirs: bool | None = Field(description="null: nobody has looked yet")


class FoundListOut(BaseModel):
    """The items within the caller's cameras, the most similar first, to be looked at."""

    items: list[FoundOut]
    caution: str = Field(default=CAUTION, examples=[CAUTION])


class JudgementIn(BaseModel):
    """The items that show the person; all others of the request do not."""

    model_config = ConfigDict(extra="forbid")

    theirs: list[ItemNumber] = Field(max_length=MAX_ITEMS, examples=[[57, 58]])


class JudgementOut(BaseModel):
    """What was noted."""

    theirs: list[int] = Field(examples=[[57, 58]])


class HandOutIn(BaseModel):
    """How the ZIP is written."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["en", "ja"] = "en"


@router.get("/subject-requests")
def requests(site: SiteOf) -> RequestsOut:
    """Every request."""
    return RequestsOut(requests=[RequestOut.of(one) for one in site.governance.subjects.all()])


@router.post("/subject-requests", status_code=201)
def open_request(
    site: SiteOf,
    actor: ActorOf,
    reference: Annotated[str, Form(min_length=1, max_length=200, examples=["2026-07"])],
    rgb: Annotated[UploadFile, File(description="a picture of the person; it is not kept")],
    threshold: Annotated[float, Form(ge=0, le=1, description="least similarity")] = 0.5,
) -> RequestOut:
    """Find every item at least so similar to a picture of the person, for a person to look at."""
    opened = person_requests.open_request(
        site, actor, rgb.file.read(), rgb.filename or "", reference=reference, threshold=threshold
    )
    return RequestOut.of(opened)


@router.get("/subject-requests/{request_id}")
def one_request(site: SiteOf, request_id: Number) -> RequestOut:
    """One request."""
    return RequestOut.of(request_of(site, request_id))


@router.get("/subject-requests/{request_id}/items")
def found(site: SiteOf, actor: ActorOf, request_id: Number) -> FoundListOut:
    """The items of a request; none once it is closed. What is shown is recorded."""
    request_of(site, request_id)
    listed = site.governance.subjects.show(request_id, actor=actor.name, scope=actor.cameras)
    return FoundListOut(
        items=[
            FoundOut(
                item=ItemOut.of(one.item).model_copy(update={"score": one.score}), theirs=one.theirs
            )
            for one in listed
        ]
    )


@router.post("/subject-requests/{request_id}/judge")
def judge(site: SiteOf, actor: ActorOf, request_id: Number, asked: JudgementIn) -> JudgementOut:
    """Note which items show the person."""
    person_requests.judge_request(site, actor, request_id, asked.theirs)
    return JudgementOut(theirs=sorted(set(asked.theirs)))


@router.post(
    "/subject-requests/{request_id}/export",
    # Not kept for a repetition: a kept ZIP would outlive the erasure of what is in it.
    dependencies=[answers_a_question()],
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The ZIP."}},
)
def export_request(site: SiteOf, actor: ActorOf, request_id: Number, asked: HandOutIn) -> Response:
    """The ZIP for the person: their items, those beside them blurred, and who saw them.

    Each call makes it anew, and is recorded.
    """
    return person_requests.export_request(site, actor, request_id, asked.language)


@router.post("/subject-requests/{request_id}/close")
def close(site: SiteOf, actor: ActorOf, request_id: Number) -> RequestOut:
    """Note that the request is answered; its list of items goes."""
    request_of(site, request_id)
    site.governance.subjects.close(request_id, actor=actor.name)
    return RequestOut.of(request_of(site, request_id))

"""A case as a file to hand out."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Permission
from omnireid.review.export import Choice
from omnireid.service.api.values import Number
from omnireid.service.idempotency import answers_a_question
from omnireid.service.permission import ActorOf, needs
from omnireid.service.review.exporting import exported
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["cases"])


class CaseExportIn(BaseModel):
    """What shall be in it. Bystanders are always blurred."""

    model_config = ConfigDict(extra="forbid")

    form: Literal["zip", "pdf"] = Field(
        default="zip", description="zip: report, pictures, table, hashes; pdf: the report alone"
    )
    language: Literal["en", "ja"] = "en"
    candidates: Literal["confirmed", "all"] = Field(
        default="confirmed", description="confirmed: by two people"
    )
    blur_subject: bool = Field(
        default=False, description="blur the head of the person sought as well"
    )


@router.post(
    "/cases/{case_id}/export",
    dependencies=[needs(Permission.EXPORT), answers_a_question()],
    response_class=Response,
    responses={
        200: {
            "content": {"application/zip": {}, "application/pdf": {}},
            "description": "The file; its name is in Content-Disposition.",
        }
    },
)
def export_case(
    site: SiteOf,
    actor: ActorOf,
    case_id: Number,
    asked: CaseExportIn,
) -> Response:
    """A case as ZIP or PDF, with hashes. Each call makes the file anew, and is recorded."""
    choice = Choice(asked.language, asked.candidates == "all", asked.blur_subject)
    return exported(site, actor, case_id, choice, asked.form)

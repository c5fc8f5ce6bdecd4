"""Exporting a case: what goes in is asked, what went out is recorded before it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response

from omnireid.accounts import Actor, Permission
from omnireid.review.export import Choice, export_case, is_confirmed
from omnireid.service.language import LANGUAGES, choose_language
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf

router = APIRouter(include_in_schema=False)

_Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
_MAY = [needs(Permission.EXPORT)]


@router.get("/cases/{case_id}/export", dependencies=_MAY)
def ask(request: Request, site: SiteOf, actor: ActorOf, case_id: _Number) -> Response:
    """What shall be in it?"""
    found = site.review.candidates(actor, case_id)
    values = {
        "case": site.review.case(actor, case_id),
        "total": len(found),
        "confirmed": sum(is_confirmed(one) for one in found),
        "names": {"en": "English", "ja": "日本語"},
        "languages": LANGUAGES,
        "chosen": choose_language(request, site.settings.language),
    }
    back = f"/cases/{case_id}/export"
    return render(request, site, "review/export.html", values, back=back)


@router.post("/cases/{case_id}/export", dependencies=_MAY)
def export(
    site: SiteOf,
    actor: ActorOf,
    case_id: _Number,
    language: Annotated[Literal["en", "ja"], Form()] = "en",
    candidates: Annotated[Literal["confirmed", "all"], Form()] = "confirmed",
    blur: Annotated[str, Form(max_length=10)] = "",
    form: Annotated[Literal["zip", "pdf"], Form()] = "zip",
) -> Response:
    """The ZIP, or the report alone."""
    return exported(site, actor, case_id, Choice(language, candidates == "all", bool(blur)), form)


def exported(
    site: Site, actor: Actor, case_id: int, choice: Choice, form: Literal["zip", "pdf"]
) -> Response:
    """A case as the file that is handed out, once it is recorded.

    Raises:
        ReviewError: there is no such case, or it is not this actor's to see.
    """
    made = export_case(
        site.gallery,
        site.review,
        actor,
        case_id,
        choice,
        form=form,
        exported=datetime.now(UTC),
    )
    name = made.name if form == "zip" else made.name.removesuffix(".zip") + ".pdf"
    return Response(
        made.archive if form == "zip" else made.report,
        media_type="application/zip" if form == "zip" else "application/pdf",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )

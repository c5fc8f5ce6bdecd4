"""The page on which a person chooses what to search for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Permission
from omnireid.service.aims import LONGEST_CASE, aim_of, choose_aim, purposes_for
from omnireid.service.back import local_path
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.site import SiteOf

router = APIRouter(include_in_schema=False)


@router.get("/purpose", dependencies=[needs(Permission.SEARCH)])
def show(request: Request, site: SiteOf, actor: ActorOf, back: str = "/") -> Response:
    """Choose what to search for."""
    values = {
        "purposes": purposes_for(site, actor),
        "chosen": aim_of(request, site, actor),
        "back": local_path(back),
        "longest_case": LONGEST_CASE,
    }
    return render(request, site, "search/purpose.html", values, back=request.url.path)


@router.post("/purpose", dependencies=[needs(Permission.SEARCH)])
def choose(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    purpose: Annotated[str, Form()] = "",
    case: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Remember it and go back."""
    choose_aim(request, site, actor, purpose, case)
    return RedirectResponse(local_path(back), status_code=303)

"""Saved searches and zones: what the search page keeps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Permission
from omnireid.governance import Event
from omnireid.search import SavedSearches, Zones
from omnireid.service.back import local_path
from omnireid.service.faults import PageError
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.site import SiteOf

router = APIRouter(include_in_schema=False)


@router.post("/searches", dependencies=[needs(Permission.SEARCH)])
def save(
    site: SiteOf,
    actor: ActorOf,
    name: Annotated[str, Form()] = "",
    address: Annotated[str, Form()] = "",
) -> Response:
    """Keep the search at this address under a name."""
    SavedSearches(site.gallery.database).save(actor.user_id, name, address)
    site.audit.record(Event(actor.name, "search.save", personal={"name": name}))
    return RedirectResponse(local_path(address), status_code=303)


@router.post("/searches/{number}/remove", dependencies=[needs(Permission.SEARCH)])
def remove(
    site: SiteOf, actor: ActorOf, number: int, back: Annotated[str, Form()] = "/"
) -> Response:
    """Forget one of one's own saved searches."""
    if not SavedSearches(site.gallery.database).remove(actor.user_id, number):
        raise PageError("missing", 404)
    site.audit.record(Event(actor.name, "search.forget", details={"search": number}))
    return RedirectResponse(local_path(back), status_code=303)


@router.get("/zones", dependencies=[needs(Permission.OPERATE)])
def zones(request: Request, site: SiteOf) -> Response:
    """The zones, and a form for one more."""
    values = {
        "zones": Zones(site.gallery.database).all(),
        "cameras": site.gallery.browse.cameras(),
    }
    return render(request, site, "search/zones.html", values, back="/zones")


@router.post("/zones", dependencies=[needs(Permission.OPERATE)])
def put_zone(
    site: SiteOf,
    actor: ActorOf,
    name: Annotated[str, Form()] = "",
    camera: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Make a zone, or give one other cameras."""
    zone = Zones(site.gallery.database).put(name, camera or ())
    details = {"zone": zone.name, "cameras": list(zone.cameras)}
    site.audit.record(Event(actor.name, "zone.change", details=details))
    return RedirectResponse("/zones", status_code=303)


@router.post("/zones/remove", dependencies=[needs(Permission.OPERATE)])
def remove_zone(site: SiteOf, actor: ActorOf, name: Annotated[str, Form()] = "") -> Response:
    """Remove a zone; its cameras and items stay."""
    if not Zones(site.gallery.database).remove(name):
        raise PageError("missing", 404)
    site.audit.record(Event(actor.name, "zone.remove", details={"zone": name}))
    return RedirectResponse("/zones", status_code=303)

"""Pictures that are nearly the same, side by side, for whoever may look and delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Actor, Permission
from omnireid.governance import Event
from omnireid.jobs import likeness_groups
from omnireid.service.faults import PageError
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf
from omnireid.service.tiles import tile

# Who starts jobs need not see people; who looks at these pictures decides what is deleted.
router = APIRouter(
    prefix="/jobs/near-duplicates",
    include_in_schema=False,
    dependencies=[needs(Permission.ERASE), needs(Permission.VIEW)],
)

_GROUPS = 10


@router.get("")
def show(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """The groups that the last scan found, a page at a time."""
    every = likeness_groups(site.gallery, scope=actor.cameras)
    first = (page - 1) * _GROUPS
    shown = every[first : first + _GROUPS]
    seen = [member.item.item_id for group in shown for member in group]
    if seen:
        site.audit.record(Event(actor.name, "items.list", details={"shown": seen}))
    values = {
        "groups": [
            [{"tile": tile(member.item), "bits": member.bits} for member in group]
            for group in shown
        ],
        "total": len(every),
        "page": page,
        "newer": page - 1 if page > 1 else None,
        "older": page + 1 if first + _GROUPS < len(every) else None,
    }
    return render(
        request, site, "jobs/likeness.html", values, back=f"/jobs/near-duplicates?page={page}"
    )


@router.post("/{item_id:int}/delete")
def delete(site: SiteOf, actor: ActorOf, item_id: int) -> Response:
    """Delete one item of a group, for good."""
    _check(site, actor, item_id)
    site.governance.delete([item_id], actor=actor.name)
    return RedirectResponse("/jobs/near-duplicates", status_code=303)


def _check(site: Site, actor: Actor, item_id: int) -> None:
    members = {
        member.item.item_id
        for group in likeness_groups(site.gallery, scope=actor.cameras)
        for member in group
    }
    if item_id not in members:
        raise PageError("missing", 404)
    with site.gallery.database.read() as connection:
        held = site.governance.holds.held_items(connection)
    if item_id in held:
        raise PageError("jobs_held", 409)

"""Backups for the administrator: make one, see them, rehearse one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Permission
from omnireid.governance import Event, Rehearsal, create_backup, list_backups, rehearse
from omnireid.service.faults import PageError
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf

router = APIRouter(
    prefix="/backups", include_in_schema=False, dependencies=[needs(Permission.OPERATE)]
)


@router.get("")
def show(request: Request, site: SiteOf) -> Response:
    """Every backup that this gallery's commands made."""
    return _page(request, site)


@router.post("")
def create(site: SiteOf, actor: ActorOf) -> Response:
    """Make one in the folder of the settings."""
    create_backup(site.gallery, site.settings.backup_folder, actor=actor.name)
    return RedirectResponse("/backups", status_code=303)


@router.post("/{backup_id}/rehearse")
def try_out(request: Request, site: SiteOf, actor: ActorOf, backup_id: int) -> Response:
    """Restore one into a temporary folder, check it, and clean up."""
    for backup in list_backups(site.gallery.database):
        if backup.backup_id == backup_id and backup.state in ("whole", "purged"):
            report = rehearse(backup.path)
            site.audit.record(
                Event(
                    actor.name,
                    "backup.rehearse",
                    details={"backup": backup.path.name, "ok": report.ok},
                )
            )
            return _page(request, site, rehearsed=report)
    raise PageError("missing", 404)


def _page(request: Request, site: Site, *, rehearsed: Rehearsal | None = None) -> Response:
    values = {
        "backups": list_backups(site.gallery.database),
        "folder": site.settings.backup_folder,
        "rehearsed": rehearsed,
    }
    return render(request, site, "governance/backups.html", values, back="/backups")

"""What the privacy officer sets: purposes, retention, legal holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Permission
from omnireid.governance import EVERY, HeldBy, Purpose, Rule
from omnireid.service.language import choose_language
from omnireid.service.permission import ActorOf, needs
from omnireid.service.query import read_time
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf

router = APIRouter(
    prefix="/privacy", include_in_schema=False, dependencies=[needs(Permission.RETENTION)]
)

Word = Annotated[str, Form(max_length=200)]
Names = Annotated[list[str] | None, Form()]


@router.get("")
def start() -> Response:
    """The first of the pages."""
    return RedirectResponse("/privacy/retention", status_code=303)


@router.get("/purposes")
def purposes(request: Request, site: SiteOf) -> Response:
    """The purposes and their cameras."""
    listed = site.governance.purposes.all(active_only=False)
    named = {camera for one in listed for camera in one.cameras or ()}
    values = {
        "tab": "purposes",
        "purposes": listed,
        # A purpose may name a camera that has no item yet, or no more.
        "cameras": sorted({*site.gallery.info().cameras, *named}),
    }
    return render(request, site, "governance/purposes.html", values, back="/privacy/purposes")


@router.post("/purposes")
def put_purpose(
    site: SiteOf,
    actor: ActorOf,
    key: Word = "",
    name_en: Word = "",
    name_ja: Word = "",
    every: Annotated[bool, Form()] = False,
    active: Annotated[bool, Form()] = False,
    camera: Names = None,
) -> Response:
    """Add a purpose or change one."""
    cameras = None if every else tuple(camera or ())
    changed = Purpose(key.strip(), name_en.strip(), name_ja.strip(), cameras, active)
    site.governance.purposes.put(changed, actor=actor.name)
    return RedirectResponse("/privacy/purposes", status_code=303)


@router.get("/retention")
def retention(request: Request, site: SiteOf, actor: ActorOf) -> Response:
    """The rules, what a run would delete now, and what holds keep."""
    language = choose_language(request, site.settings.language)
    rules = site.governance.retention
    values = {
        "tab": "retention",
        "rules": rules.rules(),
        "plans": rules.plan(scope=actor.cameras),
        "last_run": rules.last_run(),
        "cameras": site.gallery.info().cameras,
        "purposes": {one.key: one.name(language) for one in site.governance.purposes.all()},
        "every": EVERY,
        "words_days": site.settings.audit_words_days,
    }
    return render(request, site, "governance/retention.html", values, back="/privacy/retention")


@router.post("/retention")
def set_rule(
    site: SiteOf,
    actor: ActorOf,
    days: Annotated[int, Form()],
    camera: Word = EVERY,
    purpose: Word = EVERY,
) -> Response:
    """Add a rule or change one."""
    site.governance.retention.set_rule(Rule(camera, purpose, days), actor=actor.name)
    return RedirectResponse("/privacy/retention", status_code=303)


@router.post("/retention/drop")
def drop_rule(site: SiteOf, actor: ActorOf, camera: Word = "", purpose: Word = "") -> Response:
    """Take a rule away."""
    site.governance.retention.drop_rule(camera, purpose, actor=actor.name)
    return RedirectResponse("/privacy/retention", status_code=303)


@router.post("/retention/run")
def run(site: SiteOf, actor: ActorOf) -> Response:
    """Delete what is due within the actor's cameras."""
    site.governance.retention.run(
        actor=actor.name, words_days=site.settings.audit_words_days, scope=actor.cameras
    )
    return RedirectResponse("/privacy/retention", status_code=303)


@router.get("/holds")
def holds(request: Request, site: SiteOf) -> Response:
    """Every hold, newest first."""
    return _holds(request, site)


@router.post("/holds")
def place(
    site: SiteOf,
    actor: ActorOf,
    kind: Annotated[HeldBy, Form()],
    subject: Word = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
    until: Word = "",
) -> Response:
    """Place a hold; its last day counts whole."""
    end = read_time(until)
    site.governance.holds.place(
        kind,
        subject,
        reason=reason,
        actor=actor.name,
        until=None if end is None else end + timedelta(days=1),
    )
    return RedirectResponse("/privacy/holds", status_code=303)


@router.post("/holds/{hold_id}/release")
def release(site: SiteOf, actor: ActorOf, hold_id: int) -> Response:
    """End a hold."""
    site.governance.holds.release(hold_id, actor=actor.name)
    return RedirectResponse("/privacy/holds", status_code=303)


def _holds(request: Request, site: Site) -> Response:
    values = {
        "tab": "holds",
        "holds": site.governance.holds.all(),
        "kinds": list(HeldBy),
        "now": datetime.now(UTC),
    }
    return render(request, site, "governance/holds.html", values, back="/privacy/holds")

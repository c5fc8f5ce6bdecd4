"""The list of cases, one case in five tabs, and what its owner and members change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Actor, Permission, User
from omnireid.governance import Event, Purpose
from omnireid.review import Action, Case, Person, Refusal, ReviewError, State
from omnireid.service.aims import aim_of
from omnireid.service.faults import Notice, notice_of, status_of
from omnireid.service.language import Language, choose_language, strings
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.review.collecting import Items, Link, collect
from omnireid.service.review.views import Shown, line, shown_candidates
from omnireid.service.site import Site, SiteOf

router = APIRouter(include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Text = Annotated[str, Form(max_length=20_000)]
Version = Annotated[int, Form(ge=0, le=2**31)]
Tab = Literal["candidates", "confirmed", "notes", "history", "settings"]
_MAY = [needs(Permission.REVIEW)]


@router.get("/review", dependencies=_MAY)
def waiting(request: Request, site: SiteOf, actor: ActorOf) -> Response:
    """The cases with candidates on which this person's decision is wanted."""
    values = {"cases": [one for one in site.review.cases(actor) if one.waiting]}
    return render(request, site, "review/queue.html", values, back="/review")


@router.get("/cases", dependencies=_MAY)
def listed(request: Request, site: SiteOf, actor: ActorOf) -> Response:
    """This person's cases."""
    language = choose_language(request, site.settings.language)
    values = {
        "cases": site.review.cases(actor),
        "zone": site.zone,
        "purpose_of": {one.key: one.name(language) for one in _purposes(site, retired=True)},
    }
    return render(request, site, "review/cases.html", values, back="/cases")


@router.get("/cases/new", dependencies=_MAY)
def new(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    item: Annotated[list[int] | None, Query(max_length=500)] = None,
    query: Annotated[str, Query(max_length=8000)] = "",
) -> Response:
    """A form for a new case; `item`: sightings that it will begin with."""
    aim = aim_of(request, site, actor)
    purpose = aim.purpose.key if aim.purpose else ""
    asked = {"title": "", "reference": aim.case or "", "purpose": purpose, "hold": True}
    return _new(request, site, actor, asked, item or [], query)


@router.post("/cases", dependencies=_MAY)
def create(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    title: Text = "",
    reference: Text = "",
    purpose: Text = "",
    hold: Text = "",
    item: Items = None,
    query: Link = "",
) -> Response:
    """Open a case, with the sightings that the form carries."""
    asked = {"title": title, "reference": reference, "purpose": purpose, "hold": bool(hold)}
    try:
        _check_purpose(site, purpose)
        opened = site.review.open(
            actor, title=title, purpose=purpose, reference=reference, hold=bool(hold)
        )
    except ReviewError as error:
        return _new(request, site, actor, asked, item or [], query, error)
    collect(site, actor, opened.case_id, item or [], query)
    return RedirectResponse(f"/cases/{opened.case_id}", status_code=303)


@router.get("/cases/{case_id}", dependencies=_MAY)
def show(
    request: Request, site: SiteOf, actor: ActorOf, case_id: Number, tab: Tab = "candidates"
) -> Response:
    """One case."""
    return _case(request, site, actor, case_id, tab)


@router.post("/cases/{case_id}", dependencies=_MAY)
def change(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    case_id: Number,
    version: Version,
    title: Text = "",
    reference: Text = "",
    purpose: Text = "",
    hold: Text = "",
) -> Response:
    """Change what the case is called and for."""

    def do() -> None:
        if purpose != site.review.case(actor, case_id).purpose:
            _check_purpose(site, purpose)
        site.review.change(
            actor,
            case_id,
            version=version,
            title=title,
            reference=reference,
            purpose=purpose,
            hold=bool(hold),
        )

    return _done(request, site, actor, case_id, "settings", do)


@router.post("/cases/{case_id}/members", dependencies=_MAY)
def add_member(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    case_id: Number,
    user: Annotated[int, Form(ge=1, le=2**63 - 1)],
) -> Response:
    """Let another reviewer in."""

    def do() -> None:
        chosen = next((one for one in _reviewers(site) if one.user_id == user), None)
        if chosen is not None:
            site.review.add_member(actor, case_id, Person(chosen.user_id, chosen.name))

    return _done(request, site, actor, case_id, "settings", do)


@router.post("/cases/{case_id}/members/{user_id}/remove", dependencies=_MAY)
def remove_member(
    request: Request, site: SiteOf, actor: ActorOf, case_id: Number, user_id: Number
) -> Response:
    """Take a member out."""
    return _done(
        request,
        site,
        actor,
        case_id,
        "settings",
        lambda: site.review.remove_member(actor, case_id, user_id),
    )


@router.post("/cases/{case_id}/close", dependencies=_MAY)
def close(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    case_id: Number,
    version: Version,
    outcome: Text = "",
) -> Response:
    """Close the case."""
    return _done(
        request,
        site,
        actor,
        case_id,
        "settings",
        lambda: site.review.close(actor, case_id, version=version, outcome=outcome),
    )


@router.post("/cases/{case_id}/reopen", dependencies=_MAY)
def reopen(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    case_id: Number,
    version: Version,
    why: Text = "",
) -> Response:
    """Open the case again."""
    return _done(
        request,
        site,
        actor,
        case_id,
        "settings",
        lambda: site.review.reopen(actor, case_id, version=version, why=why),
    )


@router.post("/cases/{case_id}/notes", dependencies=_MAY)
def note(
    request: Request, site: SiteOf, actor: ActorOf, case_id: Number, words: Text = ""
) -> Response:
    """Write a note on the case."""
    return _done(
        request, site, actor, case_id, "notes", lambda: site.review.note(actor, case_id, words)
    )


def _done(
    request: Request, site: Site, actor: Actor, case_id: int, tab: Tab, do: Callable[[], object]
) -> Response:
    """Do it and show the tab again; what is refused is told there."""
    try:
        do()
    except ReviewError as error:
        return _case(request, site, actor, case_id, tab, error)
    return RedirectResponse(f"/cases/{case_id}?tab={tab}", status_code=303)


def _case(
    request: Request,
    site: Site,
    actor: Actor,
    case_id: int,
    tab: Tab,
    error: ReviewError | None = None,
) -> Response:
    language = choose_language(request, site.settings.language)
    t = strings(language)
    case = site.review.case(actor, case_id)
    found = site.review.candidates(actor, case_id)
    shown = shown_candidates(site, actor, t, found)
    numbers = {one.id: one.number for one in shown}
    entries = site.review.history(actor, case_id)
    told = [
        line(actor, t, site.zone, entry, numbers.get(entry.candidate_id or 0))
        for entry in reversed(entries)
        if tab == "history" or entry.action is Action.NOTE
    ]
    tiles = [one for one in shown if tab != "confirmed" or one.confirmed]
    if tab in ("candidates", "confirmed"):
        _record_shown(site, actor, case, tiles)
    values = {
        "case": case,
        "tab": tab,
        "shown": tiles,
        "total": len(shown),
        "confirmed": sum(one.confirmed for one in shown),
        "waiting": sum(one.waiting for one in shown) if case.is_open else 0,
        "unsettled": sum(
            one.standing.opinion_state not in (State.CONFIRMED, State.REJECTED) for one in found
        ),
        "lines": told,
        "notes": sum(entry.action is Action.NOTE for entry in entries),
        "owner": case.owner.user_id == actor.user_id,
        "may_export": actor.may(Permission.EXPORT),
        "zone": site.zone,
        "purpose_name": _purpose_name(site, case.purpose, language),
        "purposes": _choices(site, actor, language, case.purpose),
        "others": _others(site, case) if tab == "settings" else [],
        "error": _notice(error, language),
    }
    return render(
        request,
        site,
        "review/case.html",
        values,
        back=f"/cases/{case_id}?tab={tab}",
        status=200 if error is None else status_of(error),
    )


def _record_shown(site: Site, actor: Actor, case: Case, tiles: Sequence[Shown]) -> None:
    """Say in the audit log which sightings of the case the page shows."""
    shown = [one.tile.id for one in tiles if one.tile is not None]
    if shown:
        event = Event(actor.name, "items.list", case.purpose, case.reference, {"shown": shown})
        site.audit.record(event)


def _new(
    request: Request,
    site: Site,
    actor: Actor,
    asked: Mapping[str, object],
    items: list[int],
    query: str,
    error: ReviewError | None = None,
) -> Response:
    language = choose_language(request, site.settings.language)
    values = {
        "asked": asked,
        "items": items,
        "query": query,
        "purposes": _choices(site, actor, language),
        "error": _notice(error, language),
    }
    status = 200 if error is None else status_of(error)
    return render(request, site, "review/new.html", values, back="/cases/new", status=status)


def _notice(error: ReviewError | None, language: Language) -> Notice | None:
    return None if error is None else notice_of(error, language)


def _purposes(site: Site, *, retired: bool = False) -> tuple[Purpose, ...]:
    return site.governance.purposes.all(active_only=not retired)


def _purpose_name(site: Site, key: str, language: Language) -> str:
    found = (one.name(language) for one in _purposes(site, retired=True) if one.key == key)
    return next(found, key)


def _choices(site: Site, actor: Actor, language: Language, kept: str = "") -> list[tuple[str, str]]:
    """(key, name) of the purposes a case may have; `kept`: the one it has, retired or not."""
    return [
        (one.key, one.name(language))
        for one in _purposes(site, retired=True)
        if (one.active and (not actor.purposes or one.key in actor.purposes)) or one.key == kept
    ]


def _check_purpose(site: Site, purpose: str) -> None:
    if purpose not in {one.key for one in _purposes(site)}:
        raise ReviewError(Refusal.PURPOSE)


def _reviewers(site: Site) -> list[User]:
    return [one for one in site.accounts.users.all() if Permission.REVIEW in one.permissions]


def _others(site: Site, case: Case) -> list[User]:
    inside = {one.user_id for one in case.members}
    return [one for one in _reviewers(site) if one.user_id not in inside]

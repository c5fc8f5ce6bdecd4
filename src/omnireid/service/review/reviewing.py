"""Deciding on candidates one after another: a page for the keyboard, a form for everyone else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import Actor, Permission
from omnireid.review import MISSING, Case, Reason, Refusal, ReviewError, Verdict
from omnireid.service.faults import PageError, notice_of, status_of
from omnireid.service.language import choose_language, strings
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.review.parts import wants_part
from omnireid.service.review.views import Shown, shown_candidates
from omnireid.service.review.wording import REASONS, SAID
from omnireid.service.site import Site, SiteOf

router = APIRouter(include_in_schema=False)

_Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Words = Annotated[str, Form(max_length=20_000)]
_MAY = [needs(Permission.REVIEW)]

_MAX_BESIDE = 6


@dataclass(frozen=True)
class _Place:
    """Where one is in a case: the candidate, those around it, those that still wait."""

    case: Case
    shown: list[Shown]
    index: int

    @property
    def one(self) -> Shown:
        return self.shown[self.index]

    @property
    def queue(self) -> list[int]:
        return [one.id for one in self.shown]

    @property
    def waiting(self) -> list[int]:
        return [one.id for one in self.shown if one.waiting]

    def next_waiting(self) -> int | None:
        """The next candidate that waits, from here on and around."""
        ring = self.shown[self.index + 1 :] + self.shown[: self.index]
        return next((one.id for one in ring if one.waiting), None)


@router.get("/cases/{case_id}/review", dependencies=_MAY)
def start(request: Request, site: SiteOf, actor: ActorOf, case_id: _Number) -> Response:
    """Go to the first candidate that waits for this person; with none left, say so."""
    case = site.review.case(actor, case_id)
    found = site.review.candidates(actor, case_id)
    first = next((one for one in found if one.waits_for(actor.user_id)), None)
    if first is None or not case.is_open:
        values = {"case": case}
        return render(
            request, site, "review/finished.html", values, back=f"/cases/{case_id}/review"
        )
    return RedirectResponse(f"/cases/{case_id}/review/{first.candidate_id}", status_code=303)


@router.get("/cases/{case_id}/review/{candidate_id}", dependencies=_MAY)
def show(
    request: Request, site: SiteOf, actor: ActorOf, case_id: _Number, candidate_id: _Number
) -> Response:
    """One candidate. A part is fetched ahead and counts as seen only once it is shown."""
    if not wants_part(request):
        site.review.look(actor, candidate_id)
    return _page(request, site, actor, case_id, candidate_id)


@router.get("/cases/{case_id}/queries/{digest}", dependencies=_MAY)
def query_picture(site: SiteOf, actor: ActorOf, case_id: _Number, digest: str) -> Response:
    """A picture that was searched for."""
    found = site.review.query_picture(actor, case_id, digest)
    if found is None:
        raise PageError("missing", 404)
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "private"})


@router.post("/cases/{case_id}/review/{candidate_id}/seen", dependencies=_MAY)
def seen(site: SiteOf, actor: ActorOf, case_id: _Number, candidate_id: _Number) -> Response:
    """Remember that the page has shown it."""
    site.review.case(actor, case_id)
    site.review.look(actor, candidate_id)
    return Response(status_code=204)


@router.post("/cases/{case_id}/review/{candidate_id}", dependencies=_MAY)
def decide(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    case_id: _Number,
    candidate_id: _Number,
    verdict: Annotated[Verdict, Form()],
    version: Annotated[int, Form(ge=0, le=2**31)],
    reason: Annotated[Reason | None, Form()] = None,
    words: _Words = "",
) -> Response:
    """Take down a decision; go on to the next candidate that waits."""
    try:
        site.review.decide(
            actor, candidate_id, verdict, version=version, reason=reason, words=words
        )
    except ReviewError as error:
        return _refused(request, site, actor, case_id, candidate_id, error)
    if wants_part(request):
        return _page(request, site, actor, case_id, candidate_id, said=SAID[verdict])
    following = _place(request, site, actor, case_id, candidate_id).next_waiting()
    stays = verdict in (Verdict.WITHDRAW, Verdict.CLOSE, Verdict.REOPEN)
    target = f"/{candidate_id}" if stays else f"/{following}" if following else ""
    return RedirectResponse(f"/cases/{case_id}/review{target}", status_code=303)


@router.post("/cases/{case_id}/review/{candidate_id}/note", dependencies=_MAY)
def note(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    case_id: _Number,
    candidate_id: _Number,
    words: _Words = "",
) -> Response:
    """Write a note on the candidate."""
    try:
        site.review.note(actor, case_id, words, candidate_id=candidate_id)
    except ReviewError as error:
        return _refused(request, site, actor, case_id, candidate_id, error)
    if wants_part(request):
        return _page(request, site, actor, case_id, candidate_id, said="review_said_note")
    return RedirectResponse(f"/cases/{case_id}/review/{candidate_id}", status_code=303)


def _refused(
    request: Request, site: Site, actor: Actor, case_id: int, candidate_id: int, error: ReviewError
) -> Response:
    if error.refusal in MISSING:
        raise error
    return _page(request, site, actor, case_id, candidate_id, error=error)


def _place(request: Request, site: Site, actor: Actor, case_id: int, candidate_id: int) -> _Place:
    t = strings(choose_language(request, site.settings.language))
    case = site.review.case(actor, case_id)
    found = site.review.candidates(actor, case_id)
    numbers = [one.candidate_id for one in found]
    if candidate_id not in numbers:
        raise ReviewError(Refusal.NO_CANDIDATE)
    history = site.review.history(actor, case_id)
    shown = shown_candidates(site, actor, t, found, history)
    return _Place(case, shown, numbers.index(candidate_id))


def _page(
    request: Request,
    site: Site,
    actor: Actor,
    case_id: int,
    candidate_id: int,
    *,
    error: ReviewError | None = None,
    said: str = "",
) -> Response:
    language = choose_language(request, site.settings.language)
    place = _place(request, site, actor, case_id, candidate_id)
    around = place.shown
    values = {
        "case": place.case,
        "one": place.one,
        "total": len(around),
        "previous": around[place.index - 1].id if place.index else None,
        "following": around[place.index + 1].id if place.index + 1 < len(around) else None,
        "queue": place.queue,
        "waiting": place.waiting if place.case.is_open else [],
        "beside": [one for one in around if one.confirmed and one.tile and one.id != candidate_id][
            :_MAX_BESIDE
        ],
        "reasons": [(reason.value, key) for reason, key in REASONS.items()],
        "said": said,
        "error": None if error is None else notice_of(error, language),
    }
    template = "review/candidate_part.html" if wants_part(request) else "review/review.html"
    status = 200 if error is None else status_of(error)
    back = f"/cases/{case_id}/review/{candidate_id}"
    return render(request, site, template, values, back=back, status=status)

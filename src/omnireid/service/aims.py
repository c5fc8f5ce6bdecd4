"""What a person searches for: the purpose and the case, chosen once and kept in the session."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from omnireid.accounts import Actor, Session
from omnireid.errors import InputError
from omnireid.governance import Purpose
from omnireid.service.faults import PageError
from omnireid.service.language import Language
from omnireid.service.site import Site

LONGEST_CASE = 80


@dataclass(frozen=True)
class Aim:
    """Why somebody searches. purpose: None as long as none was chosen."""

    purpose: Purpose | None = None
    case: str | None = None

    def chosen(self) -> Purpose:
        """The purpose.

        Raises:
            PageError: none was chosen yet.
        """
        if self.purpose is None:
            raise PageError("purpose", 422)
        return self.purpose

    def purpose_name(self, language: Language) -> str:
        """The purpose in words; empty as long as none was chosen."""
        return self.purpose.name(language) if self.purpose else ""


def purposes_for(site: Site, actor: Actor) -> tuple[Purpose, ...]:
    """The purposes that the actor may search for."""
    return tuple(
        purpose
        for purpose in site.governance.purposes.all()
        if not actor.purposes or purpose.key in actor.purposes
    )


def aim_of(request: Request, site: Site, actor: Actor) -> Aim:
    """What the session remembers; a purpose retired meanwhile counts as not chosen."""
    known: Aim | None = getattr(request.state, "aim", None)
    if known is None:
        session: Session | None = getattr(request.state, "session", None)
        known = Aim() if session is None else _remembered(site, actor, session)
        request.state.aim = known  # the page and its header ask for it
    return known


def _remembered(site: Site, actor: Actor, session: Session) -> Aim:
    if session.purpose is None:
        return Aim(case=session.matter)
    purposes = {purpose.key: purpose for purpose in purposes_for(site, actor)}
    return Aim(purposes.get(session.purpose), session.matter)


def choose_aim(request: Request, site: Site, actor: Actor, key: str, case: str | None) -> Aim:
    """Remember another purpose and case.

    Raises:
        PageError: a purpose that the actor may not search for, or no session to remember it in.
        InputError: a case that cannot be a name.
    """
    session: Session | None = getattr(request.state, "session", None)
    known = {purpose.key: purpose for purpose in purposes_for(site, actor)}
    if session is None or key not in known:
        raise PageError("purpose", 422)
    case = " ".join((case or "").split()) or None
    if case is not None and len(case) > LONGEST_CASE:
        raise InputError(
            "the case was not taken up",
            f"its reference is longer than {LONGEST_CASE} characters",
            "give its number, not its story",
        )
    site.accounts.sessions.choose(session.session_id, purpose=key, matter=case)
    request.state.aim = Aim(known[key], case)
    return Aim(known[key], case)

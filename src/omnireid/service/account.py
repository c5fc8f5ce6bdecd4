"""My account: password, language, sessions, API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi import Path as PathPart
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import MIN_LENGTH, Actor, Permission, Session
from omnireid.errors import AccountError
from omnireid.service.account_words import PERMISSIONS, ROLES
from omnireid.service.browser_name import browser_name
from omnireid.service.cookies import drop_session
from omnireid.service.faults import PageError, headers_of, notice_of, status_of
from omnireid.service.language import choose_language, parse_language
from omnireid.service.permission import ActorOf, SessionOf, signed_in
from omnireid.service.rendering import render
from omnireid.service.sign_in import Password, caller, remember_language
from omnireid.service.site import Site, SiteOf


def _in_browser(session: SessionOf) -> Session:
    """The session, where a key must not do: it could make itself last for ever."""
    if session is None:
        raise PageError("key_here", 403)
    return session


InBrowser = Annotated[Session, Depends(_in_browser)]

router = APIRouter(
    prefix="/account", include_in_schema=False, dependencies=[signed_in(), Depends(_in_browser)]
)

_KEY_DAYS = 90

Number = Annotated[int, PathPart(ge=1, lt=2**63)]
"""The number of a user, session or key in an address."""


@router.get("")
def show(request: Request, site: SiteOf, actor: ActorOf, session: InBrowser) -> Response:
    """Who I am here and what I may do."""
    return _page(request, site, actor, session)


@router.post("/password")
def change_password(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    session: InBrowser,
    current: Password = "",
    password: Password = "",
) -> Response:
    """A new password for the one who knows the present one; other browsers are signed out."""
    try:
        site.accounts.change_password(
            actor.user_id,
            current,
            password,
            address=caller(request),
            keep=session.session_id,
        )
    except AccountError as error:
        return _page(request, site, actor, session, error=error, at="password")
    return _page(request, site, actor, session, done="account_password_changed")


@router.post("/language")
def change_language(
    site: SiteOf, actor: ActorOf, language: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    """The language of the pages, here and wherever I sign in."""
    chosen = parse_language(language)
    response = RedirectResponse("/account", status_code=303)
    if chosen:
        site.accounts.users.set_language(actor.user_id, chosen)
        remember_language(response, chosen)
    return response


@router.post("/sessions/{session_id}/end")
def end_session(site: SiteOf, actor: ActorOf, session_id: Number) -> Response:
    """Sign out of one of my browsers."""
    if all(one.session_id != session_id for one in site.accounts.sessions.of(actor.user_id)):
        raise PageError("missing", 404)
    site.accounts.sessions.close(session_id, by=actor.name)
    return RedirectResponse("/account#sessions", status_code=303)


@router.post("/sessions/end")
def end_sessions(request: Request, site: SiteOf, actor: ActorOf) -> Response:
    """Sign out everywhere, here too."""
    site.accounts.sessions.close_all(actor.user_id, by=actor.name)
    response = RedirectResponse("/sign-in", status_code=303)
    drop_session(request, site, response)
    return response


@router.post("/keys")
def add_key(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    session: InBrowser,
    label: Annotated[str, Form(max_length=200)] = "",
    permission: Annotated[list[Permission] | None, Form()] = None,
    camera: Annotated[list[str] | None, Form()] = None,
    days: Annotated[int, Form(ge=-100_000, le=100_000)] = _KEY_DAYS,
) -> Response:
    """A new API key, shown this once."""
    try:
        secret, _ = site.accounts.keys.add(
            actor.user_id,
            label,
            permission or (),
            by=actor.name,
            lasts=timedelta(days=days),
            cameras=camera or (),
        )
    except AccountError as error:
        return _page(request, site, actor, session, error=error, at="keys")
    return _page(request, site, actor, session, secret=secret)


@router.post("/keys/{key_id}/revoke")
def revoke_key(site: SiteOf, actor: ActorOf, key_id: Number) -> Response:
    """End one of my keys."""
    site.accounts.keys.revoke(key_id, by=actor.name, of_user=actor.user_id)
    return RedirectResponse("/account#keys", status_code=303)


def when(moment: datetime | None) -> str:
    """A moment in the time zone of this machine, as the pages write it."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""


def cameras_of(site: Site, actor: Actor) -> tuple[str, ...]:
    """The cameras of the gallery that the actor sees."""
    every = site.gallery.info().cameras
    return tuple(one for one in every if not actor.cameras or one in actor.cameras)


def _page(
    request: Request,
    site: Site,
    actor: Actor,
    session: Session,
    *,
    error: AccountError | None = None,
    at: str = "",
    done: str = "",
    secret: str = "",
) -> Response:
    language = choose_language(request, site.settings.language)
    user = site.accounts.users.get(actor.user_id)
    now = datetime.now().astimezone()
    values = {
        "user": user,
        "roles": [ROLES[role] for role in sorted(user.roles)],
        "permissions": [(one, PERMISSIONS[one]) for one in sorted(user.permissions)],
        "words": PERMISSIONS,
        "cameras": cameras_of(site, actor),
        "sessions": site.accounts.sessions.of(user.user_id),
        "here": session.session_id,
        "keys": site.accounts.keys.all(user.user_id),
        "key_days": _KEY_DAYS,
        "least": MIN_LENGTH,
        "now": now,
        "when": when,
        "browser_name": browser_name,
        "secret": secret,
        "done": done,
        "at": at,
        "error": notice_of(error, language) if error else None,
    }
    status = status_of(error) if error else 200
    page = render(request, site, "accounts/account.html", values, back="/account", status=status)
    page.headers.update(headers_of(error) if error else {})
    return page

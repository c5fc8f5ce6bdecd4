"""The users of this gallery, for the administrator: list, add, roles, scope, disable, keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import CodeKind, Permission, Role, User
from omnireid.errors import AccountError
from omnireid.governance import Purpose
from omnireid.service.account import Number, when
from omnireid.service.account_words import PERMISSIONS, ROLES
from omnireid.service.faults import notice_of, status_of
from omnireid.service.language import choose_language
from omnireid.service.permission import ActorOf, needs
from omnireid.service.rendering import render
from omnireid.service.sign_in import Name
from omnireid.service.site import Site, SiteOf

router = APIRouter(
    prefix="/users", include_in_schema=False, dependencies=[needs(Permission.ACCOUNTS)]
)

Roles = Annotated[list[Role] | None, Form()]
Names = Annotated[list[str] | None, Form()]


@router.get("")
def show_all(request: Request, site: SiteOf) -> Response:
    """Everyone who may sign in."""
    return _list(request, site)


@router.post("")
def add(
    request: Request, site: SiteOf, actor: ActorOf, name: Name = "", role: Roles = None
) -> Response:
    """A new user, and the one-time code with which that person sets a password."""
    try:
        user = site.accounts.users.add(name, role or (), by=actor.name)
    except AccountError as error:
        return _list(request, site, name=name, chosen=role or [], error=error)
    code = site.accounts.reset(user.user_id, CodeKind.PASSWORD, by=actor.name)
    return _user(request, site, user, code=code)


@router.get("/{user_id}")
def show(request: Request, site: SiteOf, user_id: Number) -> Response:
    """One user."""
    return _user(request, site, site.accounts.users.get(user_id))


@router.post("/{user_id}/roles")
def set_roles(
    request: Request, site: SiteOf, actor: ActorOf, user_id: Number, role: Roles = None
) -> Response:
    """Give the user these roles and no others."""
    try:
        site.accounts.users.set_roles(user_id, role or (), by=actor.name)
    except AccountError as error:
        return _user(request, site, site.accounts.users.get(user_id), error=error)
    return _back(user_id)


@router.post("/{user_id}/scope")
def set_scope(
    site: SiteOf, actor: ActorOf, user_id: Number, camera: Names = None, purpose: Names = None
) -> Response:
    """Restrict the user to these cameras and purposes."""
    site.accounts.users.set_scope(
        user_id, cameras=camera or (), purposes=purpose or (), by=actor.name
    )
    return _back(user_id)


@router.post("/{user_id}/enabled")
def set_enabled(
    request: Request,
    site: SiteOf,
    actor: ActorOf,
    user_id: Number,
    enabled: Annotated[bool, Form()] = False,
) -> Response:
    """Let the user in again, or no longer."""
    try:
        site.accounts.users.set_enabled(user_id, enabled, by=actor.name)
    except AccountError as error:
        return _user(request, site, site.accounts.users.get(user_id), error=error)
    return _back(user_id)


@router.post("/{user_id}/code")
def new_code(request: Request, site: SiteOf, actor: ActorOf, user_id: Number) -> Response:
    """A one-time code for a new password, shown this once."""
    user = site.accounts.users.get(user_id)
    code = site.accounts.reset(user_id, CodeKind.PASSWORD, by=actor.name)
    return _user(request, site, user, code=code)


@router.post("/{user_id}/sessions/end")
def end_sessions(site: SiteOf, actor: ActorOf, user_id: Number) -> Response:
    """Sign the user out everywhere."""
    site.accounts.sessions.close_all(user_id, by=actor.name)
    return _back(user_id)


@router.post("/{user_id}/keys/{key_id}/revoke")
def revoke_key(site: SiteOf, actor: ActorOf, user_id: Number, key_id: Number) -> Response:
    """End one of the user's keys."""
    site.accounts.keys.revoke(key_id, by=actor.name, of_user=user_id)
    return _back(user_id)


def _back(user_id: int) -> Response:
    return RedirectResponse(f"/users/{user_id}", status_code=303)


def _list(
    request: Request,
    site: Site,
    *,
    name: str = "",
    chosen: list[Role] | None = None,
    error: AccountError | None = None,
) -> Response:
    language = choose_language(request, site.settings.language)
    purposes = {one.key: one.name(language) for one in _purposes(site)}
    values = {
        "users": site.accounts.users.all(),
        "roles": [(role, *ROLES[role]) for role in Role],
        "words": ROLES,
        "purposes": purposes,
        "name": name,
        "chosen": chosen or [],
        "error": notice_of(error, language) if error else None,
    }
    status = status_of(error) if error else 200
    return render(request, site, "accounts/users.html", values, back="/users", status=status)


def _user(
    request: Request,
    site: Site,
    user: User,
    *,
    code: str = "",
    error: AccountError | None = None,
) -> Response:
    language = choose_language(request, site.settings.language)
    purposes = {one.key: one.name(language) for one in _purposes(site)}
    values = {
        "user": user,
        "roles": [(role, *ROLES[role]) for role in Role],
        "words": PERMISSIONS,
        # A scope may name what the gallery does not have yet, or no longer.
        "cameras": sorted({*site.gallery.info().cameras, *user.cameras}),
        "purposes": {**{key: key for key in user.purposes}, **purposes},
        "sessions": site.accounts.sessions.of(user.user_id),
        "keys": site.accounts.keys.all(user.user_id),
        "now": datetime.now().astimezone(),
        "when": when,
        "code": code,
        "error": notice_of(error, language) if error else None,
    }
    back = f"/users/{user.user_id}"
    status = status_of(error) if error else 200
    return render(request, site, "accounts/user.html", values, back=back, status=status)


def _purposes(site: Site) -> tuple[Purpose, ...]:
    return site.governance.purposes.all()

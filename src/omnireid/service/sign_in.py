"""The ways in: first start, name and password, one-time codes and links; and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from omnireid.accounts import MIN_LENGTH, Role
from omnireid.errors import AccountError
from omnireid.service.account_words import ROLES, WORKING_ROLES
from omnireid.service.back import local_path
from omnireid.service.cookies import drop_session, set_session
from omnireid.service.csrf import remember_browser
from omnireid.service.faults import PageError, headers_of, notice_of, status_of
from omnireid.service.language import COOKIE, choose_language
from omnireid.service.permission import ActorOf, SessionOf, public, signed_in
from omnireid.service.rendering import render
from omnireid.service.site import Site, SiteOf

router = APIRouter(include_in_schema=False)

_YEAR = 365 * 24 * 3600

Name = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=1000)]
Code = Annotated[str, Form(max_length=100)]
Back = Annotated[str, Form(max_length=4000)]


@router.get("/sign-in", dependencies=[public()])
def show_sign_in(request: Request, site: SiteOf, back: str = "/") -> Response:
    """The form for name and password."""
    if not site.accounts.users.exist():
        return RedirectResponse("/start", status_code=303)
    if request.state.actor is not None:
        return RedirectResponse(local_path(back), status_code=303)
    return _sign_in_page(request, site, back=back)


@router.post("/sign-in", dependencies=[public()])
def sign_in(
    request: Request, site: SiteOf, name: Name = "", password: Password = "", back: Back = "/"
) -> Response:
    """Sign in and go where the person wanted to go."""
    try:
        secret = site.accounts.sign_in(
            name, password, address=caller(request), agent=agent(request)
        )
    except AccountError as error:
        return _sign_in_page(request, site, back=back, name=name, error=error)
    return enter(request, site, secret, back)


@router.post("/sign-out", dependencies=[signed_in()])
def sign_out(request: Request, site: SiteOf, actor: ActorOf, session: SessionOf) -> Response:
    """End the session of this browser."""
    if session:
        site.accounts.sessions.close(session.session_id, by=actor.name)
    response = RedirectResponse("/sign-in", status_code=303)
    drop_session(request, site, response)
    # Pictures that this browser kept are not for the next person at it.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.get("/start", dependencies=[public()])
def show_start(request: Request, site: SiteOf) -> Response:
    """The form of the first start; gone once there is a user."""
    if site.accounts.users.exist():
        return RedirectResponse("/sign-in", status_code=303)
    return _start_page(request, site)


@router.post("/start", dependencies=[public()])
def start(
    request: Request,
    site: SiteOf,
    code: Code = "",
    name: Name = "",
    password: Password = "",
    role: Annotated[list[Role] | None, Form()] = None,
) -> Response:
    """Make the first administrator and sign in as such."""
    roles = [one for one in role or () if one in WORKING_ROLES]
    address = caller(request)
    try:
        user = site.accounts.start(code, name, password, roles, address=address)
    except AccountError as error:
        return _start_page(request, site, code=code, name=name, chosen=roles, error=error)
    secret = site.accounts.sessions.open(
        user.user_id, address=address, agent=agent(request), how="first start"
    )
    # An administrator without a working role sees no items: the users are the place to go on.
    return enter(request, site, secret, "/" if roles else "/users")


@router.get("/password", dependencies=[public()])
def show_new_password(request: Request, site: SiteOf) -> Response:
    """The form for a one-time code and a new password."""
    return _password_page(request, site)


@router.post("/password", dependencies=[public()])
def new_password(
    request: Request, site: SiteOf, code: Code = "", password: Password = ""
) -> Response:
    """Set the password that a one-time code allows, and sign in."""
    address = caller(request)
    try:
        user = site.accounts.new_password(code, password, address=address)
    except AccountError as error:
        return _password_page(request, site, code=code, error=error)
    secret = site.accounts.sessions.open(
        user.user_id, address=address, agent=agent(request), how="one-time code"
    )
    return enter(request, site, secret, "/")


@router.get("/enter", dependencies=[public()])
def show_link(
    request: Request, site: SiteOf, code: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """A button that uses a one-time link, such as `omnireid demo` opens.

    Not used up yet: mail programs and browsers fetch links that nobody clicked.
    """
    if request.state.actor is not None:
        return RedirectResponse("/", status_code=303)
    return _page(request, site, "accounts/link.html", {"code": code}, None, "/sign-in")


@router.post("/enter", dependencies=[public()])
def follow_link(request: Request, site: SiteOf, code: Code = "") -> Response:
    """Sign in by a one-time link."""
    try:
        secret = site.accounts.follow_link(code, address=caller(request), agent=agent(request))
    except AccountError as error:
        return _sign_in_page(request, site, back="/", error=error)
    return enter(request, site, secret, "/")


@router.get("/provider", dependencies=[public()])
def to_provider(
    request: Request, site: SiteOf, back: Annotated[str, Query(max_length=4000)] = "/"
) -> Response:
    """Lead to the provider of the settings."""
    if site.provider is None:
        raise PageError("missing", 404)
    try:
        address = site.provider.begin(
            browser=request.state.browser_secret,
            redirect=str(request.url_for("from_provider")),
            back=local_path(back),
        )
    except AccountError as error:
        return _sign_in_page(request, site, back=back, error=error)
    response = RedirectResponse(address, status_code=303)
    remember_browser(request, response)
    return response


@router.get("/provider/back", dependencies=[public()])
def from_provider(request: Request, site: SiteOf) -> Response:
    """Sign in whom the provider vouches for."""
    if site.provider is None:
        raise PageError("missing", 404)
    try:
        who, back = site.provider.finish(
            dict(request.query_params), browser=request.state.browser_secret
        )
        secret = site.accounts.admit(
            issuer=who.issuer,
            subject=who.subject,
            name=who.name,
            roles=who.roles,
            address=caller(request),
            agent=agent(request),
        )
    except AccountError as error:
        return _sign_in_page(request, site, back="/", error=error)
    return enter(request, site, secret, back)


def enter(request: Request, site: Site, secret: str, back: str) -> Response:
    """Give the browser its session and lead on, in the language that the user reads."""
    response = RedirectResponse(local_path(back), status_code=303)
    set_session(request, site, response, secret)
    found = site.accounts.sessions.find(secret)
    language = site.accounts.users.get(found[0].user_id).language if found else None
    if language:
        remember_language(response, language)
    return response


def remember_language(response: Response, language: str) -> None:
    """Have the pages in this language from now on."""
    response.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax")


def caller(request: Request) -> str:
    """The address from which the request comes."""
    return request.client.host if request.client else "unknown"


def agent(request: Request) -> str:
    """What the browser calls itself."""
    return request.headers.get("user-agent", "")


def _sign_in_page(
    request: Request,
    site: Site,
    *,
    back: str,
    name: str = "",
    error: AccountError | None = None,
) -> Response:
    values = {"name": name, "back": local_path(back), "provider": site.provider_name}
    return _page(request, site, "accounts/sign_in.html", values, error, "/sign-in")


def _start_page(
    request: Request,
    site: Site,
    *,
    code: str = "",
    name: str = "",
    chosen: list[Role] | None = None,
    error: AccountError | None = None,
) -> Response:
    values = {
        "code": code,
        "name": name,
        "roles": [(role, *ROLES[role]) for role in WORKING_ROLES],
        "chosen": list(WORKING_ROLES[:2]) if chosen is None else chosen,
        "least": MIN_LENGTH,
    }
    return _page(request, site, "accounts/start.html", values, error, "/start")


def _password_page(
    request: Request, site: Site, *, code: str = "", error: AccountError | None = None
) -> Response:
    values = {"code": code, "least": MIN_LENGTH}
    return _page(request, site, "accounts/new_password.html", values, error, "/password")


def _page(
    request: Request,
    site: Site,
    template: str,
    values: Mapping[str, object],
    error: AccountError | None,
    back: str,
) -> Response:
    language = choose_language(request, site.settings.language)
    notice = notice_of(error, language) if error else None
    status = status_of(error) if error else 200
    page = render(request, site, template, {**values, "error": notice}, back=back, status=status)
    page.headers.update(headers_of(error) if error else {})
    return page

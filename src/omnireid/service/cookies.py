"""The cookies of a session: sent to this service alone, out of reach of scripts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from omnireid.service.site import Site


def session_cookie(request: Request, site: Site) -> str:
    """The name of the cookie that holds the session."""
    return _name(request, site, "session")


def browser_cookie(request: Request, site: Site) -> str:
    """The name of the cookie that forms belong to before anybody has signed in."""
    return _name(request, site, "form")


def set_session(request: Request, site: Site, response: Response, secret: str) -> None:
    """Sign the browser in. The cookie ends with the browser, the session by itself."""
    response.set_cookie(
        session_cookie(request, site),
        secret,
        httponly=True,
        # Lax: whoever follows a link in a mail to a case stays signed in. Forms are guarded by a
        # token of their own.
        samesite="lax",
        secure=_is_secure(request),
    )


def drop_session(request: Request, site: Site, response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(
        session_cookie(request, site), secure=_is_secure(request), httponly=True, samesite="lax"
    )


def _name(request: Request, site: Site, what: str) -> str:
    # Cookies do not tell ports apart, so the gallery is part of the name. __Host-: browsers refuse
    # such a cookie from a neighbouring host or without TLS.
    prefix = "__Host-" if _is_secure(request) else ""
    return f"{prefix}omnireid-{what}-{site.accounts.place}"


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"

"""That a change was asked for on a page of this service, and not by another site's page.

A token of the browser's own cookie (synchroniser token) comes back with each form as a field and
with each htmx request as a header; what the browser tells of the sender is checked beside it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from jinja2.ext import Extension
from starlette.requests import Request
from starlette.responses import Response

from omnireid.service.faults import PageError

FIELD, HEADER = "csrf", "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MAX_FILES, MAX_FIELDS = 200, 2000
_POST_FORM = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>', re.IGNORECASE)


class FormToken(Extension):
    """Puts the token into every form of the templates, so that none can forget it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - the signature is Jinja's
        """The template with a hidden field in each form that posts."""
        field = f'<input type="hidden" name="{FIELD}" value="{{{{ csrf }}}}">'
        return _POST_FORM.sub(lambda form: form[0] + field, source)


def changes(request: Request) -> bool:
    """Whether the request's method is one that changes something."""
    return request.method not in _SAFE


def token_of(request: Request) -> str:
    """The token that this browser's forms carry; empty where the gate did not look at it."""
    secret: str = getattr(request.state, "browser_secret", "")
    return token_for(secret) if secret else ""


def token_for(browser_secret: str) -> str:
    """The token that belongs to a cookie, and does not tell it."""
    return hmac.new(browser_secret.encode(), b"omnireid form", hashlib.sha256).hexdigest()


def new_browser_secret() -> str:
    """A secret for a browser in which nobody is signed in yet."""
    return secrets.token_urlsafe(24)


def check_sender(request: Request) -> None:
    """Look at what the browser itself tells of where the request comes from.

    Raises:
        PageError: it comes from a page of another site.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site not in (None, "same-origin", "none")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        foreign = True
    if foreign:
        raise PageError("csrf", 403)


def proven_by_header(request: Request) -> bool:
    """Whether the header carries the token."""
    return _is_token(request, request.headers.get(HEADER, ""))


async def check_form(request: Request) -> None:
    """Look for the token in the form that the request carries.

    Raises:
        PageError: it is not there.
    """
    given: object = ""
    if request.headers.get("content-type", "").startswith(_FORMS):
        form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)
        given = form.get(FIELD, "")
    if not isinstance(given, str) or not _is_token(request, given):
        raise PageError("csrf", 403)


def _is_token(request: Request, given: str) -> bool:
    token = token_of(request)
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def remember_browser(request: Request, response: Response) -> None:
    """Give a browser without a session the cookie that its forms' token belongs to."""
    fresh: str | None = getattr(request.state, "browser_cookie", None)
    if fresh:
        response.set_cookie(
            fresh,
            request.state.browser_secret,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

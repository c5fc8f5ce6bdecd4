"""The gate before every route: who calls, and whether the route lets them, before a byte of the
body is read. What declares nothing is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from anyio import to_thread
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from omnireid.accounts import Actor, Session
from omnireid.errors import OmniReIDError
from omnireid.service.cookies import browser_cookie, session_cookie
from omnireid.service.csrf import changes, check_sender, new_browser_secret, proven_by_header
from omnireid.service.faults import PageError
from omnireid.service.permission import Rule, rules_of
from omnireid.service.site import Site

Refuse = Callable[[Request, PageError | OmniReIDError], Response]
_BEARER = "bearer "


@dataclass(frozen=True)
class _Declared:
    path: re.Pattern[str]
    methods: frozenset[str]
    rules: tuple[Rule, ...]


class Gate:
    """Judges every request by what its route declares."""

    def __init__(
        self, app: ASGIApp, *, site: Site, routers: Iterable[APIRouter], refuse: Refuse
    ) -> None:
        self._app, self._site, self._refuse = app, site, refuse
        self._declared = [
            _Declared(route.path_regex, frozenset(route.methods or ()), rules_of(route))
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The style sheets are the same for everyone: not worth a look at the ledger.
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        rules = self._rules(scope["path"], scope["method"])
        try:
            await self._judge(request, rules)
        except (PageError, OmniReIDError) as error:
            answer = await to_thread.run_sync(self._refusal, request, error)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _rules(self, path: str, method: str) -> tuple[Rule, ...] | None:
        """What the route for this address declares; None where there is no such route."""
        for declared in self._declared:
            if method in declared.methods and declared.path.match(path):
                return declared.rules
        return None

    async def _judge(self, request: Request, rules: tuple[Rule, ...] | None) -> None:
        state = request.state
        state.declared = bool(rules)
        everyone = rules is None or any(rule.everyone for rule in rules)
        try:
            await self._recognise(request)
        except OmniReIDError:
            # A page for everyone, such as the health of a damaged gallery, needs no ledger.
            if not everyone:
                raise
            _nobody(request, self._site)
        if rules is None:
            return
        if not rules:
            raise PageError("undeclared", 403)
        for rule in rules:
            rule.judge(state.actor)
        if changes(request) and not state.by_key:
            check_sender(request)
            state.proven = proven_by_header(request)

    async def _recognise(self, request: Request) -> None:
        """Find out who calls: by a key, else by the session's cookie."""
        state, accounts = request.state, self._site.accounts
        header = request.headers.get("authorization", "")
        if header.lower().startswith(_BEARER):
            key = header[len(_BEARER) :].strip()
            state.actor = await to_thread.run_sync(accounts.keys.find, key)
            state.session, state.by_key, state.proven = None, True, True
            state.browser_secret = ""
            return
        _nobody(request, self._site)
        secret = request.cookies.get(session_cookie(request, self._site), "")
        found: tuple[Actor, Session] | None = None
        if secret:
            found = await to_thread.run_sync(accounts.sessions.find, secret)
        if found:
            state.actor, state.session = found
            state.browser_secret, state.browser_cookie = secret, None

    def _refusal(self, request: Request, error: PageError | OmniReIDError) -> Response:
        if not isinstance(error, PageError) or error.key != "sign_in":
            return self._refuse(request, error)
        if request.url.path.startswith("/api/"):
            answer = self._refuse(request, error)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if request.headers.get("hx-request"):
            answer = self._refuse(request, error)
            answer.headers["HX-Redirect"] = self._door(request.headers.get("hx-current-url", ""))
            return answer
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(self._door(str(request.url)), status_code=303)
        return self._refuse(request, error)

    def _door(self, wanted: str) -> str:
        """Where to sign in, and to come back from."""
        if not self._site.accounts.users.exist():
            return "/start"
        parts = urlsplit(wanted)
        back = parts.path + (f"?{parts.query}" if parts.query else "")
        return f"/sign-in?{urlencode({'back': back})}" if back not in ("", "/") else "/sign-in"


def _nobody(request: Request, site: Site) -> None:
    state = request.state
    state.actor, state.session, state.by_key, state.proven = None, None, False, False
    name = browser_cookie(request, site)
    kept = request.cookies.get(name, "")
    state.browser_secret = kept or new_browser_secret()
    state.browser_cookie = None if kept else name


def deny_undeclared(request: Request) -> None:
    """A dependency of every route: refuse one that was added past the gate.

    Raises:
        PageError: the gate knows no rule for it.
    """
    if not getattr(request.state, "declared", False):
        raise PageError("undeclared", 403)

"""What stands outermost: every request gets an id, a line in the log and a place in the metrics."""

from __future__ import annotations

import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omnireid.accounts.permissions import Actor
from omnireid.service.logs import entry
from omnireid.service.metrics import Metrics

REQUEST_ID_HEADER = "X-Request-Id"

_log = logging.getLogger("omnireid.request")


class Observed:
    """Times each request. The log and the metrics name the route's template, never the address."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Made here and not taken over: an id of the sender's could hold anything.
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500  # unless an answer starts: then a fault went past everything

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, send_named)
        finally:
            took = time.perf_counter() - began
            method, route = scope["method"], route_template(scope)
            self._metrics.observe_request(method, route, status, took)
            actor: Actor | None = scope["state"].get("actor")
            _log.log(
                logging.INFO if status < 500 else logging.ERROR,
                "request",
                extra=entry(
                    request_id=request_id,
                    method=method,
                    route=route,
                    status=status,
                    ms=round(took * 1000, 1),
                    user=actor.user_id if actor else None,
                    key=actor.key_id if actor else None,
                ),
            )


def route_template(scope: Scope) -> str:
    """The route that answered, as it is declared; a mount by its name, an unknown address as such.

    Only what the program declares: addresses hold what people asked for.
    """
    path: str | None = getattr(scope.get("route"), "path", None)
    if path is not None:
        return path
    return "/static" if scope["path"].startswith("/static/") else "unmatched"


def request_id_of(request: Request) -> str:
    """The id under which the log holds this request; empty outside the service."""
    name: str = getattr(request.state, "request_id", "")
    return name

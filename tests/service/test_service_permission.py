"""Who may call which route: everything is closed that does not say otherwise."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from omnireid.accounts import Permission
from omnireid.service import app as service_app
from omnireid.service.permission import Rule, needs, public, rules_of, signed_in

ROUTES = [
    route
    for router in service_app.ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
]
OPEN = {
    "/health/live",
    "/health/ready",
    "/language/{code}",
    "/sign-in",
    "/start",
    "/password",
    "/enter",
    "/provider",
    "/provider/back",
}
"""The addresses that need no session. Adding one here is a decision, not a formality."""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_route_declares_who_may_call_it(route: APIRoute) -> None:
    rules = rules_of(route)
    assert rules, f"{route.path} declares nothing: add dependencies=[needs(Permission.…)]"
    assert (Rule(None, everyone=True) in rules) == (route.path in OPEN)


def test_what_is_beside_the_routers_is_known(app: FastAPI) -> None:
    beside = {getattr(route, "path", None) for route in app.routes}
    assert beside <= {None, "/openapi.json", "/static"} | {route.path for route in ROUTES}


def test_a_route_that_declares_nothing_and_one_past_the_gate_are_refused(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    @app.get("/past")
    def past() -> str:
        return "secret"

    assert client.get("/past").status_code == 403
    router = APIRouter()

    @router.get("/undeclared")
    def undeclared() -> str:
        return "secret"

    monkeypatch.setattr(service_app, "ROUTERS", (*service_app.ROUTERS, router))
    site = app.state.site
    other = service_app.create_app(site.gallery, site.encoder, site.settings)
    answer = TestClient(other, base_url="http://127.0.0.1").get("/undeclared")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_rules_of_a_router_and_of_a_route_add_up() -> None:
    router = APIRouter(dependencies=[signed_in()])

    @router.get("/a", dependencies=[needs(Permission.AUDIT)])
    def both() -> None: ...

    @router.get("/b")
    def one() -> None: ...

    first, second = router.routes
    assert rules_of(first) == (Rule(None), Rule(Permission.AUDIT))
    assert rules_of(second) == (Rule(None),)
    assert public().dependency.everyone

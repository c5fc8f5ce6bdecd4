"""Every route x {nobody, an ended session, each role, each kind of key}."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response
from service_clients import ADDRESS, ClientAs, bearer, signed_in

from omnireid.accounts import GRANTS, Permission, Role
from omnireid.service.app import ROUTERS
from omnireid.service.permission import rules_of
from omnireid.service.site import Site

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
CLOSED = [route for route in ROUTES if not any(rule.everyone for rule in rules_of(route))]
FORBIDDEN, CSRF = "You may not do this", "Nothing was changed"


def call(client: TestClient, route: APIRoute) -> list[Response]:
    """One request a method, to an address of a thing that is not there."""
    path = re.sub(r"\{[^}]*\}", "999999", route.path)
    return [
        client.request(method, path, headers={"Accept": "text/html"}, follow_redirects=False)
        for method in sorted(route.methods)
    ]


def wanted(route: APIRoute) -> set[Permission]:
    return {rule.permission for rule in rules_of(route) if rule.permission}


def is_sign_in(answer: Response) -> bool:
    if answer.status_code == 303:
        return answer.headers["location"].startswith("/sign-in")
    return answer.status_code == 401


def test_nobody_gets_past_the_gate(anonymous: TestClient, client_as: ClientAs) -> None:
    client_as(Role.VIEWER)  # or the way would lead to the first start
    for route in CLOSED:
        for answer in call(anonymous, route):
            assert is_sign_in(answer), route.path
            assert answer.status_code != 303 or answer.request.method == "GET"


def test_nor_does_a_session_that_ended(app: FastAPI, site: Site, client_as: ClientAs) -> None:
    client_as(Role.REVIEWER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR, name="late")
    late = signed_in(app, "late")
    assert late.get("/account").status_code == 200
    site.accounts.sessions.close_all(site.accounts.users.named("late").user_id, by="late")
    for route in CLOSED:
        assert all(is_sign_in(answer) for answer in call(late, route)), route.path


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_gets_where_it_may_and_nowhere_else(
    client_as: ClientAs, role: Role | None
) -> None:
    client = client_as(*([role] if role else []))
    # Without the form's token a change is refused, but only after the right to it was judged:
    # so every route can be tried and nothing happens.
    del client.headers["X-CSRF-Token"]
    granted = GRANTS[role] if role else frozenset()
    for route in CLOSED:
        for answer in call(client, route):
            told = answer.text
            if wanted(route) <= granted:
                assert FORBIDDEN not in told, route.path
                if answer.request.method != "GET":
                    assert answer.status_code == 403, route.path
                    assert CSRF in told, route.path
                else:
                    assert answer.status_code < 500, route.path
                    assert not is_sign_in(answer), route.path
            else:
                assert answer.status_code == 403, route.path
                assert FORBIDDEN in told, route.path


def test_a_key_does_what_it_was_made_for_alone(
    app: FastAPI, site: Site, client: TestClient
) -> None:
    assert client.get("/account").status_code == 200
    owner = site.accounts.users.named("everyone")
    secret, _ = site.accounts.keys.add(
        owner.user_id, "test", [Permission.VIEW], by="(test)", lasts=timedelta(days=1)
    )
    program = bearer(app, secret)
    for route in CLOSED:
        for answer in call(program, route):
            if wanted(route) <= {Permission.VIEW}:
                assert answer.status_code < 500
                assert FORBIDDEN not in answer.text, route.path
            else:
                assert answer.status_code == 403, route.path
                assert FORBIDDEN in answer.text, route.path


def test_a_wrong_key_is_nobody_though_a_cookie_comes_with_it(
    app: FastAPI, client: TestClient
) -> None:
    client.headers["Authorization"] = "Bearer omr_00000000_wrong"
    for route in CLOSED:
        assert all(is_sign_in(answer) for answer in call(client, route)), route.path
    for header in ("Bearer", "Bearer  ", "bearer x\x7fy", "Basic c2F0bzpzYXRv"):
        anonymous = TestClient(app, base_url=ADDRESS, headers={"Authorization": header})
        assert anonymous.get("/api/v1/items").status_code == 401
        assert anonymous.get("/api/v1/items").headers["www-authenticate"] == "Bearer"

"""The administrator's pages of users, and what they leave in the audit log."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from service_clients import ADDRESS, PASSWORD, ClientAs

from omnireid.accounts import Role
from omnireid.service.site import Site


@pytest.fixture
def admin(client_as: ClientAs) -> TestClient:
    """A browser in which an administrator is signed in, who is nothing else."""
    return client_as(Role.ADMINISTRATOR, name="sato")


def test_a_user_is_added_scoped_disabled_and_enabled(
    app: FastAPI, admin: TestClient, site: Site
) -> None:
    made = admin.post("/users", data={"name": "Ito", "role": ["searcher", "viewer"]})
    code = re.search(r'<output class="secret">([A-Z0-9-]{23})<', made.text)
    assert code
    user = site.accounts.users.named("ito")
    assert user.roles == {Role.SEARCHER, Role.VIEWER}
    listed = admin.get("/users").text
    assert "Ito" in listed
    assert "no password yet" in listed
    assert code[1] not in listed
    page = f"/users/{user.user_id}"
    assert code[1] not in admin.get(page).text
    admin.post(f"{page}/scope", data={"camera": "red gate", "purpose": "system_test"})
    scoped = site.accounts.users.get(user.user_id)
    assert (scoped.cameras, scoped.purposes) == (("red gate",), ("system_test",))
    assert "red gate" in admin.get("/users").text
    admin.post(f"{page}/roles", data={"role": "reviewer"})
    assert site.accounts.users.get(user.user_id).roles == {Role.REVIEWER}
    guest = TestClient(app, base_url=ADDRESS, headers={"Accept-Language": "en"})
    token = re.search(r'name="csrf" value="(\w+)"', guest.get("/password").text)
    assert token
    guest.post("/password", data={"csrf": token[1], "code": code[1], "password": PASSWORD})
    assert guest.get("/account").status_code == 200
    admin.post(f"{page}/enabled", data={"enabled": "false"})
    assert guest.get("/account").status_code == 401
    assert "disabled" in admin.get("/users").text
    admin.post(f"{page}/enabled", data={"enabled": "true"})
    assert site.accounts.users.get(user.user_id).disabled is None


@pytest.mark.parametrize(
    ("address", "data", "told"),
    [
        ("/users", {"name": "SATO"}, "the name SATO is taken"),
        ("/users", {"name": " "}, "1 to 64 characters"),
        ("/users", {"name": "ito", "role": ["administrator", "auditor"]}, "nobody is both"),
        ("/users/{me}/roles", {"role": ["viewer"]}, "nobody would be left"),
        ("/users/{me}/roles", {"role": ["auditor"]}, "nobody is both"),
        ("/users/{me}/enabled", {"enabled": "false"}, "nobody would be left"),
    ],
)
def test_what_may_not_be_is_said_on_the_page(
    admin: TestClient, site: Site, address: str, data: dict[str, object], told: str
) -> None:
    before = site.accounts.users.all()
    me = site.accounts.users.named("sato").user_id
    page = admin.post(address.format(me=me), data=data)
    assert page.status_code == 422
    assert told in page.text
    assert site.accounts.users.all() == before


def test_unknown_users_and_roles(admin: TestClient) -> None:
    for address in ("/users/999", "/users/99999999999999999999", "/users/x", "/users/-1"):
        assert admin.get(address).status_code in (404, 422)
    assert admin.post("/users", data={"name": "ito", "role": "king"}).status_code == 422
    assert admin.post("/users/999/roles", data={}).status_code == 404


def test_a_name_is_text_on_the_page(admin: TestClient) -> None:
    name = "<b>\"x\"</b> 'y' &amp;"
    page = admin.post("/users", data={"name": name})
    assert "<b>" + '"x"' not in page.text + admin.get("/users").text
    assert "&lt;b&gt;" in admin.get("/users").text


def test_the_audit_log_holds_who_changed_what(admin: TestClient, site: Site) -> None:
    admin.post("/users", data={"name": "ito", "role": "searcher"})
    user = site.accounts.users.named("ito")
    admin.post(f"/users/{user.user_id}/roles", data={"role": "reviewer"})
    admin.post(f"/users/{user.user_id}/enabled", data={"enabled": "false"})
    taken = [(one.actor, one.action) for one in site.audit.oldest_first()]
    for action in ("account.add", "account.code", "account.role", "account.disable"):
        assert ("sato", action) in taken
    change = next(one for one in site.audit.oldest_first() if one.action == "account.role")
    assert change.details["before"] == ["searcher"]
    assert change.details["roles"] == ["reviewer"]

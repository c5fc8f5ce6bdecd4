"""That no other site's page can change anything here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from service_clients import PASSWORD, ClientAs, bearer

import omnireid.service
from omnireid.accounts import Permission, Role
from omnireid.service.csrf import token_for
from omnireid.service.site import Site

_TEMPLATES = Path(omnireid.service.__file__).parent / "templates"


@pytest.fixture
def sato(client_as: ClientAs) -> Iterator[TestClient]:
    """A browser in which an administrator is signed in; it sends no token by itself."""
    client = client_as(Role.ADMINISTRATOR, name="sato")
    client.token = client.headers.pop("X-CSRF-Token")  # type: ignore[attr-defined]
    return client


def add(client: TestClient, headers: dict[str, str] | None = None, **fields: str) -> int:
    answer = client.post("/users", data={"name": "ito", **fields}, headers=headers)
    return answer.status_code


def test_a_change_needs_the_token(sato: TestClient, site: Site) -> None:
    token: str = sato.token  # type: ignore[attr-defined]
    other = token_for("the cookie of another browser")
    for wrong in ({}, {"csrf": ""}, {"csrf": other}, {"csrf": token.upper()}, {"csrf": "é"}):
        assert add(sato, **wrong) == 403
        assert add(sato, {"X-CSRF-Token": wrong.get("csrf", "").encode("ascii", "ignore").decode()},
                   **wrong) == 403  # fmt: skip
    assert len(site.accounts.users.all()) == 1
    assert add(sato, csrf=token) == 200
    assert add(sato, {"X-CSRF-Token": token}, name="abe") == 200


def test_a_token_in_the_address_or_in_json_counts_for_nothing(sato: TestClient) -> None:
    token: str = sato.token  # type: ignore[attr-defined]
    assert sato.post(f"/users?csrf={token}", data={"name": "ito"}).status_code == 403
    assert sato.post("/users", json={"name": "ito", "csrf": token}).status_code in (403, 422)
    assert sato.post("/users", content=f"name=ito&csrf={token}",
                     headers={"Content-Type": "text/plain"}).status_code in (403, 422)  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_sender_elsewhere_is_refused_though_it_has_the_token(
    sato: TestClient, site: Site, headers: dict[str, str]
) -> None:
    token: str = sato.token  # type: ignore[attr-defined]
    assert add(sato, headers, csrf=token) == 403
    assert len(site.accounts.users.all()) == 1


def test_a_sender_here_is_heard(sato: TestClient) -> None:
    token: str = sato.token  # type: ignore[attr-defined]
    here = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert add(sato, here, csrf=token) == 200


def test_signing_in_needs_the_token_of_this_browser(
    app: FastAPI, anonymous: TestClient, client_as: ClientAs, site: Site
) -> None:
    client_as(Role.VIEWER, name="ito")
    fields = {"name": "ito", "password": PASSWORD}
    assert anonymous.post("/sign-in", data=fields).status_code == 403
    page = anonymous.get("/sign-in")
    token = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert token
    stranger = TestClient(app, base_url="http://127.0.0.1:8000")
    assert stranger.post("/sign-in", data={**fields, "csrf": token[1]}).status_code == 403
    assert anonymous.post("/sign-in", data={**fields, "csrf": token[1]}).url.path == "/"
    assert len(site.accounts.sessions.of(site.accounts.users.named("ito").user_id)) == 2


def test_an_upload_needs_it_too(client: TestClient) -> None:
    token = client.headers.pop("X-CSRF-Token")
    files = {"rgb": ("a.png", b"no picture", "image/png")}
    assert client.post("/search", files=files).status_code == 403
    assert client.post("/search", files=files, data={"csrf": token}).status_code == 422


def test_a_program_with_a_key_needs_none(app: FastAPI, site: Site, client: TestClient) -> None:
    assert client.get("/account").status_code == 200
    secret, _ = site.accounts.keys.add(
        site.accounts.users.named("everyone").user_id,
        "test",
        [Permission.VIEW, Permission.SEARCH],
        by="(test)",
        lasts=timedelta(days=1),
    )
    program = bearer(app, secret)
    answer = program.post("/api/v1/search", data={"text": "red", "purpose": "system_test"},
                          headers={"Origin": "https://report.example"})  # fmt: skip
    assert answer.status_code == 200
    # The API does not take a browser's cookie for a key.
    del client.headers["X-CSRF-Token"]
    refused = client.post("/api/v1/search", data={"text": "red", "purpose": "system_test"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "CSRF"


def test_every_form_of_the_templates_carries_it() -> None:
    from omnireid.service.rendering import _templates

    posting = 0
    for path in _TEMPLATES.rglob("*.html"):
        name = path.relative_to(_TEMPLATES).as_posix()
        written = path.read_text("utf-8")
        tags = re.findall(r"<form\b[^>]*>", written)
        forms = [tag for tag in tags if re.search(r'method="post"', tag, re.IGNORECASE)]
        # No form sends by a method that the token's rule does not see.
        assert all(re.search(r'method="(post|get|dialog)"', tag, re.I) for tag in tags), name
        read = _templates.env if hasattr(_templates, "env") else _templates
        prepared = read.extensions["omnireid.service.csrf.FormToken"].preprocess(written, name)
        assert prepared.count('name="csrf"') == len(forms), name
        posting += len(forms)
    assert posting > 20

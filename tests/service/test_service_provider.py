"""Signing in at a provider, from the sign-in page and back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from service_clients import ADDRESS, ClientAs

from colour_encoder import ColourEncoder
from omnireid.accounts import Role
from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.service import create_app
from omnireid.service.provided import provider_of
from omnireid.service.site import Site
from omnireid.settings import Settings
from small_provider import CLIENT, SECRET, SmallProvider


@pytest.fixture
def small() -> Iterator[SmallProvider]:
    running = SmallProvider()
    yield running
    running.close()


@pytest.fixture
def app(gallery: Gallery, small: SmallProvider) -> FastAPI:
    """The service, with the provider configured."""
    settings = Settings(
        oidc_issuer=small.issuer,
        oidc_name="Example Works",
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_roles={"reid-reviewers": "reviewer", "reid-admins": "administrator"},
    )
    return create_app(gallery, ColourEncoder(), settings)


def go(client: TestClient, small: SmallProvider, back: str = "/account") -> Response:
    """What a browser does: to the provider, and back."""
    away = client.get("/provider", params={"back": back}, follow_redirects=False)
    assert away.status_code == 303
    return client.get(small.authorize(away.headers["location"]))


def test_a_person_comes_in_by_the_provider(
    anonymous: TestClient, client_as: ClientAs, small: SmallProvider, site: Site
) -> None:
    client_as(Role.ADMINISTRATOR, name="first")
    page = anonymous.get("/sign-in?back=/account")
    assert "Sign in with Example Works" in page.text
    entered = go(anonymous, small)
    assert str(entered.url) == f"{ADDRESS}/account"
    user = site.accounts.users.named("sato")
    assert user.roles == {Role.REVIEWER}
    assert 'action="/account/password"' not in entered.text
    taken = [one.action for one in site.audit.oldest_first() if one.actor == "sato"]
    assert taken == ["account.sign_in"]


def test_a_refused_or_forged_return_signs_nobody_in(
    app: FastAPI, anonymous: TestClient, client_as: ClientAs, small: SmallProvider, site: Site
) -> None:
    client_as(Role.ADMINISTRATOR, name="first")
    small.groups = ["canteen"]
    answer = go(anonymous, small)
    assert answer.status_code == 403
    assert "none of your groups there has a role here" in answer.text
    small.groups = ["reid-reviewers"]
    away = anonymous.get("/provider", follow_redirects=False)
    back = small.authorize(away.headers["location"])
    # An attacker's sign-in, slipped to another browser.
    victim = TestClient(app, base_url=ADDRESS, headers={"Accept-Language": "en"})
    refused = victim.get(back)
    assert refused.status_code == 401
    assert "not begun in this browser" in refused.text
    for query in ("", "?state=x&code=y", "?error=x", "?state=%00", f"?state={'x' * 5000}"):
        assert anonymous.get(f"/provider/back{query}").status_code == 401
    assert len(site.accounts.users.all()) == 1


def test_a_provider_that_is_gone_leaves_the_other_way_open(
    anonymous: TestClient, client_as: ClientAs, small: SmallProvider
) -> None:
    client_as(Role.VIEWER, name="ito")
    small.close()
    page = anonymous.get("/provider")
    assert page.status_code == 401
    assert "cannot be reached" in page.text
    assert re.search(r'name="password"', page.text)


@pytest.mark.parametrize(
    "changed",
    [
        {"oidc_client_id": ""},
        {"oidc_roles": {"x": "king"}},
        {"oidc_issuer": "http://login.example"},
    ],
)
def test_a_provider_that_is_configured_wrongly(changed: dict[str, object]) -> None:
    right = {"oidc_issuer": "https://login.example", "oidc_client_id": "x"}
    with pytest.raises(InputError) as error:
        provider_of(Settings(**{**right, **changed}))
    assert error.value.to_do


def test_without_configuration_there_is_none(gallery: Gallery) -> None:
    plain = create_app(gallery, ColourEncoder(), Settings())
    client = TestClient(plain, base_url=ADDRESS)
    assert client.get("/provider").status_code == 404
    assert client.get("/provider/back").status_code == 404

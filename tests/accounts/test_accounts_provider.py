"""Signing in at an OpenID Connect provider that the test itself runs."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from account_fakes import PASSWORD
from joserfc import jwt
from joserfc.jwk import RSAKey

from omnireid.accounts import Accounts, Role, User
from omnireid.accounts.provider import Identity, Provider, ProviderConfig
from omnireid.errors import AccountError, InputError
from small_provider import CLIENT, SECRET, SmallProvider

BACK = "http://127.0.0.1:8000/provider/back"
ROLES = {"reid-reviewers": Role.REVIEWER, "reid-audit": Role.AUDITOR, "admins": Role.ADMINISTRATOR}


@pytest.fixture
def small() -> Iterator[SmallProvider]:
    """The provider."""
    running = SmallProvider()
    yield running
    running.close()


def config(issuer: str, **other: Any) -> ProviderConfig:
    return ProviderConfig(
        **{
            "name": "Example",
            "issuer": issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "scopes": "openid profile",
            "name_claim": "preferred_username",
            "role_claim": "groups",
            "roles": ROLES,
            **other,
        }
    )


@pytest.fixture
def provider(small: SmallProvider) -> Provider:
    """Our side of it."""
    return Provider(config(small.issuer))


def come_back(small: SmallProvider, provider: Provider, browser: str = "b") -> dict[str, str]:
    address = provider.begin(browser=browser, redirect=BACK, back="/cases")
    query = parse_qs(urlsplit(small.authorize(address)).query)
    return {name: values[0] for name, values in query.items()}


def sign_in(small: SmallProvider, provider: Provider) -> Identity:
    who, back = provider.finish(come_back(small, provider), browser="b")
    assert back == "/cases"
    return who


def test_who_signs_in_there_is_known_here(small: SmallProvider, provider: Provider) -> None:
    who = sign_in(small, provider)
    assert who == Identity(small.issuer, "u-17", "sato", frozenset({Role.REVIEWER}))
    sign_in(small, provider)
    assert small.asked_for_keys == 1


def test_an_answer_counts_once_and_in_the_browser_that_began(
    small: SmallProvider, provider: Provider
) -> None:
    answer = come_back(small, provider)
    for browser, changed in (("other", answer), ("b", {**answer, "state": "invented"}), ("b", {})):
        with pytest.raises(AccountError, match="not begun in this browser"):
            provider.finish(changed, browser=browser)
    # The attempt of the other browser has used it up.
    with pytest.raises(AccountError):
        provider.finish(answer, browser="b")


def test_an_answer_that_takes_too_long(small: SmallProvider) -> None:
    now = [time.time()]
    provider = Provider(config(small.issuer), clock=lambda: now[0])
    answer = come_back(small, provider)
    now[0] += 601
    with pytest.raises(AccountError, match="took too long"):
        provider.finish(answer, browser="b")


def test_a_refusal_there_is_said_here(small: SmallProvider, provider: Provider) -> None:
    state = come_back(small, provider)["state"]
    with pytest.raises(AccountError, match="access_denied"):
        provider.finish({"state": state, "error": "access_denied"}, browser="b")


def test_another_provider_cannot_answer(small: SmallProvider, provider: Provider) -> None:
    answer = come_back(small, provider) | {"iss": "https://evil.example"}
    with pytest.raises(AccountError, match="another provider answered"):
        provider.finish(answer, browser="b")


def test_a_stolen_code_is_worth_nothing(small: SmallProvider, provider: Provider) -> None:
    stolen = come_back(small, provider)["code"]
    own = come_back(small, provider)
    with pytest.raises(AccountError, match="code was not accepted"):
        provider.finish({**own, "code": stolen}, browser="b")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(iss="https://evil.example"),
        lambda c: c.update(aud="another program"),
        lambda c: c.update(aud=[CLIENT, "another"]),
        lambda c: c.update(azp="another"),
        lambda c: c.update(nonce="of an earlier time"),
        lambda c: c.pop("nonce"),
        lambda c: c.update(exp=int(time.time()) - 120),
        lambda c: c.pop("exp"),
        lambda c: c.update(iat=int(time.time()) + 3600),
        lambda c: c.pop("sub"),
    ],
)
def test_a_token_with_wrong_claims(
    small: SmallProvider, provider: Provider, change: Callable[[dict[str, Any]], None]
) -> None:
    small.change = change
    with pytest.raises(AccountError) as error:
        sign_in(small, provider)
    assert error.value.refusal == "provider"


def by_hand(header: dict[str, str], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token as a forger writes it, whose library warns of nothing."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    body = ".".join(part(json.dumps(one).encode()) for one in (header, claims))
    mac = b"" if secret is None else hmac.digest(secret, body.encode(), "sha256")
    return f"{body}.{part(mac)}"


def test_a_token_of_another_key_or_of_none(small: SmallProvider, provider: Provider) -> None:
    forger = RSAKey.generate_key(2048, {"kid": "first"})
    public = small.key.as_pem(private=False)
    forgeries = [
        lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, claims, forger),
        # The public key as a shared secret.
        lambda claims: by_hand({"alg": "HS256", "kid": "first"}, claims, public),
        lambda claims: by_hand({"alg": "none"}, claims, None),
        lambda claims: small._sign(claims)[:-8] + "AAAAAAAA",
        lambda _: "no.token.atall",
        lambda _: "",
    ]
    for forge in forgeries:
        small.sign = forge
        with pytest.raises(AccountError, match="cannot be trusted"):
            sign_in(small, provider)


def test_changed_keys_are_fetched_anew(small: SmallProvider, provider: Provider) -> None:
    sign_in(small, provider)
    small.key = RSAKey.generate_key(2048, {"kid": "second"})
    assert sign_in(small, provider).subject == "u-17"
    assert small.asked_for_keys == 2


def test_somebody_without_a_role_here(small: SmallProvider, provider: Provider) -> None:
    for groups in ([], ["canteen"], None):
        small.groups = groups  # type: ignore[assignment]
        with pytest.raises(AccountError) as error:
            sign_in(small, provider)
        assert error.value.refusal == "provider_user"


def test_a_provider_that_is_gone_or_is_another(small: SmallProvider) -> None:
    with pytest.raises(AccountError, match="cannot be reached"):
        Provider(config("http://127.0.0.1:9")).begin(browser="b", redirect=BACK, back="/")
    with pytest.raises(AccountError, match=r"another issuer|cannot be reached"):
        Provider(config(small.issuer + "/")).begin(browser="b", redirect=BACK, back="/")
    with pytest.raises(InputError, match="https"):
        config("http://login.example")


def test_the_providers_word_makes_and_changes_the_user(accounts: Accounts, sato: User) -> None:
    def admit(*roles: Role, subject: str = "u-17", name: str = "sato") -> User:
        secret = accounts.admit(
            issuer="https://login.example",
            subject=subject,
            name=name,
            roles=frozenset(roles),
            address="a",
            agent="",
        )
        found = accounts.sessions.find(secret)
        assert found
        return accounts.users.get(found[0].user_id)

    # The name is taken here by another, whose account it does not become.
    first = admit(Role.REVIEWER)
    assert (first.name, first.roles) == ("sato-2", {Role.REVIEWER})
    assert first.user_id != sato.user_id
    assert admit(Role.VIEWER).roles == {Role.VIEWER}
    assert admit(Role.VIEWER, name="renamed").user_id == first.user_id
    assert admit(Role.VIEWER, subject="u-18").name == "sato-3"
    with pytest.raises(AccountError):
        accounts.sign_in("sato-2", "", address="a", agent="")
    with pytest.raises(AccountError) as error:
        admit(Role.ADMINISTRATOR, Role.AUDITOR)
    assert error.value.refusal == "administrator_and_auditor"
    accounts.users.set_enabled(first.user_id, False, by="sato")
    with pytest.raises(AccountError):
        admit(Role.VIEWER)
    assert accounts.sign_in("sato", PASSWORD, address="a", agent="")

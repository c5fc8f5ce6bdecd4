"""Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce, and an
ID token verified against the provider's keys."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from omnireid.accounts.permissions import Role
from omnireid.accounts.refusals import Refusal, refuse
from omnireid.accounts.secret import digest, new_secret
from omnireid.errors import AccountError, InputError

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519"]
_FLOW_SECONDS, _MOST_FLOWS = 600, 1000
_LEEWAY_SECONDS = 60
_DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class ProviderConfig:
    """What the site agreed with its provider. roles: from a value of the claim to a role here."""

    name: str
    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    name_claim: str
    role_claim: str
    roles: Mapping[str, Role]

    def __post_init__(self) -> None:
        if not _is_safe(self.issuer):
            raise InputError(
                f"the provider {self.issuer!r} cannot be used",
                "its address does not begin with https://",
                "set oidc_issuer to the provider's https address",
            )


@dataclass(frozen=True)
class Identity:
    """Who the provider says somebody is, and the roles that follow from it."""

    issuer: str
    subject: str
    name: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class _Flow:
    browser: str
    nonce: str
    verifier: str
    redirect: str
    back: str
    ends: float


class Provider:
    """One provider. Sign-ins under way are held in memory for ten minutes."""

    def __init__(
        self,
        config: ProviderConfig,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.config, self._clock = config, clock
        self._client = client or httpx.Client(timeout=10)
        self._flows: OrderedDict[str, _Flow] = OrderedDict()
        self._lock = Lock()
        self._metadata: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    def begin(self, *, browser: str, redirect: str, back: str) -> str:
        """The address at the provider to which the browser goes.

        browser: a secret of this browser; the answer counts in the same browser alone.

        Raises:
            AccountError: the provider cannot be reached.
        """
        endpoint = self._endpoint("authorization_endpoint")
        state, nonce, verifier = new_secret(), new_secret(), secrets.token_urlsafe(48)
        ends = self._clock() + _FLOW_SECONDS
        with self._lock:
            self._flows[state] = _Flow(digest(browser), nonce, verifier, redirect, back, ends)
            while len(self._flows) > _MOST_FLOWS:
                self._flows.popitem(last=False)
        challenge = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": redirect,
            "scope": self.config.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def finish(self, answer: Mapping[str, str], *, browser: str) -> tuple[Identity, str]:
        """Who came back from the provider, and where the person wanted to go.

        Raises:
            AccountError: not begun in this browser, refused there, or the token cannot be trusted.
        """
        with self._lock:
            flow = self._flows.pop(answer.get("state", ""), None)
        if flow is None or flow.ends < self._clock() or flow.browser != digest(browser):
            raise self._failed("it was not begun in this browser, or took too long")
        if answer.get("iss", self.config.issuer) != self.config.issuer:
            raise self._failed("another provider answered")
        if "code" not in answer:
            raise self._failed(answer.get("error", "no answer")[:80])
        token = self._fetch_token(answer["code"], flow)
        return self._identity(self._claims(token, flow.nonce)), flow.back

    def _fetch_token(self, code: str, flow: _Flow) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect,
            "client_id": self.config.client_id,
            "code_verifier": flow.verifier,
        }
        if self.config.client_secret:
            form["client_secret"] = self.config.client_secret
        try:
            answer = self._client.post(self._endpoint("token_endpoint"), data=form)
            token = answer.raise_for_status().json()["id_token"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise self._failed("the code was not accepted") from error
        return str(token)

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self.config.issuer},
            aud={"essential": True, "value": self.config.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._verified(token)
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise self._failed("its token cannot be trusted") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.config.client_id:
            raise self._failed("its token is for another program")
        return claims

    def _verified(self, token: str) -> dict[str, Any]:
        keys = self._keys or self._fetch_keys()
        try:
            return dict(jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)
        except (JoseError, ValueError):
            # The provider may have changed its keys since.
            return dict(jwt.decode(token, self._fetch_keys(), algorithms=_ALGORITHMS).claims)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        groups = claims.get(self.config.role_claim, [])
        named = {groups} if isinstance(groups, str) else {str(one) for one in groups or ()}
        roles = frozenset(role for value, role in self.config.roles.items() if value in named)
        if not roles:
            raise refuse(Refusal.PROVIDER_USER, provider=self.config.name)
        subject = str(claims["sub"])
        name = str(claims.get(self.config.name_claim) or subject)
        return Identity(self.config.issuer, subject, name, roles)

    def _fetch_keys(self) -> KeySet:
        try:
            answer = self._client.get(self._endpoint("jwks_uri"))
            keys = KeySet.import_key_set(answer.raise_for_status().json())
        except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
            raise self._failed("its keys cannot be read") from error
        self._keys = keys
        return keys

    def _endpoint(self, name: str) -> str:
        if self._metadata is None:
            try:
                answer = self._client.get(self.config.issuer.rstrip("/") + _DISCOVERY)
                read = answer.raise_for_status().json()
                if read["issuer"] != self.config.issuer:
                    raise self._failed("its configuration names another issuer")
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                raise self._failed("it cannot be reached") from error
            self._metadata = read
        address = str(self._metadata.get(name, ""))
        if not _is_safe(address):
            raise self._failed(f"its {name} is not an https address")
        return address

    def _failed(self, detail: str) -> AccountError:
        return refuse(Refusal.PROVIDER, provider=self.config.name, detail=detail)


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    on_this_machine = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return parts.scheme == "https" or (parts.scheme == "http" and on_this_machine)

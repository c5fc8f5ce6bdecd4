"""Browsers and programs that call the service."""

from __future__ import annotations

from collections.abc import Callable

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from omnireid.accounts import Passwords
from omnireid.service.csrf import token_for
from omnireid.service.site import Site

PASSWORD = "correct horse battery"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
ADDRESS = "http://127.0.0.1:8000"

ClientAs = Callable[..., TestClient]


def signed_in(app: FastAPI, name: str) -> TestClient:
    """A browser in which the user is signed in and has chosen a purpose.

    By the cookie that signing in would set.
    """
    site: Site = app.state.site
    user = site.accounts.users.named(name)
    secret = site.accounts.sessions.open(
        user.user_id, address="127.0.0.1", agent="test", how="password"
    )
    _, session = site.accounts.sessions.find(secret)
    site.accounts.sessions.choose(session.session_id, purpose="system_test", matter=None)
    client = TestClient(
        app,
        base_url=ADDRESS,
        headers={"Accept-Language": "en"},
        raise_server_exceptions=False,
    )
    client.cookies.set(f"omnireid-session-{site.accounts.place}", secret, domain="127.0.0.1")
    client.headers["X-CSRF-Token"] = token_for(secret)
    return client


def bearer(app: FastAPI, secret: str) -> TestClient:
    """A program that calls with a key."""
    return TestClient(
        app,
        base_url=ADDRESS,
        headers={"Authorization": f"Bearer {secret}", "Accept-Language": "en"},
        raise_server_exceptions=False,
    )

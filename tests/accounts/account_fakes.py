"""A clock that is moved by hand, a trail that is a list, argon2 at next to no cost."""

from __future__ import annotations

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import Connection

from omnireid.accounts import Details, Passwords

PASSWORD = "correct horse battery"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Clock:
    """Tells the time it was given."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass: seconds=…, minutes=…, hours=…, days=…."""
        self.now += timedelta(**by)


class Trail:
    """Takes down what changed."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, Details]] = []

    def __call__(self, connection: Connection, actor: str, action: str, details: Details) -> None:
        assert connection.in_transaction()
        self.events.append((actor, action, details))

    @property
    def actions(self) -> list[str]:
        """The names alone."""
        return [action for _, action, _ in self.events]

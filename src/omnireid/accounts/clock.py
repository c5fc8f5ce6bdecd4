"""The time of accounts: UTC, kept as text that sorts as time does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the time, with an offset; a test brings its own."""


def system_clock() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """A moment as the ledger keeps it.

    >>> to_text(datetime(2026, 11, 23, 9, tzinfo=UTC))
    '2026-11-23T09:00:00.000000Z'
    """
    universal = moment.astimezone(UTC).replace(tzinfo=None)
    return universal.isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """The moment that the ledger keeps.

    >>> from_text("2026-11-23T09:00:00.000000Z").hour
    9
    """
    return datetime.fromisoformat(text)

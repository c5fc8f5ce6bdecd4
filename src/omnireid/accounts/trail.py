"""How accounts tell of what changed: in the change's own transaction, so that neither is alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

Details = Mapping[str, str | int | Sequence[str] | None]


class Trail(Protocol):
    """Takes down who did what; the audit log, or a test's list."""

    def __call__(self, connection: Connection, actor: str, action: str, details: Details) -> None:
        """Write it with the connection's transaction."""

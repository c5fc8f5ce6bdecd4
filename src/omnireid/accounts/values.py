"""What accounts hand out: frozen value objects, never a secret's hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from omnireid.accounts.permissions import GRANTS, Actor, Permission, Role


@dataclass(frozen=True)
class User:
    """Someone who may sign in. An empty scope field restricts nothing."""

    user_id: int
    name: str
    roles: frozenset[Role]
    cameras: tuple[str, ...]
    purposes: tuple[str, ...]
    language: str | None
    created: datetime
    disabled: datetime | None
    has_password: bool
    oidc_issuer: str | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles grant together; nothing to a disabled user."""
        if self.disabled:
            return frozenset()
        return frozenset[Permission]().union(*(GRANTS[role] for role in self.roles))

    def actor(self) -> Actor:
        """The user as one who acts."""
        return Actor(self.user_id, self.name, self.permissions, self.cameras, self.purposes)


@dataclass(frozen=True)
class Session:
    """One browser in which a user is signed in, and what it searches for once chosen."""

    session_id: int
    user_id: int
    created: datetime
    seen: datetime
    expires: datetime
    address: str
    agent: str
    purpose: str | None
    matter: str | None


@dataclass(frozen=True)
class Key:
    """An API key without its secret. No cameras: those of its owner."""

    key_id: int
    user_id: int
    owner: str
    label: str
    prefix: str
    permissions: frozenset[Permission]
    cameras: tuple[str, ...]
    created: datetime
    expires: datetime
    revoked: datetime | None
    used: datetime | None

"""What a person may do: roles, the permissions they grant, and who is acting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a route or command lets a person do."""

    VIEW = "view"
    """See items, pictures and notes within one's scope."""
    SEARCH = "search"
    REVIEW = "review"
    """Decide on candidates, keep cases."""
    EXPORT = "export"
    INGEST = "ingest"
    """Start, pause and cancel jobs."""
    RETENTION = "retention"
    """Set purposes, retention and legal holds."""
    ERASE = "erase"
    """Subject access and erasure."""
    ACCOUNTS = "accounts"
    """Make users and keys, give roles."""
    OPERATE = "operate"
    """Backups, metrics, health in detail."""
    AUDIT = "audit"
    """Read and verify the audit log."""


class Role(StrEnum):
    """What a user is; a user may have several. The administrator is not the auditor."""

    VIEWER = "viewer"
    SEARCHER = "searcher"
    REVIEWER = "reviewer"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.SEARCHER: frozenset({Permission.VIEW, Permission.SEARCH}),
    Role.REVIEWER: frozenset(
        {Permission.VIEW, Permission.SEARCH, Permission.REVIEW, Permission.EXPORT}
    ),
    Role.PRIVACY_OFFICER: frozenset({Permission.VIEW, Permission.RETENTION, Permission.ERASE}),
    Role.ADMINISTRATOR: frozenset({Permission.ACCOUNTS, Permission.INGEST, Permission.OPERATE}),
    Role.AUDITOR: frozenset({Permission.AUDIT}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in user, or an API key. An empty scope field restricts nothing."""

    user_id: int
    name: str
    permissions: frozenset[Permission]
    cameras: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    key_id: int | None = None

    def may(self, permission: Permission) -> bool:
        """Whether this actor has the permission."""
        return permission in self.permissions

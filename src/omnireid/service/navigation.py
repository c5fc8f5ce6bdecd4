"""The links at the head of every page: those alone that the actor may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from omnireid.accounts.permissions import Actor, Permission


@dataclass(frozen=True)
class Place:
    """A link of the navigation. `key` names its sentence; `here` marks the area one is in."""

    key: str
    href: str
    here: bool


@dataclass(frozen=True)
class _Area:
    key: str
    href: str
    wants: frozenset[Permission]
    """Any of these opens it; none: everyone who is signed in."""
    below: tuple[str, ...] = ()
    """Other addresses that belong to it."""


_AREAS = (
    _Area("nav_search", "/", frozenset({Permission.VIEW}), ("/items", "/purpose")),
    _Area("nav_review", "/review", frozenset({Permission.REVIEW})),
    _Area("nav_cases", "/cases", frozenset({Permission.REVIEW})),
    _Area("nav_jobs", "/jobs", frozenset({Permission.INGEST})),
    _Area("nav_privacy", "/privacy", frozenset({Permission.RETENTION, Permission.ERASE})),
    _Area("nav_audit", "/audit", frozenset({Permission.AUDIT})),
    _Area("nav_backups", "/backups", frozenset({Permission.OPERATE})),
    _Area("nav_zones", "/zones", frozenset({Permission.OPERATE})),
    _Area("nav_users", "/users", frozenset({Permission.ACCOUNTS})),
    _Area("nav_account", "/account", frozenset()),
)


def places(actor: Actor, path: str) -> tuple[Place, ...]:
    """The navigation of this actor on the page at `path`.

    >>> [place.key for place in places(Actor(1, "a", frozenset({Permission.AUDIT})), "/audit/3")]
    ['nav_audit', 'nav_account']
    """
    return tuple(
        Place(area.key, area.href, _within(path, (area.href, *area.below)))
        for area in _AREAS
        if not area.wants or area.wants & actor.permissions
    )


def _within(path: str, prefixes: Iterable[str]) -> bool:
    return any(
        path == prefix or (prefix != "/" and path.startswith(prefix + "/")) for prefix in prefixes
    )

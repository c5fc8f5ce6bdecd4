"""Purposes: what a search may be for, and on which cameras."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from omnireid.errors import InputError
from omnireid.gallery import Database
from omnireid.governance.audit import AuditLog, Event
from omnireid.governance.schema import purpose_cameras, purposes

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Purpose:
    """What a search may be for. cameras: None allows every camera, () none.

    Raises:
        InputError: a key that is no plain word, or a name missing in a language.
    """

    key: str
    name_en: str
    name_ja: str
    cameras: tuple[str, ...] | None = None
    active: bool = True

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise InputError(
                f"the purpose {self.key!r} cannot be used",
                "a key is up to 64 small letters, digits and underscores, a letter first",
                "choose one such as lost_property",
            )
        for language, name in (("English", self.name_en), ("Japanese", self.name_ja)):
            if not name.strip():
                raise InputError(
                    f"the purpose {self.key} cannot be stored",
                    f"it has no name in {language}",
                    "give it a name in both languages",
                )

    def name(self, language: str) -> str:
        """The name in one language."""
        return self.name_ja if language == "ja" else self.name_en

    def allows(self, camera: str | None) -> bool:
        """Whether an item of this camera may be found for this purpose."""
        return self.cameras is None or camera in self.cameras


class Purposes:
    """The governed list. Changes are recorded in the audit log, in one transaction with them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = AuditLog(database)

    def all(self, *, active_only: bool = True) -> tuple[Purpose, ...]:
        """The purposes by key, retired ones last."""
        with self._database.read() as connection:
            return _read(connection, active_only)

    def get(self, key: str) -> Purpose:
        """An active purpose.

        Raises:
            InputError: no such purpose, or a retired one.
        """
        for purpose in self.all():
            if purpose.key == key:
                return purpose
        known = ", ".join(p.key for p in self.all())
        raise InputError(
            f"the purpose {key!r} cannot be used",
            "it is not on the list of purposes",
            f"choose one of: {known}",
        )

    def put(self, purpose: Purpose, *, actor: str) -> None:
        """Add a purpose or change one."""
        with self._database.write() as connection:
            values = {
                "name_en": purpose.name_en,
                "name_ja": purpose.name_ja,
                "all_cameras": int(purpose.cameras is None),
                "active": int(purpose.active),
            }
            known = connection.execute(
                update(purposes).where(purposes.c.key == purpose.key).values(values)
            ).rowcount
            if not known:
                connection.execute(insert(purposes).values(key=purpose.key, **values))
            connection.execute(
                delete(purpose_cameras).where(purpose_cameras.c.purpose == purpose.key)
            )
            if purpose.cameras:
                connection.execute(
                    insert(purpose_cameras),
                    [{"purpose": purpose.key, "camera": name} for name in set(purpose.cameras)],
                )
            self._audit.record(
                Event(
                    actor,
                    "purpose.change" if known else "purpose.add",
                    details={
                        "purpose": purpose.key,
                        "cameras": None if purpose.cameras is None else sorted(purpose.cameras),
                        "active": purpose.active,
                    },
                ),
                connection,
            )


def allowed_cameras(
    purpose: Purpose, scope: Sequence[str], wanted: Sequence[str] = ()
) -> tuple[str, ...] | None:
    """The cameras a search may reach: allowed by the purpose, within the actor's scope (empty
    restricts nothing), and asked for. None: every camera; never empty.

    Raises:
        InputError: no camera is left.

    >>> gate = Purpose("incident", "Incident", "事件", cameras=("gate", "yard"))
    >>> allowed_cameras(gate, ("yard", "hall"))
    ('yard',)
    """
    limits: list[Collection[str]] = [part for part in (scope, wanted) if part]
    if purpose.cameras is not None:
        limits.append(purpose.cameras)
    if not limits:
        return None
    first, *others = limits
    left = sorted({name for name in first if all(name in other for other in others)})
    if not left:
        raise InputError(
            f"nothing may be searched for the purpose {purpose.key!r}",
            "no camera is both asked for, allowed for this purpose and within your own scope",
            "choose other cameras or another purpose, or ask the privacy officer",
        )
    return tuple(left)


def _read(connection: Connection, active_only: bool) -> tuple[Purpose, ...]:
    allowed: dict[str, list[str]] = {}
    for row in connection.execute(select(purpose_cameras).order_by(purpose_cameras.c.camera)):
        allowed.setdefault(row.purpose, []).append(row.camera)
    query = select(purposes).order_by(purposes.c.active.desc(), purposes.c.key)
    return tuple(
        Purpose(
            row.key,
            row.name_en,
            row.name_ja,
            None if row.all_cameras else tuple(allowed.get(row.key, ())),
            bool(row.active),
        )
        for row in connection.execute(query)
        if row.active or not active_only
    )

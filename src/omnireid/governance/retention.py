"""Retention: how long items are kept, per camera and purpose, and what a run deletes.

A camera's items are kept as long as the longest rule among the purposes that may use the camera.
The rule for a camera and a purpose is the most specific one: both named, the camera named, the
purpose named, neither. Without any rule nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update

from omnireid.errors import InputError
from omnireid.gallery import Gallery, metadata, reach
from omnireid.governance.audit import Asked, AuditLog, Event, utc_text
from omnireid.governance.holds import Holds
from omnireid.governance.purposes import Purpose, Purposes
from omnireid.governance.schema import audit_entries, audit_payloads, retention_rules

EVERY = "*"
NO_CAMERA = ""
MAX_DAYS = 36_500
_BATCH = 200
_items, _cameras = metadata.tables["items"], metadata.tables["cameras"]


@dataclass(frozen=True)
class Rule:
    """Days that items of a camera are kept for a purpose. "*": every camera, every purpose.

    Raises:
        InputError: days outside 1 to 36,500.
    """

    camera: str
    purpose: str
    days: int

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MAX_DAYS:
            raise InputError(
                f"{self.days} days cannot be set",
                f"a rule keeps items for 1 to {MAX_DAYS:,} days",
                "choose another number",
            )


@dataclass(frozen=True)
class CameraPlan:
    """What a run would do at one camera; camera "" stands for items without one. days: None keeps
    without limit. held: item numbers with what keeps them."""

    camera: str
    days: int | None
    items: int
    due: tuple[int, ...]
    held: Mapping[int, str]
    oldest: datetime | None


@dataclass(frozen=True)
class RetentionReport:
    """What a run did."""

    deleted: int
    held: int
    words_redacted: int


class Retention:
    """The rules of one gallery, and the runs by them."""

    def __init__(self, gallery: Gallery, holds: Holds) -> None:
        self._gallery = gallery
        self._holds = holds
        self._audit = AuditLog(gallery.database)
        self._purposes = Purposes(gallery.database)

    def rules(self) -> tuple[Rule, ...]:
        """Every rule, general ones first."""
        query = select(retention_rules).order_by(
            retention_rules.c.camera != EVERY, retention_rules.c.camera, retention_rules.c.purpose
        )
        with self._gallery.database.read() as connection:
            return tuple(Rule(r.camera, r.purpose, r.days) for r in connection.execute(query))

    def set_rule(self, rule: Rule, *, actor: str) -> None:
        """Add a rule or change one."""
        if rule.purpose != EVERY:
            self._purposes.get(rule.purpose)
        table = retention_rules.c
        with self._gallery.database.write() as connection:
            same = (table.camera == rule.camera) & (table.purpose == rule.purpose)
            if not connection.execute(
                update(retention_rules).where(same).values(days=rule.days)
            ).rowcount:
                connection.execute(
                    insert(retention_rules).values(
                        camera=rule.camera, purpose=rule.purpose, days=rule.days
                    )
                )
            self._audit.record(
                Event(
                    actor,
                    "retention.rule",
                    details={"camera": rule.camera, "for": rule.purpose, "days": rule.days},
                ),
                connection,
            )

    def drop_rule(self, camera: str, purpose: str, *, actor: str) -> None:
        """Take a rule away; what it alone limited is then kept without limit.

        Raises:
            InputError: no such rule.
        """
        table = retention_rules.c
        with self._gallery.database.write() as connection:
            if not connection.execute(
                delete(retention_rules).where(table.camera == camera, table.purpose == purpose)
            ).rowcount:
                raise InputError(
                    "no rule was taken away",
                    f"there is none for camera {camera!r} and purpose {purpose!r}",
                    "look at the list of rules",
                )
            self._audit.record(
                Event(actor, "retention.rule", details={"camera": camera, "for": purpose}),
                connection,
            )

    def plan(
        self, now: datetime | None = None, *, scope: Sequence[str] = ()
    ) -> tuple[CameraPlan, ...]:
        """What a run would delete now, camera by camera. Changes nothing.

        scope: only these cameras; empty: all, and items without one.
        """
        moment = now or datetime.now(UTC)
        rules = {(rule.camera, rule.purpose): rule.days for rule in self.rules()}
        purposes = self._purposes.all()
        with self._gallery.database.read() as connection:
            held = self._holds.held_items(connection)
            by_camera: dict[str, list[tuple[int, str]]] = {}
            query = select(
                _items.c.id, _items.c.time, _items.c.added, _cameras.c.name
            ).outerjoin_from(_items, _cameras, _items.c.camera_id == _cameras.c.id)
            for row in connection.execute(query):
                entry = (row.id, row.time or row.added)
                by_camera.setdefault(row.name or NO_CAMERA, []).append(entry)
        return tuple(
            _camera_plan(
                camera, by_camera[camera], days_kept(camera, purposes, rules), held, moment
            )
            for camera in sorted(by_camera)
            if not scope or camera in scope
        )

    def run(
        self,
        *,
        actor: str,
        words_days: int | None = None,
        now: datetime | None = None,
        scope: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> RetentionReport:
        """Delete what is due; killed at any place, the next run goes on. words_days: also redact
        the words of audit entries that are older."""
        moment = now or datetime.now(UTC)
        deleted = held = 0
        for camera in self.plan(moment, scope=scope):
            held += len(camera.held)
            for batch in _batches(camera.due):
                # Looked at again right before: a hold may have been placed since the plan.
                with self._gallery.database.read() as connection:
                    kept = self._holds.held_items(connection)
                gone = [item for item in batch if item not in kept]
                if not gone:
                    continue
                # Told before it is done: a kill in between leaves the rest to the next run.
                self._audit.record(
                    Event(
                        actor,
                        "retention.delete",
                        details={"camera": camera.camera, "days": camera.days, "items": gone},
                    )
                )
                reach("retention.recorded")
                deleted += self._gallery.delete(gone)
                reach("retention.deleted")
                if progress is not None:
                    progress(deleted)
        redacted = 0
        if words_days is not None:
            redacted = self._redact_words(moment - timedelta(days=words_days), actor)
        report = RetentionReport(deleted, held, redacted)
        self._audit.record(
            Event(
                actor,
                "retention.run",
                details={"deleted": deleted, "held": held, "redacted": redacted},
            )
        )
        return report

    def _redact_words(self, before: datetime, actor: str) -> int:
        entry = audit_entries.c
        with self._gallery.database.read() as connection:
            numbers = list(
                connection.scalars(
                    select(entry.seq)
                    .join_from(audit_entries, audit_payloads)
                    .where(entry.at < utc_text(before))
                )
            )
        return (
            self._audit.redact(numbers, actor=actor, reason="retention of words") if numbers else 0
        )

    def last_run(self) -> datetime | None:
        """When retention was last run to its end."""
        entries = self._audit.entries(Asked(action="retention.run"), limit=1)
        return entries[0].at if entries else None


def days_kept(
    camera: str, purposes: Sequence[Purpose], rules: Mapping[tuple[str, str], int]
) -> int | None:
    """Days that the items of a camera are kept; None: without limit.

    >>> gate = Purpose("incident", "Incident", "事件", cameras=("gate",))
    >>> days_kept("gate", [gate], {("*", "*"): 30, ("gate", "incident"): 90})
    90
    >>> days_kept("yard", [gate], {("*", "*"): 30})
    30
    """
    allowed = [p.key for p in purposes if p.allows(camera or None)]
    # A camera that no purpose may use falls under the general rules.
    days = [_specific(camera, purpose, rules) for purpose in (allowed or [EVERY])]
    limited = [number for number in days if number is not None]
    return max(limited) if limited else None


def _specific(camera: str, purpose: str, rules: Mapping[tuple[str, str], int]) -> int | None:
    places = ((camera, purpose), (camera, EVERY), (EVERY, purpose), (EVERY, EVERY))
    return next((rules[place] for place in places if place in rules), None)


def _camera_plan(
    camera: str,
    entries: Sequence[tuple[int, str]],
    days: int | None,
    held: Mapping[int, str],
    now: datetime,
) -> CameraPlan:
    limit = "" if days is None else utc_text(now - timedelta(days=days))
    old = [item for item, moment in entries if moment < limit]
    return CameraPlan(
        camera=camera,
        days=days,
        items=len(entries),
        due=tuple(sorted(item for item in old if item not in held)),
        held={item: held[item] for item in sorted(old) if item in held},
        oldest=datetime.fromisoformat(min(moment for _, moment in entries)),
    )


def _batches(items: Sequence[int]) -> Iterator[Sequence[int]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))

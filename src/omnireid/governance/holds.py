"""Legal holds: items that nothing may delete, by item, by case or by camera."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Database, metadata
from omnireid.governance.audit import AuditLog, Event, utc_text
from omnireid.governance.schema import legal_holds

CaseItems = Callable[[Connection, Collection[str]], Mapping[int, str]]
"""The items of the named cases, and of cases that are held by themselves, each with its case."""

_DIGITS = 19
"""Digits of the first number that a ledger's 64 bits do not hold."""

_items, _cameras = metadata.tables["items"], metadata.tables["cameras"]


class HeldBy(StrEnum):
    """What a hold names."""

    ITEM = "item"
    CASE = "case"
    CAMERA = "camera"


@dataclass(frozen=True)
class Hold:
    """A hold as stored. until: None holds until it is released."""

    hold_id: int
    kind: HeldBy
    subject: str
    reason: str
    placed_by: str
    placed: datetime
    until: datetime | None
    released: datetime | None
    released_by: str | None

    def active(self, now: datetime) -> bool:
        """Whether it holds now."""
        return self.released is None and (self.until is None or now < self.until)


class Holds:
    """The holds of one gallery."""

    def __init__(self, database: Database, case_items: CaseItems | None = None) -> None:
        self._database = database
        self._audit = AuditLog(database)
        self._case_items = case_items

    def all(self) -> tuple[Hold, ...]:
        """Every hold ever placed, newest first."""
        with self._database.read() as connection:
            return _read(connection)

    def place(
        self,
        kind: HeldBy,
        subject: str,
        *,
        reason: str,
        actor: str,
        until: datetime | None = None,
    ) -> Hold:
        """Hold an item, a case or a camera.

        Raises:
            InputError: no reason, an item or camera that is not there, or an end that is past.
        """
        subject = subject.strip()
        now = datetime.now(UTC)
        if not subject or not reason.strip():
            raise InputError(
                "the hold was not placed", "it names no subject or no reason", "give both"
            )
        if kind is HeldBy.ITEM and not (subject.isascii() and subject.isdigit()):
            raise InputError(
                "the hold was not placed",
                f"{subject!r} is not the number of an item",
                "give a number as the search shows it",
            )
        if until is not None and utc_text(until) <= utc_text(now):
            raise InputError("the hold was not placed", "its end is past", "choose a later day")
        with self._database.write() as connection:
            if not _is_there(connection, kind, subject):
                # Misspelt, it would be on the list and keep nothing.
                raise InputError(
                    "the hold was not placed",
                    f"{subject!r} is not in the gallery",
                    "give an item's number or a camera's name as the search shows it",
                )
            row = connection.execute(
                insert(legal_holds)
                .values(
                    kind=kind.value,
                    subject=subject,
                    reason=reason.strip(),
                    placed_by=actor,
                    placed=utc_text(now),
                    until=None if until is None else utc_text(until),
                )
                .returning(legal_holds)
            ).one()
            self._audit.record(
                Event(
                    actor,
                    "hold.place",
                    case=subject if kind is HeldBy.CASE else None,
                    details={"hold": row.id, "kind": kind.value, "subject": subject},
                    personal={"reason": reason.strip()},
                ),
                connection,
            )
        return _hold(row)

    def release(self, hold_id: int, *, actor: str) -> None:
        """End a hold.

        Raises:
            InputError: no such hold, or one that is released already.
        """
        with self._database.write() as connection:
            ended = connection.execute(
                update(legal_holds)
                .where(legal_holds.c.id == hold_id, legal_holds.c.released.is_(None))
                .values(released=utc_text(datetime.now(UTC)), released_by=actor)
            ).rowcount
            if not ended:
                raise InputError(
                    f"the hold {hold_id} was not released",
                    "there is no such hold, or it is released already",
                    "look at the list of holds",
                )
            self._audit.record(Event(actor, "hold.release", details={"hold": hold_id}), connection)

    def held_items(self, connection: Connection) -> dict[int, str]:
        """Every item that a hold keeps, with what keeps it.

        Raises:
            GalleryError: a case is held, and nobody here can say which items it holds.
        """
        now = datetime.now(UTC)
        active = [hold for hold in _read(connection) if hold.active(now)]
        kept: dict[int, str] = {}
        cameras = {hold.subject: hold for hold in active if hold.kind is HeldBy.CAMERA}
        if cameras:
            rows = connection.execute(
                select(_items.c.id, _cameras.c.name)
                .join_from(_items, _cameras, _items.c.camera_id == _cameras.c.id)
                .where(_cameras.c.name.in_(list(cameras)))
            )
            kept.update({row.id: f"camera {row.name}: {cameras[row.name].reason}" for row in rows})
        cases = {hold.subject: hold for hold in active if hold.kind is HeldBy.CASE}
        if self._case_items is not None:
            for item, case in self._case_items(connection, list(cases)).items():
                reason = cases[case].reason if case in cases else "held in the case itself"
                kept[item] = f"case {case}: {reason}"
        elif cases:
            raise GalleryError(
                "nothing was deleted",
                "a case is under legal hold, and its items are not known here",
                "run the command or the page of omnireid, which know the cases",
            )
        for hold in active:
            if hold.kind is HeldBy.ITEM:
                kept[int(hold.subject)] = f"item {hold.subject}: {hold.reason}"
        return kept


def refuse_held(held: Mapping[int, str], items: Sequence[int], what: str) -> None:
    """Let no held item pass.

    Raises:
        InputError: one of them is held; `what` says what was not done.
    """
    kept = [item for item in items if item in held]
    if kept:
        raise InputError(
            what,
            f"item {kept[0]} is under legal hold ({held[kept[0]]})"
            + (f", and {len(kept) - 1} more" if len(kept) > 1 else ""),
            "release the hold, or leave these items out",
        )


def _is_there(connection: Connection, kind: HeldBy, subject: str) -> bool:
    """Whether there is something to hold; a case may be opened later, under the same reference."""
    match kind:
        case HeldBy.ITEM:
            number = int(subject) if len(subject) < _DIGITS else 0
            found = select(_items.c.id).where(_items.c.id == number)
        case HeldBy.CAMERA:
            found = select(_cameras.c.id).where(_cameras.c.name == subject)
        case HeldBy.CASE:
            return True
    return connection.scalar(found) is not None


def _read(connection: Connection) -> tuple[Hold, ...]:
    query = select(legal_holds).order_by(legal_holds.c.id.desc())
    return tuple(_hold(row) for row in connection.execute(query))


def _hold(row: object) -> Hold:
    fields = row._mapping  # type: ignore[attr-defined]
    until, released = fields["until"], fields["released"]
    return Hold(
        fields["id"],
        HeldBy(fields["kind"]),
        fields["subject"],
        fields["reason"],
        fields["placed_by"],
        datetime.fromisoformat(fields["placed"]),
        None if until is None else datetime.fromisoformat(until),
        None if released is None else datetime.fromisoformat(released),
        fields["released_by"],
    )

"""The audit log: append-only, hash-chained, and what a person typed kept apart from the chain.

An entry holds facts (who, when, what, item ids, counts) and the salted hash of its payload: the
words and picture hashes of a query, reasons, notes. A payload can be redacted, which is itself an
entry, and the chain still verifies: the entry holds its hash and not its words.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, Select, delete, func, insert, select
from sqlalchemy.sql.elements import ColumnElement

from omnireid.errors import InputError
from omnireid.gallery import Database, metadata
from omnireid.governance.chain import JSON, Head, canonical, entry_digest, genesis, seal, storable
from omnireid.governance.schema import audit_entries, audit_payloads, audit_redactions
from omnireid.governance.verification import AuditReport, verify_log

PERSONAL = frozenset(
    {"query", "text", "words", "pictures", "query_pictures", "note", "reason", "source", "sources"}
)
"""Names of details that go into the payload wherever the caller put them."""

_GALLERY = metadata.tables["gallery"]


@dataclass(frozen=True)
class Event:
    """Something that a person or a program did. `details` are JSON: facts such as item ids, ranks,
    counts. `personal` (and each detail named in PERSONAL) goes into the redactable payload.

    Raises:
        InputError: an empty actor or action, or details that are no JSON.
    """

    actor: str
    action: str
    purpose: str | None = None
    case: str | None = None
    details: Mapping[str, JSON] = field(default_factory=dict)
    personal: Mapping[str, JSON] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.actor or not self.action:
            raise InputError("the event cannot be recorded", "it has no actor or action", "name it")
        merged = {**{k: v for k, v in self.details.items() if k in PERSONAL}, **self.personal}
        facts = {k: v for k, v in self.details.items() if k not in PERSONAL}
        object.__setattr__(self, "personal", merged)
        object.__setattr__(self, "details", facts)
        for name in ("actor", "action", "purpose", "case"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, storable(value))
        try:
            canonical([facts, merged])
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the event {self.action} cannot be recorded",
                f"its details are not JSON ({error})",
                "give text, whole numbers, lists and mappings",
            ) from error


@dataclass(frozen=True)
class Entry:
    """One entry as stored. `personal` is None when there never was a payload or it is redacted."""

    seq: int
    at: datetime
    actor: str
    action: str
    purpose: str | None
    case: str | None
    details: Mapping[str, JSON]
    personal: Mapping[str, JSON] | None
    redacted: bool
    digest: str


@dataclass(frozen=True)
class Asked:
    """Which entries are wanted. An empty field restricts nothing; start <= at < end."""

    actor: str | None = None
    action: str | None = None
    purpose: str | None = None
    case: str | None = None
    start: datetime | None = None
    end: datetime | None = None


EVERY_ENTRY = Asked()


class AuditLog:
    """The log in a gallery's ledger."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def record(self, event: Event, connection: Connection | None = None) -> int:
        """Append an event; its number. Durable on return, or with the caller's transaction, which
        must then be a writing one.

        Raises:
            GalleryError: the ledger cannot be written.
        """
        with self._writing(connection) as open_connection:
            return _append(open_connection, event)

    def entries(
        self,
        asked: Asked = EVERY_ENTRY,
        *,
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[Entry, ...]:
        """Newest first; `before`: only entries with a lower number, for paging."""
        query = _query().where(*_conditions(asked)).order_by(audit_entries.c.seq.desc())
        if before is not None:
            query = query.where(audit_entries.c.seq < before)
        with self.database.read() as connection:
            return tuple(_entry(row) for row in connection.execute(query.limit(limit)))

    def oldest_first(self, asked: Asked = EVERY_ENTRY) -> Iterator[Entry]:
        """Every entry asked for, in the order of the log."""
        query = _query().where(*_conditions(asked)).order_by(audit_entries.c.seq)
        with self.database.read() as connection:
            for row in connection.execute(query.execution_options(yield_per=1000)):
                yield _entry(row)

    def count(self, asked: Asked = EVERY_ENTRY) -> int:
        """How many entries are asked for."""
        query = select(func.count()).select_from(audit_entries).where(*_conditions(asked))
        with self.database.read() as connection:
            return connection.scalar(query) or 0

    def actions(self) -> tuple[str, ...]:
        """The names of actions that occur."""
        with self.database.read() as connection:
            column = audit_entries.c.action
            return tuple(connection.scalars(select(column).distinct().order_by(column)))

    def head(self) -> Head:
        """Where the log ends now."""
        with self.database.read() as connection:
            gallery = connection.scalar(select(_GALLERY.c.uuid)) or ""
            last = _last(connection)
        return Head(gallery, *last) if last else Head(gallery, 0, genesis(gallery), "")

    def verify(self, anchor: Head | None = None) -> AuditReport:
        """Check every entry, link and payload; with an anchor, also that the log still leads
        through it. Finds, and changes nothing."""
        return verify_log(self.database, anchor)

    def redact(
        self,
        numbers: Iterable[int],
        *,
        actor: str,
        reason: str,
        connection: Connection | None = None,
    ) -> int:
        """Take the payloads of these entries away for good; how many there were.

        The redaction is an entry of its own, and `verify` knows a redacted payload from a lost one.
        """
        wanted = sorted(set(numbers))
        with self._writing(connection) as open_connection:
            present = [
                seq
                for start in range(0, len(wanted), 500)
                for seq in open_connection.scalars(
                    select(audit_payloads.c.seq).where(
                        audit_payloads.c.seq.in_(wanted[start : start + 500])
                    )
                )
            ]
            if not present:
                return 0
            entry = _append(
                open_connection,
                Event(actor, "audit.redact", details={"entries": present, "because": reason}),
            )
            open_connection.execute(
                insert(audit_redactions), [{"seq": seq, "entry": entry} for seq in present]
            )
            for start in range(0, len(present), 500):
                open_connection.execute(
                    delete(audit_payloads).where(
                        audit_payloads.c.seq.in_(present[start : start + 500])
                    )
                )
        return len(present)

    @contextmanager
    def _writing(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self.database.write() as fresh:
            yield fresh


def _append(connection: Connection, event: Event) -> int:
    last = _last(connection)
    if last is None:
        gallery = connection.scalar(select(_GALLERY.c.uuid)) or ""
        number, previous = 0, genesis(gallery)
    else:
        number, previous, _ = last
    seq = number + 1
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    facts = canonical(event.details)
    payload = canonical(event.personal) if event.personal else None
    salt = secrets.token_bytes(32)
    sealed = None if payload is None else seal(salt, payload)
    connection.execute(
        insert(audit_entries).values(
            seq=seq,
            at=at,
            actor=event.actor,
            action=event.action,
            purpose=event.purpose,
            case_ref=event.case,
            facts=facts,
            sealed=sealed,
            previous=previous,
            digest=entry_digest(
                seq,
                at,
                event.actor,
                event.action,
                event.purpose,
                event.case,
                facts,
                sealed,
                previous,
            ),
        )
    )
    if payload is not None:
        connection.execute(insert(audit_payloads).values(seq=seq, salt=salt, payload=payload))
    return seq


def _last(connection: Connection) -> tuple[int, str, str] | None:
    table = audit_entries.c
    row = connection.execute(
        select(table.seq, table.digest, table.at).order_by(table.seq.desc()).limit(1)
    ).first()
    return None if row is None else (row.seq, row.digest, row.at)


def _query() -> Select[tuple[object, ...]]:
    return select(audit_entries, audit_payloads.c.payload).outerjoin_from(
        audit_entries, audit_payloads, audit_payloads.c.seq == audit_entries.c.seq
    )


def _conditions(asked: Asked) -> Sequence[ColumnElement[bool]]:
    table = audit_entries.c
    wanted: list[ColumnElement[bool]] = []
    for column, value in (
        (table.actor, asked.actor),
        (table.action, asked.action),
        (table.purpose, asked.purpose),
        (table.case_ref, asked.case),
    ):
        if value:
            wanted.append(column == value)
    if asked.start is not None:
        wanted.append(table.at >= utc_text(asked.start))
    if asked.end is not None:
        wanted.append(table.at < utc_text(asked.end))
    return wanted


def utc_text(moment: datetime) -> str:
    """A moment as the ledger writes it; one without an offset is taken to be in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _entry(row: object) -> Entry:
    fields = row._mapping  # type: ignore[attr-defined]
    payload = fields["payload"]
    return Entry(
        seq=fields["seq"],
        at=datetime.fromisoformat(fields["at"]),
        actor=fields["actor"],
        action=fields["action"],
        purpose=fields["purpose"],
        case=fields["case_ref"],
        details=json.loads(fields["facts"]),
        personal=None if payload is None else json.loads(payload),
        redacted=payload is None and fields["sealed"] is not None,
        digest=fields["digest"],
    )

"""Checking the audit log: is it as it was written, and if not, what was done to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, text

from omnireid.gallery import Database, metadata
from omnireid.governance.chain import Head, entry_digest, genesis, seal
from omnireid.governance.schema import audit_entries, audit_payloads, audit_redactions

GUARDS = frozenset(
    {
        "audit_entries_no_update",
        "audit_entries_no_delete",
        "audit_payloads_no_update",
        "audit_payloads_no_delete",
        "audit_redactions_no_update",
        "audit_redactions_no_delete",
    }
)

_REACH = 256
"""How far from its number an entry is looked for, when numbers were shifted."""


@dataclass(frozen=True)
class Finding:
    """Something wrong. kind: changed, removed, inserted, reordered, truncated, rewritten, payload,
    guard or anchor. seq: the first entry concerned, 0 for the log as a whole."""

    kind: str
    seq: int
    detail: str


@dataclass(frozen=True)
class AuditReport:
    """What was checked and what is wrong."""

    entries: int
    redacted: int
    head: Head
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify_log(database: Database, anchor: Head | None = None) -> AuditReport:
    """Check every entry, link and payload, and the anchor if one is given.

    Without an anchor kept elsewhere, nobody can tell a log that was rewritten from its first
    changed entry to its end, with every digest made anew.
    """
    with database.read() as connection:
        gallery = connection.scalar(select(metadata.tables["gallery"].c.uuid)) or ""
        start = genesis(gallery)
        count, last, sound = 0, None, True
        for row in _entries(connection):
            sound = sound and _follows(row, last, start)
            count, last = count + 1, row
        end = (0, start, "") if last is None else (last.seq, last.digest, last.at)
        head = Head(gallery, *end)
        findings = [] if sound else _diagnose(list(_entries(connection)), start)
        findings += _tail(connection, head)
        if anchor is not None:
            findings += _anchored(connection, head, anchor)
        findings += _payloads(connection)
        findings += _guards(connection)
        redacted = connection.execute(text("SELECT count(*) FROM audit_redactions")).scalar() or 0
    return AuditReport(count, redacted, head, tuple(findings))


def _entries(connection: Connection) -> Iterable[Row[Any]]:
    query = select(audit_entries).order_by(audit_entries.c.seq)
    return connection.execute(query.execution_options(yield_per=2000))


def _digest(row: Row[Any], seq: int) -> str:
    return entry_digest(
        seq,
        row.at,
        row.actor,
        row.action,
        row.purpose,
        row.case_ref,
        row.facts,
        row.sealed,
        row.previous,
    )


def _follows(row: Row[Any], last: Row[Any] | None, start: str) -> bool:
    number, previous = (1, start) if last is None else (last.seq + 1, last.digest)
    return (row.seq, row.previous, row.digest) == (number, previous, _digest(row, row.seq))


def _diagnose(rows: Sequence[Row[Any]], start: str) -> list[Finding]:
    """What was done to a log whose chain does not hold. An entry's digest covers its number, so
    the number it was written with is found by trying those near the one it stands at."""
    findings: list[Finding] = []
    numbered = list(_numbers(rows))
    followed = {row.previous for row, _ in numbered}
    kept: dict[int, Row[Any]] = {}
    for row, number in numbered:
        if number is None:
            continue
        other = kept.get(number)
        if other is None:
            kept[number] = row
            continue
        # Two entries claim one number: the one that another follows was there first.
        false = other if row.digest in followed else row
        kept[number] = row if false is other else other
        findings.append(_inserted(false.seq))
    changed: set[int] = set()
    for row, number in numbered:
        if number is None and row.seq in kept:
            findings.append(_inserted(row.seq))
        elif number is None:
            changed.add(row.seq)
            findings.append(_changed(row.seq))
    highest = 0
    for row, number in numbered:
        if number is None or kept.get(number) is not row:
            continue
        if number < highest:
            findings.append(
                Finding(
                    "reordered",
                    number,
                    f"entry {number} stands at {row.seq}, after entry {highest}",
                )
            )
        highest = max(highest, number)
    findings += _gaps(highest, kept.keys() | changed)
    findings += _links(kept, changed, start)
    return sorted(findings, key=lambda one: one.seq)


def _numbers(rows: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], int | None]]:
    drift = 0
    for row in rows:
        near = (offset * sign for offset in range(1, _REACH) for sign in (1, -1))
        tried = (row.seq + offset for offset in (drift, 0, *near))
        number = next((n for n in tried if n > 0 and _digest(row, n) == row.digest), None)
        drift = drift if number is None else number - row.seq
        yield row, number


def _gaps(highest: int, present: Iterable[int]) -> Iterator[Finding]:
    there = set(present)
    number = 1
    while number < highest:
        if number in there:
            number += 1
            continue
        end = number
        while end + 1 < highest and end + 1 not in there:
            end += 1
        which = f"entry {number} is" if end == number else f"entries {number} to {end} are"
        yield Finding("removed", number, f"{which} missing")
        number = end + 1


def _links(kept: dict[int, Row[Any]], changed: set[int], start: str) -> Iterator[Finding]:
    for number, row in sorted(kept.items()):
        before = kept.get(number - 1)
        if number == 1 and row.previous != start:
            yield Finding("rewritten", 1, "the first entry belongs to the log of another gallery")
        elif before is not None and before.digest != row.previous and number - 1 not in changed:
            yield Finding(
                "changed",
                number - 1,
                f"entry {number} was written after another entry {number - 1}",
            )


def _changed(seq: int) -> Finding:
    return Finding("changed", seq, f"entry {seq} is not as it was written")


def _inserted(seq: int) -> Finding:
    return Finding("inserted", seq, f"the entry at {seq} was put in between later")


def _tail(connection: Connection, head: Head) -> Iterator[Finding]:
    # SQLite remembers the highest number it ever gave.
    query = text("SELECT seq FROM sqlite_sequence WHERE name = 'audit_entries'")
    highest = connection.execute(query).scalar() or 0
    if highest > head.seq:
        yield Finding(
            "truncated",
            head.seq + 1,
            f"the log ends at entry {head.seq}, and entries up to {highest} were written",
        )


def _anchored(connection: Connection, head: Head, anchor: Head) -> Iterator[Finding]:
    if anchor.gallery != head.gallery:
        yield Finding("anchor", 0, "the anchor is of another gallery")
    elif anchor.seq > head.seq:
        yield Finding(
            "truncated",
            head.seq + 1,
            f"the log ends at entry {head.seq}, and the anchor knows entry {anchor.seq}",
        )
    elif anchor.seq > 0:
        column = audit_entries.c
        found = connection.scalar(select(column.digest).where(column.seq == anchor.seq))
        if found != anchor.digest:
            yield Finding(
                "rewritten",
                anchor.seq,
                f"entry {anchor.seq} is not the one that the anchor knows: it, or an entry before "
                "it, was changed and the digests were made anew",
            )


def _payloads(connection: Connection) -> Iterator[Finding]:
    entry, payload = audit_entries.c, audit_payloads.c
    redacted = _redacted(connection)
    query = (
        select(entry.seq, entry.sealed, payload.salt, payload.payload)
        .outerjoin_from(audit_entries, audit_payloads, payload.seq == entry.seq)
        .where((entry.sealed.is_not(None)) | (payload.payload.is_not(None)))
        .order_by(entry.seq)
    )
    for row in connection.execute(query.execution_options(yield_per=2000)):
        if row.payload is not None:
            if row.sealed is None or seal(row.salt, row.payload) != row.sealed:
                yield Finding("payload", row.seq, f"the words of entry {row.seq} were changed")
        elif row.seq not in redacted:
            yield Finding(
                "payload", row.seq, f"the words of entry {row.seq} are gone without a redaction"
            )


def _redacted(connection: Connection) -> set[int]:
    """Entries whose redaction is itself in the log."""
    column = audit_entries.c
    told: set[int] = set()
    for facts in connection.scalars(select(column.facts).where(column.action == "audit.redact")):
        told.update(json.loads(facts).get("entries", ()))
    return told & set(connection.scalars(select(audit_redactions.c.seq)))


def _guards(connection: Connection) -> Iterator[Finding]:
    names = set(
        connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
    )
    for missing in sorted(GUARDS - names):
        yield Finding("guard", 0, f"the trigger {missing}, which forbids changes, is gone")

"""Cases read from the ledger, on a connection the caller holds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, true

from omnireid.accounts.permissions import Actor, Permission
from omnireid.gallery import metadata
from omnireid.review.refusals import Refusal, ReviewError
from omnireid.review.schema import candidates, cases, history, members, queries, seen
from omnireid.review.values import Action, Candidate, Case, Entry, FoundBy, Person
from omnireid.review.verdicts import Decision, Reason, Verdict, standing_of

_MACHINE = 0
"""The number of no user: theirs begin at 1."""

_ITEMS = metadata.tables["items"]
_CAMERAS = metadata.tables["cameras"]


def at_the_machine(name: str) -> Actor:
    """Whoever holds the machine itself, at its command line: sees every case, is in none."""
    return Actor(_MACHINE, name, frozenset(Permission))


def read_cases(connection: Connection, condition: ColumnElement[bool]) -> tuple[Case, ...]:
    """The cases that fit, the newest first."""
    query = select(cases).where(condition).order_by(cases.c.id.desc())
    rows = connection.execute(query).fetchall()
    people = _members(connection, [row.id for row in rows])
    return tuple(_case(row, people[row.id]) for row in rows)


def visible(actor: Actor) -> ColumnElement[bool]:
    """Which cases this actor may see: as a member, for a purpose within the scope."""
    if actor.user_id == _MACHINE:
        return true()
    mine = select(members.c.case_id).where(members.c.user_id == actor.user_id)
    condition: ColumnElement[bool] = cases.c.id.in_(mine)
    return condition & cases.c.purpose.in_(actor.purposes) if actor.purposes else condition


def read_case(connection: Connection, actor: Actor, case_id: int) -> Case:
    """One case that this actor may see.

    Raises:
        ReviewError: there is none.
    """
    found = read_cases(connection, visible(actor) & (cases.c.id == case_id))
    if not found:
        raise ReviewError(Refusal.NO_CASE)
    return found[0]


def read_candidate(
    connection: Connection, actor: Actor, candidate_id: int
) -> tuple[Case, Candidate]:
    """One candidate that this actor may see, and its case.

    Raises:
        ReviewError: there is none.
    """
    found = read_candidates(connection, candidates.c.id == candidate_id, actor.cameras)
    allowed = found and read_cases(connection, visible(actor) & (cases.c.id == found[0].case_id))
    if not allowed:
        raise ReviewError(Refusal.NO_CANDIDATE)
    return allowed[0], found[0]


def read_candidates(
    connection: Connection, condition: ColumnElement[bool], cameras: Sequence[str] = ()
) -> tuple[Candidate, ...]:
    """The candidates that fit, in the order they were collected. `cameras`: only items of these;
    empty restricts nothing; the place of an erased item stays."""
    query = (
        select(candidates, queries.c.words, queries.c.pictures, queries.c.model_id)
        .outerjoin_from(candidates, queries, queries.c.id == candidates.c.query_id)
        .where(condition, within(cameras))
        .order_by(candidates.c.id)
    )
    rows = connection.execute(query).fetchall()
    chosen = select(candidates.c.id).where(condition)
    decided: dict[int, list[Entry]] = defaultdict(list)
    verdicts = history.c.candidate_id.in_(chosen) & history.c.ordinal.is_not(None)
    for entry in read_history(connection, verdicts):
        assert entry.candidate_id is not None
        decided[entry.candidate_id].append(entry)
    eyes: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(seen).where(seen.c.candidate_id.in_(chosen))):
        eyes[row.candidate_id].add(row.user_id)
    return tuple(_candidate(row, decided[row.id], eyes[row.id]) for row in rows)


def read_history(connection: Connection, condition: ColumnElement[bool]) -> tuple[Entry, ...]:
    """The entries that fit, oldest first."""
    query = select(history).where(condition).order_by(history.c.id)
    return tuple(_entry(row) for row in connection.execute(query))


def within(names: Sequence[str]) -> ColumnElement[bool]:
    """Candidates of these cameras, of all where none is named."""
    if not names:
        return true()
    reachable = select(_ITEMS.c.id).join(_CAMERAS).where(_CAMERAS.c.name.in_(names))
    return or_(candidates.c.item_id.is_(None), candidates.c.item_id.in_(reachable))


def _members(connection: Connection, case_ids: Sequence[int]) -> Mapping[int, list[Person]]:
    people: dict[int, list[Person]] = defaultdict(list)
    query = select(members).where(members.c.case_id.in_(case_ids)).order_by(members.c.name)
    for row in connection.execute(query):
        people[row.case_id].append(Person(row.user_id, row.name))
    return people


def _case(row: Any, people: Sequence[Person]) -> Case:
    return Case(
        case_id=row.id,
        reference=row.reference,
        title=row.title,
        purpose=row.purpose,
        owner=next(person for person in people if person.user_id == row.owner_id),
        members=tuple(people),
        is_open=bool(row.is_open),
        hold=bool(row.hold),
        outcome=row.outcome,
        created=datetime.fromisoformat(row.created),
        closed=None if row.closed is None else datetime.fromisoformat(row.closed),
        version=row.version,
    )


def _candidate(row: Any, decided: Sequence[Entry], eyes: Iterable[int]) -> Candidate:
    found_by = None
    if row.query_id is not None:
        found_by = FoundBy(row.words, json.loads(row.pictures), row.model_id)
    return Candidate(
        candidate_id=row.id,
        case_id=row.case_id,
        item_id=row.item_id,
        found_by=found_by,
        score=row.score,
        probability=row.probability,
        decisions=tuple(decided),
        standing=standing_of(map(_decision, decided)),
        seen_by=frozenset(eyes),
    )


def _decision(entry: Entry) -> Decision:
    assert entry.person is not None
    return Decision(entry.person.user_id, Verdict(entry.action.value), entry.reason, entry.words)


def _entry(row: Any) -> Entry:
    return Entry(
        entry_id=row.id,
        case_id=row.case_id,
        candidate_id=row.candidate_id,
        action=Action(row.action),
        person=None if row.person_id is None else Person(row.person_id, row.person_name),
        reason=None if row.reason is None else Reason(row.reason),
        words=row.words,
        time=datetime.fromisoformat(row.time),
    )

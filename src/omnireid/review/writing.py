"""What is written to the tables of review, on a writing connection the caller holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from omnireid.accounts.permissions import Actor
from omnireid.gallery import metadata
from omnireid.review.refusals import Refusal, ReviewError
from omnireid.review.schema import (
    candidates,
    cases,
    history,
    queries,
    query_pictures,
    seen,
)
from omnireid.review.values import Action, Case, Find, FoundBy
from omnireid.review.verdicts import Reason

MAX_LINE = 200
MAX_TEXT = 4000

_ITEMS = metadata.tables["items"]
_CAMERAS = metadata.tables["cameras"]
_IN_LIMIT = 500


def now() -> str:
    """This moment as the ledger writes it."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def line(given: str, *, may_be_empty: bool = False) -> str:
    """A title or reference: one line, trimmed.

    Raises:
        ReviewError: empty or too long.
    """
    return _trimmed(" ".join(given.split()), MAX_LINE, may_be_empty)


def text(given: str, *, may_be_empty: bool = False) -> str:
    """A note or reason, trimmed.

    Raises:
        ReviewError: empty or too long.
    """
    return _trimmed(given.strip().replace("\r\n", "\n"), MAX_TEXT, may_be_empty)


def append(
    connection: Connection,
    case_id: int,
    action: Action,
    actor: Actor,
    *,
    candidate_id: int | None = None,
    ordinal: int | None = None,
    reason: Reason | None = None,
    words: str | None = None,
) -> None:
    """Add a line to the history of a case."""
    connection.execute(
        insert(history).values(
            case_id=case_id,
            candidate_id=candidate_id,
            ordinal=ordinal,
            action=action.value,
            person_id=actor.user_id,
            person_name=actor.name,
            reason=None if reason is None else reason.value,
            words=words,
            time=now(),
        )
    )


def update_case(connection: Connection, case: Case, **values: str | int | None) -> None:
    """Change fields of a case, and count the change."""
    connection.execute(
        update(cases).where(cases.c.id == case.case_id).values(version=case.version + 1, **values)
    )


def free_reference(connection: Connection, reference: str, case_id: int | None) -> None:
    """Make sure that no other case has this reference.

    Raises:
        ReviewError: one has.
    """
    holder = connection.scalar(select(cases.c.id).where(cases.c.reference == reference))
    if holder is not None and holder != case_id:
        raise ReviewError(Refusal.REFERENCE_TAKEN)


def mark_seen(connection: Connection, candidate_id: int, actor: Actor) -> bool:
    """Note that the actor has looked at a candidate; whether it was the first time."""
    values = {"candidate_id": candidate_id, "user_id": actor.user_id, "time": now()}
    return bool(connection.execute(insert(seen).values(values).on_conflict_do_nothing()).rowcount)


def insert_finds(
    connection: Connection,
    actor: Actor,
    case_id: int,
    finds: Sequence[Find],
    found_by: FoundBy | None,
    pictures: Mapping[str, bytes],
) -> list[int]:
    """Add items that are not in the case yet; the ids of those that were added, in order.

    Items outside the actor's cameras, and ids that name none, are passed over.
    """
    once = {find.item_id: find for find in finds}
    reachable = _reachable(connection, actor, list(once))
    known = set(
        connection.scalars(select(candidates.c.item_id).where(candidates.c.case_id == case_id))
    )
    new = [find for find in once.values() if find.item_id in reachable - known]
    if not new:
        return []
    query_id = None if found_by is None else _query(connection, case_id, found_by)
    for digest, jpeg in pictures.items():
        values = {"case_id": case_id, "digest": digest, "jpeg": jpeg}
        connection.execute(insert(query_pictures).values(values).on_conflict_do_nothing())
    for find in new:
        candidate_id = connection.scalar(
            insert(candidates)
            .values(
                case_id=case_id,
                item_id=find.item_id,
                query_id=query_id,
                score=find.score,
                probability=find.probability,
            )
            .returning(candidates.c.id)
        )
        append(connection, case_id, Action.COLLECTED, actor, candidate_id=candidate_id)
    return [find.item_id for find in new]


def _reachable(connection: Connection, actor: Actor, item_ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    wanted = [one for one in item_ids if 0 < one < 2**63]
    for start in range(0, len(wanted), _IN_LIMIT):
        part = _ITEMS.c.id.in_(wanted[start : start + _IN_LIMIT])
        query = select(_ITEMS.c.id).where(part)
        if actor.cameras:
            query = query.join(_CAMERAS).where(_CAMERAS.c.name.in_(actor.cameras))
        found |= set(connection.scalars(query))
    return found


def _query(connection: Connection, case_id: int, found_by: FoundBy) -> int:
    """The number of a query in a case: the same query asked again is one."""
    values = {
        "case_id": case_id,
        "words": found_by.words,
        "pictures": json.dumps(dict(found_by.pictures), sort_keys=True),
        "model_id": found_by.model_id,
    }
    same = [queries.c[name] == value for name, value in values.items()]
    known = connection.scalar(select(queries.c.id).where(*same))
    if known is not None:
        return int(known)
    made = connection.scalar(insert(queries).values(asked=now(), **values).returning(queries.c.id))
    assert made is not None
    return int(made)


def _trimmed(given: str, limit: int, may_be_empty: bool) -> str:
    if not given and not may_be_empty:
        raise ReviewError(Refusal.EMPTY)
    if len(given) > limit:
        raise ReviewError(Refusal.TOO_LONG)
    return given

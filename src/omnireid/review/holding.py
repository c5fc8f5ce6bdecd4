"""The items that cases keep from being deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, or_, select

from omnireid.review.reading import read_candidates
from omnireid.review.schema import candidates, cases
from omnireid.review.verdicts import State


def held_items(connection: Connection, references: Collection[str]) -> Mapping[int, str]:
    """The items of the cases named, and those that open cases with a hold of their own keep, each
    with its case. A rejected candidate is somebody else: a case's own hold does not keep it."""
    own = (cases.c.is_open == 1) & (cases.c.hold == 1)
    named = cases.c.reference.in_(list(references))
    query = select(cases.c.id, cases.c.reference, named.label("named")).where(or_(own, named))
    holding = {row.id: row for row in connection.execute(query)}
    kept = read_candidates(connection, candidates.c.case_id.in_(list(holding)))
    return {
        one.item_id: holding[one.case_id].reference
        for one in kept
        if one.item_id is not None
        and (holding[one.case_id].named or one.standing.opinion_state is not State.REJECTED)
    }

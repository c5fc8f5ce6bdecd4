"""The items that cases keep from being deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, or_, select

from omnireid.review.schema import candidates, cases


def held_items(connection: Connection, references: Collection[str]) -> Mapping[int, str]:
    """The items of the cases named, and of every case that is held, each with its case."""
    named = cases.c.reference.in_(list(references))
    query = (
        select(candidates.c.item_id, cases.c.reference)
        .join_from(candidates, cases, candidates.c.case_id == cases.c.id)
        .where(candidates.c.item_id.is_not(None), or_(cases.c.hold == 1, named))
    )
    return {row.item_id: row.reference for row in connection.execute(query)}

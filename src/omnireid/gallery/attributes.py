"""Attributes that the model read off pictures when they were taken in: kept, and filtered by.

A reading is kept where the model gives the value at least MIN_PERCENT, and where the value says
that something is there: "no hat" is what most people have, and would be most of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    insert,
    intersect,
    select,
    tuple_,
)
from sqlalchemy.dialects.sqlite import insert as insert_or

from omnireid.gallery.schema import metadata
from omnireid.runtime import AttributeReading

MIN_PERCENT = 50
"""A reading below this is a guess and is not kept."""

NOTHING = "none"
"""The value that says that there is no such thing."""

attribute_values = Table(
    "attribute_values",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("name", "value"),
    sqlite_autoincrement=True,
)

# Without rowid: the rows of one value lie together, so that a filter reads them alone.
item_attributes = Table(
    "item_attributes",
    metadata,
    Column("value_id", Integer, ForeignKey("attribute_values.id"), primary_key=True),
    Column(
        "item_id", Integer, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    Column("percent", Integer, nullable=False),
    sqlite_with_rowid=False,
)

Readings = Sequence[AttributeReading]
Pair = tuple[str, str]
"""An attribute's name and one of its values."""


def worth_keeping(reading: AttributeReading) -> bool:
    """Whether a reading is sure enough, and of something that is there."""
    return reading.value != NOTHING and round(100 * reading.probability) >= MIN_PERCENT


def store(connection: Connection, readings: Mapping[int, Readings]) -> None:
    """Keep what was read off these items, by item id."""
    kept = [(i, one) for i, read in readings.items() for one in read if worth_keeping(one)]
    if not kept:
        return
    codes = _codes(connection, {(one.name, one.value) for _, one in kept})
    connection.execute(
        insert(item_attributes),
        [
            {
                "value_id": codes[one.name, one.value],
                "item_id": item,
                "percent": round(100 * one.probability),
            }
            for item, one in kept
        ],
    )


def stored_values(connection: Connection) -> tuple[Pair, ...]:
    """Every attribute value that was ever read in this gallery, by name and value."""
    table = attribute_values.c
    query = select(table.name, table.value).order_by(table.name, table.value)
    return tuple((row.name, row.value) for row in connection.execute(query))


def items_with(wanted: Iterable[Pair]) -> Select[Any]:
    """Ids of items with all these attributes; of one attribute any of the values named will do."""
    by_name: dict[str, list[str]] = {}
    for name, value in wanted:
        by_name.setdefault(name, []).append(value)
    table = attribute_values.c
    parts = [
        select(item_attributes.c.item_id).where(
            item_attributes.c.value_id.in_(
                select(table.id).where(table.name == name, table.value.in_(values))
            )
        )
        for name, values in by_name.items()
    ]
    return parts[0] if len(parts) == 1 else select(intersect(*parts).subquery().c.item_id)


def _codes(connection: Connection, pairs: set[Pair]) -> dict[Pair, int]:
    wanted = sorted(pairs)
    rows = [{"name": name, "value": value} for name, value in wanted]
    connection.execute(insert_or(attribute_values).on_conflict_do_nothing(), rows)
    table = attribute_values.c
    named = tuple_(table.name, table.value).in_(wanted)
    return {
        (row.name, row.value): row.id
        for row in connection.execute(select(attribute_values).where(named))
    }

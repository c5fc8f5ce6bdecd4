"""The tables of review. Erasing an item empties what they say about it: triggers of v0005."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from omnireid.gallery import metadata

# version counts changes of the row: who changes it names the version they saw.
cases = Table(
    "review_cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("owner_id", Integer, nullable=False),
    Column("is_open", Integer, CheckConstraint("is_open IN (0, 1)", name="open"), nullable=False),
    Column("hold", Integer, CheckConstraint("hold IN (0, 1)", name="hold"), nullable=False),
    Column("outcome", Text),
    Column("created", String(27), nullable=False),
    Column("closed", String(27)),
    Column("version", Integer, nullable=False),
    sqlite_autoincrement=True,
)

# Names as they were: a case says who worked on it after an account is gone.
members = Table(
    "review_members",
    metadata,
    Column("case_id", Integer, ForeignKey("review_cases.id"), primary_key=True),
    Column("user_id", Integer, primary_key=True, index=True),
    Column("name", Text, nullable=False),
)

# pictures: JSON, modality to sha-256 of the query's picture, which is in query_pictures.
queries = Table(
    "review_queries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("review_cases.id"), nullable=False, index=True),
    Column("words", Text, nullable=False),
    Column("pictures", Text, nullable=False),
    Column("model_id", Text, nullable=False),
    Column("asked", String(27), nullable=False),
    sqlite_autoincrement=True,
)

# What was searched for, to compare candidates with.
query_pictures = Table(
    "review_query_pictures",
    metadata,
    Column("case_id", Integer, ForeignKey("review_cases.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("jpeg", LargeBinary, nullable=False),
)

# item_id is NULL once the item is erased or its retention has ended.
candidates = Table(
    "review_candidates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("review_cases.id"), nullable=False),
    Column("item_id", Integer, ForeignKey("items.id", ondelete="SET NULL"), index=True),
    Column("query_id", Integer, ForeignKey("review_queries.id"), index=True),
    Column("score", Float),
    Column("probability", Float),
    UniqueConstraint("case_id", "item_id"),
    sqlite_autoincrement=True,
)

# Everything that happened, append-only by triggers; ordinal counts the verdicts on a candidate.
history = Table(
    "review_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("review_cases.id"), nullable=False, index=True),
    Column("candidate_id", Integer, ForeignKey("review_candidates.id")),
    Column("ordinal", Integer),
    Column("action", String(16), nullable=False),
    Column("person_id", Integer),
    Column("person_name", Text),
    Column("reason", String(16)),
    Column("words", Text),
    Column("time", String(27), nullable=False),
    UniqueConstraint("candidate_id", "ordinal"),
    sqlite_autoincrement=True,
)

seen = Table(
    "review_seen",
    metadata,
    Column("candidate_id", Integer, ForeignKey("review_candidates.id"), primary_key=True),
    Column("user_id", Integer, primary_key=True),
    Column("time", String(27), nullable=False),
)

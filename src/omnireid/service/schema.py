"""The service's own table: answers kept for repeated requests."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from omnireid.gallery import metadata

# caller: "user 3" or "key 7". key: sha-256 of the Idempotency-Key. request: sha-256 of method,
# address and body. status: NULL until it is answered. body: NULL when the answer holds a secret,
# which is shown once, and once an item was deleted, of which it may speak.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", String(32), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("began", String(27), nullable=False, index=True),
    Column("status", Integer),
    Column("media_type", Text),
    Column("location", Text),
    Column("body", LargeBinary),
)

"""Mentions of erased content in the audit log: the words go, the entries stay."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import select

from omnireid.governance.audit import AuditLog
from omnireid.governance.scanning import Needle
from omnireid.governance.schema import audit_payloads


def redact_mentions(audit: AuditLog, needles: Sequence[Needle], *, actor: str, reason: str) -> int:
    """Redact each payload that names an erased picture by its hash or quotes an erased note."""
    # As they stand in JSON: a note with a quotation mark is written differently there.
    texts = [
        json.dumps(needle.data.decode(), ensure_ascii=False)[1:-1]
        for needle in needles
        if needle.kind in ("digest", "note", "token", "content")
    ]
    if not texts:
        return 0
    with audit.database.read() as connection:
        rows = connection.execute(select(audit_payloads.c.seq, audit_payloads.c.payload))
        numbers = [row.seq for row in rows if any(text in row.payload for text in texts)]
    return audit.redact(numbers, actor=actor, reason=reason) if numbers else 0

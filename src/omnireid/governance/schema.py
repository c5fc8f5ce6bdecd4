"""The tables of this room, in the gallery's ledger. A change here needs a new migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from omnireid.gallery import metadata

# Triggers (in the migration) refuse UPDATE and DELETE. facts: canonical JSON without personal
# words. sealed: the salted hash of the payload, None without one. previous, digest: the chain.
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", String(27), nullable=False, index=True),
    Column("actor", Text, nullable=False, index=True),
    Column("action", Text, nullable=False, index=True),
    Column("purpose", Text),
    Column("case_ref", Text),
    Column("facts", Text, nullable=False),
    Column("sealed", String(64)),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    sqlite_autoincrement=True,
)

# What a person typed or showed. A trigger lets a row go only once it stands in audit_redactions.
audit_payloads = Table(
    "audit_payloads",
    metadata,
    Column("seq", Integer, ForeignKey("audit_entries.seq"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("payload", Text, nullable=False),
)

# entry: the entry "audit.redact" that tells who did it and why.
audit_redactions = Table(
    "audit_redactions",
    metadata,
    Column("seq", Integer, ForeignKey("audit_entries.seq"), primary_key=True),
    Column("entry", Integer, ForeignKey("audit_entries.seq"), nullable=False),
)

# all_cameras: 1, or 0 when only those in purpose_cameras may be searched. active: 0 once retired;
# never deleted, for the log names it.
purposes = Table(
    "purposes",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("name_en", Text, nullable=False),
    Column("name_ja", Text, nullable=False),
    Column("all_cameras", Integer, nullable=False),
    Column("active", Integer, nullable=False),
)

# Names, not ids: the ledger forgets a camera when its last item goes.
purpose_cameras = Table(
    "purpose_cameras",
    metadata,
    Column("purpose", String(64), ForeignKey("purposes.key"), primary_key=True),
    Column("camera", Text, primary_key=True),
)

# "*" stands for every camera or purpose, "" (camera) for items without a camera.
retention_rules = Table(
    "retention_rules",
    metadata,
    Column("camera", Text, primary_key=True),
    Column("purpose", String(64), primary_key=True),
    Column("days", Integer, nullable=False),
)

# kind: item, case or camera. subject: its number or name.
legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed", String(27), nullable=False),
    Column("until", String(27)),
    Column("released_by", Text),
    Column("released", String(27)),
    sqlite_autoincrement=True,
)

# reference: the site's own number of the request; no name of the person.
subject_requests = Table(
    "subject_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("opened", String(27), nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("closed", String(27)),
    sqlite_autoincrement=True,
)

# score: the similarity in thousandths. theirs: None until looked at, then 1 or 0.
subject_request_items = Table(
    "subject_request_items",
    metadata,
    Column("request_id", Integer, ForeignKey("subject_requests.id"), primary_key=True),
    Column("item_id", Integer, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("score", Integer, nullable=False),
    Column("theirs", Integer),
    Index("ix_subject_request_items_item_id", "item_id"),
)

# step: the last step done. mask: undoes the masking of the needles; cleared with them at the end.
# certificate: JSON, once finished.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("started", String(27), nullable=False),
    Column("step", String(32), nullable=False),
    Column("mask", LargeBinary),
    Column("certificate", Text),
    Column("certificate_sha256", String(64)),
    sqlite_autoincrement=True,
)

# What the scan looks for, masked, so that the list itself is not found. Gone when it is finished.
erasure_needles = Table(
    "erasure_needles",
    metadata,
    Column("erasure_id", Integer, ForeignKey("erasures.id"), primary_key=True),
    Column("item_id", Integer, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("masked", LargeBinary, nullable=False),
)

# sha-256 of the random tokens of erased rows: by these a restored backup is purged again.
erased_rows = Table(
    "erased_rows",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("erasure_id", Integer, ForeignKey("erasures.id"), nullable=False),
)

# state: whole, purged (erased items taken out), dropped.
backups = Table(
    "backups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("made", String(27), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    sqlite_autoincrement=True,
)

"""Governance: audit, purposes, retention, subject requests, erasures, backups."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PURPOSES = (
    ("incident", "Investigating an incident", "事件・事故の調査"),
    ("missing_person", "Finding a missing or lost person", "行方不明者・迷子の捜索"),
    ("lost_property", "Finding the owner of lost property", "遺失物の持ち主の確認"),
    ("safety", "Preventing accidents at work", "作業場の事故防止"),
    (
        "subject_request",
        "Answering a person's request about their own data",
        "本人からの開示・消去請求への対応",
    ),
    ("system_test", "Testing this system", "システムの試験"),
)


def upgrade() -> None:
    """Create the tables of this room, what the gallery's own tables gain, and the purposes."""
    op.add_column("items", sa.Column("token", sa.String(32)))
    op.execute("UPDATE items SET token = lower(hex(randomblob(16)))")
    op.add_column("items", sa.Column("blur", sa.String(16)))
    op.create_table("blocked_content", sa.Column("mac", sa.String(64), primary_key=True))
    _audit()
    _purposes()
    _requests()
    op.create_table(
        "backups",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("made", sa.String(27), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sqlite_autoincrement=True,
    )


def _audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("case_ref", sa.Text),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("sealed", sa.String(64)),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sqlite_autoincrement=True,
    )
    for column in ("at", "actor", "action"):
        op.create_index(f"ix_audit_entries_{column}", "audit_entries", [column])
    op.create_table(
        "audit_payloads",
        sa.Column("seq", sa.Integer, sa.ForeignKey("audit_entries.seq"), primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_redactions",
        sa.Column("seq", sa.Integer, sa.ForeignKey("audit_entries.seq"), primary_key=True),
        sa.Column("entry", sa.Integer, sa.ForeignKey("audit_entries.seq"), nullable=False),
    )
    for table, change in (
        ("audit_entries", "UPDATE"),
        ("audit_entries", "DELETE"),
        ("audit_payloads", "UPDATE"),
        ("audit_redactions", "UPDATE"),
        ("audit_redactions", "DELETE"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER audit_payloads_no_delete BEFORE DELETE ON audit_payloads "
        "WHEN NOT EXISTS (SELECT 1 FROM audit_redactions WHERE seq = OLD.seq) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    )


def _purposes() -> None:
    purposes = op.create_table(
        "purposes",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("name_ja", sa.Text, nullable=False),
        sa.Column("all_cameras", sa.Integer, nullable=False),
        sa.Column("active", sa.Integer, nullable=False),
    )
    op.bulk_insert(
        purposes,
        [
            {"key": key, "name_en": en, "name_ja": ja, "all_cameras": 1, "active": 1}
            for key, en, ja in _PURPOSES
        ],
    )
    op.create_table(
        "purpose_cameras",
        sa.Column("purpose", sa.String(64), sa.ForeignKey("purposes.key"), primary_key=True),
        sa.Column("camera", sa.Text, primary_key=True),
    )
    op.create_table(
        "retention_rules",
        sa.Column("camera", sa.Text, primary_key=True),
        sa.Column("purpose", sa.String(64), primary_key=True),
        sa.Column("days", sa.Integer, nullable=False),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("placed", sa.String(27), nullable=False),
        sa.Column("until", sa.String(27)),
        sa.Column("released_by", sa.Text),
        sa.Column("released", sa.String(27)),
        sqlite_autoincrement=True,
    )


def _requests() -> None:
    op.create_table(
        "subject_requests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("opened", sa.String(27), nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("closed", sa.String(27)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subject_request_items",
        sa.Column("request_id", sa.Integer, sa.ForeignKey("subject_requests.id"), primary_key=True),
        sa.Column(
            "item_id", sa.Integer, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("theirs", sa.Integer),
    )
    op.create_index("ix_subject_request_items_item_id", "subject_request_items", ["item_id"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("started", sa.String(27), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("mask", sa.LargeBinary),
        sa.Column("certificate", sa.Text),
        sa.Column("certificate_sha256", sa.String(64)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "erasure_needles",
        sa.Column("erasure_id", sa.Integer, sa.ForeignKey("erasures.id"), primary_key=True),
        sa.Column("item_id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True),
        sa.Column("masked", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "erased_rows",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("erasure_id", sa.Integer, sa.ForeignKey("erasures.id"), nullable=False),
    )

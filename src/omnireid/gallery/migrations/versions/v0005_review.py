"""Review: cases, candidates, queries, an append-only history."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of this room. Written out: they never change again in this version."""
    op.create_table(
        "review_cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Integer, nullable=False),
        sa.Column("hold", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("closed", sa.String(27)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("reference", name="uq_review_cases_reference"),
        sa.CheckConstraint("is_open IN (0, 1)", name="ck_review_cases_open"),
        sa.CheckConstraint("hold IN (0, 1)", name="ck_review_cases_hold"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "review_members",
        sa.Column("case_id", sa.Integer, sa.ForeignKey("review_cases.id"), primary_key=True),
        sa.Column("user_id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "review_queries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("review_cases.id"), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("pictures", sa.Text, nullable=False),
        sa.Column("model_id", sa.Text, nullable=False),
        sa.Column("asked", sa.String(27), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "review_query_pictures",
        sa.Column("case_id", sa.Integer, sa.ForeignKey("review_cases.id"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "review_candidates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("review_cases.id"), nullable=False),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("items.id", ondelete="SET NULL")),
        sa.Column("query_id", sa.Integer, sa.ForeignKey("review_queries.id")),
        sa.Column("score", sa.Float),
        sa.Column("probability", sa.Float),
        sa.UniqueConstraint("case_id", "item_id", name="uq_review_candidates_case_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "review_history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("review_cases.id"), nullable=False),
        sa.Column("candidate_id", sa.Integer, sa.ForeignKey("review_candidates.id")),
        sa.Column("ordinal", sa.Integer),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("person_id", sa.Integer),
        sa.Column("person_name", sa.Text),
        sa.Column("reason", sa.String(16)),
        sa.Column("words", sa.Text),
        sa.Column("time", sa.String(27), nullable=False),
        sa.UniqueConstraint("candidate_id", "ordinal", name="uq_review_history_candidate_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "review_seen",
        sa.Column(
            "candidate_id", sa.Integer, sa.ForeignKey("review_candidates.id"), primary_key=True
        ),
        sa.Column("user_id", sa.Integer, primary_key=True),
        sa.Column("time", sa.String(27), nullable=False),
    )
    for table, column in (
        ("review_members", "user_id"),
        ("review_queries", "case_id"),
        ("review_candidates", "item_id"),
        ("review_candidates", "query_id"),
        ("review_history", "case_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    for trigger in _TRIGGERS:
        op.execute(trigger)
    _searching()


def _searching() -> None:
    """What the search page keeps: attributes read off pictures, zones, saved searches."""
    op.create_table(
        "attribute_values",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.UniqueConstraint("name", "value", name="uq_attribute_values_name"),
        sqlite_autoincrement=True,
    )
    # Without rowid: the rows of one value lie together, so that a filter reads them alone.
    op.create_table(
        "item_attributes",
        sa.Column("value_id", sa.Integer, sa.ForeignKey("attribute_values.id"), primary_key=True),
        sa.Column(
            "item_id", sa.Integer, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("percent", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_attributes_item_id", "item_attributes", ["item_id"])
    op.create_table(
        "zones",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("name", name="uq_zones_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "zone_cameras",
        sa.Column(
            "zone_id", sa.Integer, sa.ForeignKey("zones.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("camera", sa.Text, primary_key=True),
    )
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("made", sa.String(27), nullable=False),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_searches_user_id"),
        sqlite_autoincrement=True,
    )


_TRIGGERS = (
    """
    CREATE TRIGGER review_history_stays BEFORE DELETE ON review_history
    BEGIN SELECT RAISE(ABORT, 'the history of a case is append-only'); END
    """,
    # The words may be emptied, for the person they describe may ask for it; nothing else changes.
    """
    CREATE TRIGGER review_history_keeps BEFORE UPDATE ON review_history
    WHEN NEW.words IS NOT NULL
        OR OLD.id IS NOT NEW.id OR OLD.case_id IS NOT NEW.case_id
        OR OLD.candidate_id IS NOT NEW.candidate_id OR OLD.ordinal IS NOT NEW.ordinal
        OR OLD.action IS NOT NEW.action OR OLD.person_id IS NOT NEW.person_id
        OR OLD.person_name IS NOT NEW.person_name OR OLD.reason IS NOT NEW.reason
        OR OLD.time IS NOT NEW.time
    BEGIN SELECT RAISE(ABORT, 'the history of a case is append-only'); END
    """,
    # Whoever deletes an item (retention, erasure, the command line), what cases say about it goes
    # in the same transaction; the decisions stay, without the person they were about. A query and
    # its pictures go with the last item that it found.
    """
    CREATE TRIGGER review_forgets_item BEFORE DELETE ON items
    WHEN EXISTS (SELECT 1 FROM review_candidates WHERE item_id = OLD.id)
    BEGIN
        INSERT INTO review_history (case_id, candidate_id, action, time)
            SELECT case_id, id, 'erased', strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'
            FROM review_candidates WHERE item_id = OLD.id;
        UPDATE review_history SET words = NULL WHERE words IS NOT NULL AND candidate_id IN
            (SELECT id FROM review_candidates WHERE item_id = OLD.id);
        UPDATE review_queries SET words = '', pictures = '{}' WHERE id IN
            (SELECT query_id FROM review_candidates WHERE item_id = OLD.id)
            AND NOT EXISTS (SELECT 1 FROM review_candidates AS other
                WHERE other.query_id = review_queries.id
                AND other.item_id IS NOT NULL AND other.item_id <> OLD.id);
        DELETE FROM review_query_pictures WHERE case_id IN
            (SELECT case_id FROM review_candidates WHERE item_id = OLD.id)
            AND NOT EXISTS (SELECT 1 FROM review_queries AS asked
                WHERE asked.case_id = review_query_pictures.case_id
                AND instr(asked.pictures, review_query_pictures.digest) > 0);
        UPDATE review_candidates SET item_id = NULL, score = NULL, probability = NULL
            WHERE item_id = OLD.id;
    END
    """,
)

"""The first ledger: items, vectors, pictures, notes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table. Written out: the tables of this version never change again."""
    op.create_table(
        "models",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.UniqueConstraint("name", name="uq_models_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "gallery",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uuid", sa.String(32), nullable=False),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id"), nullable=False),
        sa.Column("timezone", sa.Text),
        sa.Column("created", sa.String(27), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_gallery_one_row"),
    )
    op.create_table(
        "changes",
        sa.Column("generation", sa.Integer, primary_key=True),
        sa.Column("token", sa.String(32), nullable=False),
    )
    for table in ("cameras", "sources"):
        op.create_table(
            table,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.Text, nullable=False),
            sa.UniqueConstraint("name", name=f"uq_{table}_name"),
            sqlite_autoincrement=True,
        )
    op.create_table(
        "items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("modalities", sa.Integer, nullable=False),
        sa.Column("camera_id", sa.Integer, sa.ForeignKey("cameras.id")),
        sa.Column("source_id", sa.Integer, sa.ForeignKey("sources.id")),
        sa.Column("time", sa.String(27)),
        sa.Column("note", sa.Text),
        sa.Column("added", sa.String(27), nullable=False),
        sa.UniqueConstraint("content_hash", name="uq_items_content_hash"),
        sqlite_autoincrement=True,
    )
    for column in ("camera_id", "source_id", "time"):
        op.create_index(f"ix_items_{column}", "items", [column])
    op.create_table(
        "vectors",
        sa.Column(
            "item_id", sa.Integer, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id"), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("crc", sa.Integer, nullable=False),
    )
    op.create_table(
        "pictures",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
    )
    op.create_table(
        "item_pictures",
        sa.Column(
            "item_id", sa.Integer, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("ordinal", sa.Integer, primary_key=True),
        sa.Column("modality", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), sa.ForeignKey("pictures.digest"), nullable=False),
    )
    op.create_index("ix_item_pictures_digest", "item_pictures", ["digest"])
    op.create_table("loose_pictures", sa.Column("digest", sa.String(64), primary_key=True))
    op.create_table(
        "removed",
        sa.Column("item_id", sa.Integer, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    op.create_index("ix_removed_generation", "removed", ["generation"])
    op.execute(
        "CREATE VIRTUAL TABLE notes USING fts5(tokens, tokenize = 'unicode61 remove_diacritics 0')"
    )

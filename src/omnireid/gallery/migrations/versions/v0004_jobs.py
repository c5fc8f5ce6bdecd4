"""Jobs: the queue and what each file became."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of this room."""
    op.create_table(
        "watched_folders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("checked", sa.String(27)),
        sa.Column("trouble", sa.Text),
        sa.UniqueConstraint("path", name="uq_watched_folders_path"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "watched_files",
        sa.Column(
            "watch_id",
            sa.Integer,
            sa.ForeignKey("watched_folders.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("modified", sa.Integer, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("watch_id", sa.Integer, sa.ForeignKey("watched_folders.id", ondelete="SET NULL")),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("started", sa.String(27)),
        sa.Column("heartbeat", sa.String(27)),
        sa.Column("finished", sa.String(27)),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("staged", sa.String(32)),
        sa.Column("total", sa.Integer),
        sa.Column("handled", sa.Integer, nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("duplicates", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("position", sa.Text),
        sa.Column("error", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_index("ix_jobs_watch_id", "jobs", ["watch_id"])
    op.create_table(
        "job_files",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "job_id", sa.Integer, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("stored_as", sa.Text),
        sa.Column("outcome", sa.String(16)),
        sa.Column("reason", sa.Text),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("items.id", ondelete="CASCADE")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_files_item_id", "job_files", ["item_id"])
    op.create_index("ix_job_files_job_id_outcome", "job_files", ["job_id", "outcome"])
    op.create_table(
        "picture_hashes",
        sa.Column(
            "digest",
            sa.String(64),
            sa.ForeignKey("pictures.digest", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("dhash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "near_duplicates",
        sa.Column(
            "item_id", sa.Integer, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("likeness_group", sa.Integer, nullable=False),
        sa.Column("bits", sa.Integer, nullable=False),
    )
    op.create_index("ix_near_duplicates_likeness_group", "near_duplicates", ["likeness_group"])

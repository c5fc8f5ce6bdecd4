"""Governance: audit, purposes, retention, erasures."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of this room."""

"""How a ledger grows from one release to the next (Alembic)."""

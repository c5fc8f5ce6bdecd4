"""Alembic's entry: run the migrations on the connection that the gallery hands over."""

from alembic import context

# One transaction is open on this connection already: a kill leaves the schema as it was.
context.configure(connection=context.config.attributes["connection"])
context.run_migrations()

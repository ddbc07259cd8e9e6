"""Alembic's environment: runs the steps on the connection and in the transaction of `steward.store.migrating`."""

from alembic import context

from steward.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()

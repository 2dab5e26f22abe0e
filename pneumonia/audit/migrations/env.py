"""Runs revisions on the connection, and in the transaction, of who asks for them."""

from alembic import context

from pneumonia.audit.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], version_table=VERSION_TABLE
)
context.run_migrations()

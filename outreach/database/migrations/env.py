"""Alembic's entry: runs on the connection that it is given."""

from alembic import context

from outreach.database.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

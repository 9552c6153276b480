"""Alembic's entry: runs on the connection that ``app.db.migrate`` hands over."""

from __future__ import annotations

from alembic import context

import app.stations.models  # noqa: F401 - registers the tables
from app.db.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()

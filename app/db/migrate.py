"""Bring the schema up to date, by Alembic, from inside the process."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.db.engine import Database
from app.db.errors import SchemaOutOfDate

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None, dialect: object = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    config.attributes["dialect"] = dialect
    return config


def newest_revision() -> str:
    """The schema revision that this version of the code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError(f"there are no migrations in {_SCRIPTS}")
    return head


async def current_revision(database: Database) -> str | None:
    """The schema revision of the database; ``None`` for an empty one."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision; does nothing where it is there already.

    Processes that start at once take turns: the first upgrades inside the write lock,
    the others then find nothing to do.
    """
    if await current_revision(database) == newest_revision():
        return
    lock = database.dialect.schema_lock_statement()
    async with database.engine.execution_options(writes=True).begin() as connection:
        if lock is not None:
            await connection.exec_driver_sql(lock)
        await connection.run_sync(
            lambda sync: command.upgrade(_config(sync, database.dialect), "head")
        )


async def require_current(database: Database) -> None:
    """Raise ``SchemaOutOfDate`` unless the schema is the newest."""
    found, needed = await current_revision(database), newest_revision()
    if found != needed:
        raise SchemaOutOfDate(found, needed)

"""Bring the schema up to date, by Alembic, from inside the process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from app.db.dialects.base import Dialect
from app.db.engine import Database
from app.db.errors import SchemaOutOfDate

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION = table("alembic_version", column("version_num"))


def newest_revision() -> str:
    """The schema revision that this version of the code needs: the last script's number."""
    return max(script.name for script in (_SCRIPTS / "versions").glob("[0-9]*.py")).split("_")[0]


async def current_revision(database: Database) -> str | None:
    """The schema revision of the database; ``None`` for an empty one."""
    async with database.engine.connect() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table(_VERSION.name)):
            return None
        revision: str | None = await connection.scalar(select(_VERSION.c.version_num))
        return revision


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
        await connection.run_sync(_upgrade, database.dialect)


def _upgrade(connection: Connection, dialect: Dialect) -> None:
    from alembic import command  # noqa: PLC0415 - most starts have nothing to upgrade

    command.upgrade(_config(connection, dialect), "head")


def _config(connection: Connection, dialect: Dialect) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    config.attributes["dialect"] = dialect
    return config


async def require_current(database: Database) -> None:
    """Raise ``SchemaOutOfDate`` unless the schema is the newest."""
    found, needed = await current_revision(database), newest_revision()
    if found != needed:
        raise SchemaOutOfDate(found, needed)

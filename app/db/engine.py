"""From a database URL to an engine, its sessions and its dialect: the only place that picks one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.db.dialects.base import Dialect
from app.db.dialects.postgresql import PostgreSQL
from app.db.dialects.sqlite import SQLite
from app.db.errors import DatabaseUrlRefused
from app.db.pool import ALONE, Connections, driver_url, pool_options, shares_of
from app.db.timing import watch


@dataclass(frozen=True, slots=True)
class Database:
    """An open database.

    Attributes:
        reads: Sessions whose transactions only read.
        writes: Sessions whose transactions take the write lock when they begin.
    """

    engine: AsyncEngine
    dialect: Dialect
    reads: async_sessionmaker[AsyncSession]
    writes: async_sessionmaker[AsyncSession]

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


def dialect_for(url: str, connections: Connections = ALONE) -> Dialect:
    """The dialect of a SQLAlchemy URL.

    Args:
        url: Of the database that is written to.
        connections: How else it is reached; SQLite has but one way.

    Raises:
        DatabaseUrlRefused: The URL cannot be read or names a database that is not supported.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlRefused("it cannot be read as a URL") from error
    if parsed.drivername == "sqlite+aiosqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise DatabaseUrlRefused("a SQLite catalogue needs a file, since processes share it")
        return SQLite(Path(parsed.database))
    if parsed.drivername == "postgresql+asyncpg":
        return PostgreSQL(url, connections)
    raise DatabaseUrlRefused(f"{parsed.drivername!r} is not supported")


async def fit_pools(url: str, connections: Connections) -> Connections:
    """The same, with pools as large as the server allows each process.

    Raises:
        DatabaseUrlRefused: See ``dialect_for``.
        DatabaseUnavailable: The server cannot be asked.

    Cost: one connection, on PostgreSQL.
    """
    dialect = dialect_for(url, connections)
    if not isinstance(dialect, PostgreSQL):
        return connections
    limit = await dialect.connection_limit()
    return replace(connections, shares=shares_of(limit, connections.processes))


def open_database(url: str, connections: Connections = ALONE) -> Database:
    """Make the engine of ``url``; connects on first use, creates the file's directory.

    Raises:
        DatabaseUrlRefused: See ``dialect_for``.
    """
    dialect = dialect_for(url, connections)
    if isinstance(dialect, SQLite):
        dialect.path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        driver_url(url), **pool_options(connections.shares), **dialect.engine_options()
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(driver: Any, _record: Any, arguments: Any, options: Any) -> Any:
        try:
            return driver.connect(*arguments, **options)
        except Exception as error:
            failure = dialect.connect_failure(error)
            if failure is error:
                raise
            raise failure from error

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(dbapi_connection: Any, _record: Any) -> None:
        dialect.on_connect(dbapi_connection)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        for statement in dialect.begin_statements(writes=writes):
            connection.exec_driver_sql(statement)

    watch(engine)
    return Database(
        engine=engine,
        dialect=dialect,
        reads=async_sessionmaker(engine, expire_on_commit=False),
        writes=async_sessionmaker(engine.execution_options(writes=True), expire_on_commit=False),
    )

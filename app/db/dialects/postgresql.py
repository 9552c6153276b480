"""PostgreSQL 13 or newer, through asyncpg: no extension, nothing that managed services lack."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.dialects.base import CatalogueReader, LockHeldError, Rows, TextEdit
from app.db.dialects.postgresql_connecting import (
    CLOSE_TIMEOUT_S,
    CONNECT_TIMEOUT_S,
    FAILURES,
    check_version,
    checked_url,
    connect,
    connect_options,
    is_pooled,
    reading_options,
    unavailable,
)
from app.db.dialects.postgresql_reader import PostgreSQLReader
from app.db.dialects.replicas import ReplicatedReader
from app.db.errors import DatabaseUnavailable
from app.db.pool import ALONE, POOLER, Connections

LOCK_TIMEOUT_MS = 10_000
"""A writer that has not got a lock by then gives up, as one on SQLite does."""

RECYCLE_S = 1_800

_BEGIN_WRITING = (f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}", "DISCARD PLANS")

PENDING_KIB = 128
"""Words of new stations that searches read one by one, until they are sorted into the index."""

# Sets of tokens: no stemming, no positions, one splitter, in Python, for all databases.
_TEXT_INDEX = (
    "CREATE INDEX ix_station_search_tokens ON station"
    " USING gin (array_to_tsvector(string_to_array(search_tokens, ' ')))"
    f" WITH (gin_pending_list_limit = {PENDING_KIB})"
)
_SQL = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped there
_WITHOUT_STATEMENTS: dict[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}
"""A statement that is prepared by name would be looked for in another session."""

_LIMIT_SQL = (
    "SELECT LEAST(current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int,"
    " (SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),"
    " (SELECT NULLIF(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))"
)
_WITH_GIVEN_IDS = ("station", "evse", "connector", "operator")


class PostgreSQL:
    """The PostgreSQL dialect over one URL.

    Behind a pooler that gives out connections by the transaction, what needs a session (being
    told of commits, locks that outlive transactions) goes around it, or is done without.

    Raises:
        DatabaseUrlRefused: The URL has an option that is not known, or no database.
    """

    name = "postgresql"
    max_bind_params = 32_767

    def __init__(self, url: str, connections: Connections = ALONE) -> None:
        self._url = checked_url(url)
        self._shares = connections.shares
        self._replica_urls = [checked_url(replica) for replica in connections.replica_urls]
        self._direct_url = self._url
        if connections.direct_url is not None:
            self._direct_url = checked_url(connections.direct_url)
            self._url = self._url.update_query_dict({POOLER: "transaction"})

    def exists(self) -> bool:
        """The server's databases are made by its owner; asking shows what is wrong."""
        return True

    def engine_options(self) -> dict[str, Any]:
        """A short wait for a connection, and none that the server has closed meanwhile."""
        return {
            "pool_pre_ping": True,
            "pool_recycle": RECYCLE_S,
            "connect_args": {
                "timeout": CONNECT_TIMEOUT_S,
                **(_WITHOUT_STATEMENTS if is_pooled(self._url) else {}),
            },
        }

    async def connection_limit(self) -> int:
        """What the server, the database and the user allow, less what is for superusers."""
        connection = await connect(connect_options(self._url))
        try:
            limit: int = await connection.fetchval(_LIMIT_SQL)
        finally:
            await connection.close(timeout=CLOSE_TIMEOUT_S)
        return limit

    def connect_failure(self, error: Exception) -> Exception:
        """In one line, without the password."""
        return unavailable(error, connect_options(self._url))

    def on_connect(self, dbapi_connection: Any) -> None:
        """Refuse a server that is too old; what a transaction needs is set when it begins."""
        try:
            check_version(dbapi_connection.driver_connection.get_server_version()[:2])
        except DatabaseUnavailable:
            dbapi_connection.terminate()
            raise

    def begin_statements(self, *, writes: bool) -> tuple[str, ...]:
        """A bounded wait, and plans for the tables as they are now.

        A connection keeps its plans, those of foreign keys too: what was planned for an empty
        table would read all of a large one for every row. Forgotten, they are made once a
        transaction; planning each time anew costs as much as writing. The first statement
        begins the transaction in earnest too, which the driver puts off.
        """
        return _BEGIN_WRITING if writes else ()

    def schema_lock_statement(self) -> str | None:
        """Processes that start at once bring the schema up to date one after the other."""
        return f"SELECT pg_advisory_xact_lock({_lock_key('schema')})"

    def text_index_ddl(self) -> tuple[str, ...]:
        """A GIN index over the tokens; and the sequences that ``allocate_ids`` draws from."""
        return (_TEXT_INDEX, *(f"CREATE SEQUENCE {name}_given_id" for name in _WITH_GIVEN_IDS))

    def text_index_drop_ddl(self) -> tuple[str, ...]:
        """The opposite of ``text_index_ddl``."""
        return (
            "DROP INDEX ix_station_search_tokens",
            *(f"DROP SEQUENCE {name}_given_id" for name in _WITH_GIVEN_IDS),
        )

    def reader(self) -> CatalogueReader:
        """A few connections of its own, opened when first used; replicas, where there are any.

        Processes begin with different replicas, so that each gets its share.
        """
        primary = PostgreSQLReader(
            reading_options(self._url),
            most=self._shares.reads,
            listening=None if is_pooled(self._direct_url) else connect_options(self._direct_url),
        )
        replicas = [
            PostgreSQLReader(reading_options(url), most=self._shares.reads)
            for url in self._replica_urls
        ]
        if not replicas:
            return primary
        first = os.getpid() % len(replicas)
        return ReplicatedReader(primary, [*replicas[first:], *replicas[:first]])

    async def allocate_ids(self, session: AsyncSession, table: Table, count: int) -> range:
        """A block of a sequence: whoever else writes at this moment gets another."""
        if not count:
            return range(0)
        sequence, key = f"{table.name}_given_id", _lock_key(f"{table.name} ids")
        # The lock is held for this statement only; both functions stand outside transactions.
        last = await session.scalar(
            text(
                "WITH locked AS MATERIALIZED (SELECT pg_advisory_lock(:key)),"
                " taken AS MATERIALIZED (SELECT setval(:sequence, nextval(:sequence) + :more)"
                " AS last FROM locked)"
                " SELECT last, pg_advisory_unlock(:key) FROM taken"
            ),
            {"key": key, "sequence": sequence, "more": count - 1},
        )
        return range(last - count + 1, last + 1)

    async def insert_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], rows: Rows
    ) -> None:
        """Binary ``COPY`` on the transaction's own connection."""
        if rows:
            connection = await session.connection()
            raw = await connection.get_raw_connection()
            driver: asyncpg.Connection = raw.driver_connection
            await driver.copy_records_to_table(table.name, records=rows, columns=columns)

    async def update_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], key: str, rows: Rows
    ) -> None:
        """One statement over arrays, a column each: a tenth of what a statement a row takes."""
        assignments = ", ".join(f"{name} = given.{name}" for name in columns)
        names = (*columns, key)
        await _execute_over_arrays(
            session,
            f"UPDATE {table.name} SET {assignments}"  # noqa: S608 - names of our own columns
            f" FROM unnest({_arrays(table, names)}) AS given({', '.join(names)})"
            f" WHERE {table.name}.{key} = given.{key}",
            rows,
        )

    async def upsert_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], key: str, rows: Rows
    ) -> None:
        """One statement over arrays; of rows with one key the last counts."""
        assignments = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
        key_at = list(columns).index(key)
        await _execute_over_arrays(
            session,
            f"INSERT INTO {table.name} ({', '.join(columns)})"  # noqa: S608 - names of our own columns
            f" SELECT * FROM unnest({_arrays(table, columns)})"
            f" ON CONFLICT ({key}) DO UPDATE SET {assignments}",
            list({row[key_at]: row for row in rows}.values()),
        )

    async def delete_rows(
        self, session: AsyncSession, table: Table, column: str, values: Sequence[Any]
    ) -> None:
        """One array, one statement."""
        if values:
            connection = await session.connection()
            await connection.exec_driver_sql(
                f"DELETE FROM {table.name} WHERE {column} = ANY($1)",  # noqa: S608 - names of our own columns
                (list(values),),
            )

    async def lock_changes(self, session: AsyncSession) -> None:
        """Held until commit, so that ``change.seq`` is in the order of commits; wakes followers."""
        await session.execute(
            text(f"SELECT pg_advisory_xact_lock({_lock_key('changes')}), pg_notify(:channel, '')"),
            {"channel": PostgreSQLReader.CHANNEL},
        )

    async def index_text(self, session: AsyncSession, edits: Sequence[TextEdit]) -> None:
        """Nothing to do: the index is over a column."""

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[None]:
        """An advisory lock of a connection of its own; the server frees it when that breaks.

        Through a pooler a transaction holds it: that alone keeps its connection to a server.
        """
        connection = await connect(connect_options(self._direct_url))
        try:
            lock = "SELECT pg_try_advisory_lock($1)"
            if is_pooled(self._direct_url):
                await connection.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
                lock = "SELECT pg_try_advisory_xact_lock($1)"
            if not await connection.fetchval(lock, _lock_key(f"exclusive {name}")):
                raise LockHeldError(name)
            yield
        finally:
            with suppress(*FAILURES):
                await connection.close(timeout=CLOSE_TIMEOUT_S)

    async def find_damage(self, session: AsyncSession) -> list[str]:
        """Indexes that a failed build left unusable; the server checks the rest itself."""
        rows = await session.execute(
            text(
                "SELECT indexrelid::regclass::text FROM pg_index"
                " WHERE NOT indisvalid AND indrelid IN"
                " (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
            )
        )
        return [f"index: {row[0]} is not valid" for row in rows]


async def _execute_over_arrays(session: AsyncSession, statement: str, rows: Rows) -> None:
    if rows:
        connection = await session.connection()
        await connection.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))


def _arrays(table: Table, columns: Sequence[str]) -> str:
    """Parameters of ``unnest``: an array of each column's type."""
    return ", ".join(
        f"${number}::{table.c[name].type.compile(_SQL)}[]"
        for number, name in enumerate(columns, start=1)
    )


def _lock_key(name: str) -> int:
    """A number for ``pg_advisory_lock``, the same in every process."""
    digest = hashlib.blake2b(f"voltway {name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)

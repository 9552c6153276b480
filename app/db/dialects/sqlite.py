"""SQLite: one file, WAL, FTS5; writers queue on the file, readers never wait."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import stamina
from filelock import FileLock, Timeout
from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.dialects.base import LockHeldError, Rows, TextEdit
from app.db.dialects.blocks import BlockConnection
from app.db.dialects.sqlite_reader import BUSY_TIMEOUT_MS, CACHE_KIB, SQLiteReader

# The ascii tokenizer splits at blanks and takes every other character that
# `stations.words` leaves in a token for part of it: one splitter, in Python, for all.
_TEXT_INDEX = """
CREATE VIRTUAL TABLE station_text USING fts5(
    search_tokens, content='station', content_rowid='id',
    detail=none, columnsize=0, prefix='2 3', tokenize='ascii'
)
"""


# One step for all rows: FTS5 flushes what it gathered at each statement of several.
_PAIRS = "json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:pairs)"

_PRIMARY_CODE = 0xFF
"""Of an error's code; what stands above tells the kind more closely."""


class SQLite:
    """The SQLite dialect over one database file."""

    name = "sqlite"
    max_bind_params = 32_766

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def engine_options(self) -> dict[str, Any]:
        """A long wait for the write lock, since an import holds it for a chunk at a time."""
        return {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000, "factory": BlockConnection}}

    def connect_failure(self, error: Exception) -> Exception:
        """As the library says it."""
        return error

    def on_connect(self, dbapi_connection: Any) -> None:
        """WAL, and transactions opened by us, not guessed by the driver."""
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        _switch_to_wal(cursor)
        for pragma in (
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            f"cache_size=-{CACHE_KIB}",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin_statements(self, *, writes: bool) -> tuple[str, ...]:
        """Writers take the lock first: a read that turns into a write could only fail."""
        return ("BEGIN IMMEDIATE" if writes else "BEGIN",)

    def schema_lock_statement(self) -> str | None:
        """Nothing more: whoever writes is alone."""
        return None

    def text_index_drop_ddl(self) -> tuple[str, ...]:
        """The virtual table; its tokens stay in ``station``."""
        return ("DROP TABLE station_text",)

    def text_index_ddl(self) -> tuple[str, ...]:
        """An external-content FTS5 table: tokens are stored once, in ``station``."""
        return (_TEXT_INDEX,)

    def reader(self) -> SQLiteReader:
        """A read-only connection of its own."""
        return SQLiteReader(self.path)

    async def allocate_ids(self, session: AsyncSession, table: Table, count: int) -> range:
        """Next after the greatest: safe, since the writer is alone."""
        if not count:
            return range(0)
        greatest = await session.scalar(select(func.max(table.c.id)))
        first = (greatest or 0) + 1
        return range(first, first + count)

    async def insert_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], rows: Rows
    ) -> None:
        """``executemany`` of the driver: a quarter of what Core's insert costs."""
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of our own columns
        await _execute_many(session, statement, rows)

    async def update_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], key: str, rows: Rows
    ) -> None:
        """``executemany`` of one ``UPDATE`` by key."""
        assignments = ", ".join(f"{column} = ?" for column in columns)
        statement = f"UPDATE {table.name} SET {assignments} WHERE {key} = ?"  # noqa: S608 - names of our own columns
        await _execute_many(session, statement, rows)

    async def upsert_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], key: str, rows: Rows
    ) -> None:
        """``executemany`` of one ``INSERT … ON CONFLICT``: many rows a step."""
        marks = ", ".join("?" * len(columns))
        assignments = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
        statement = (
            f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of our own columns
            f" ON CONFLICT ({key}) DO UPDATE SET {assignments}"
        )
        await _execute_many(session, statement, rows)

    async def delete_rows(
        self, session: AsyncSession, table: Table, column: str, values: Sequence[Any]
    ) -> None:
        """``executemany`` of one ``DELETE``, so that no bind limit applies."""
        statement = f"DELETE FROM {table.name} WHERE {column} = ?"  # noqa: S608 - names of our own columns
        await _execute_many(session, statement, [(value,) for value in values])

    async def lock_changes(self, session: AsyncSession) -> None:
        """Nothing to do: the writer is alone."""

    async def index_text(self, session: AsyncSession, edits: Sequence[TextEdit]) -> None:
        """Take out the old tokens by their text, as FTS5 asks for, and put in the new."""
        removals = [
            (edit.station_id, edit.old_tokens) for edit in edits if edit.old_tokens is not None
        ]
        if removals:
            await session.execute(
                text(
                    "INSERT INTO station_text(station_text, rowid, search_tokens)"
                    f" SELECT 'delete', {_PAIRS}"
                ),
                {"pairs": json.dumps(removals)},
            )
        if edits:
            await session.execute(
                text(f"INSERT INTO station_text(rowid, search_tokens) SELECT {_PAIRS}"),
                {"pairs": json.dumps([(edit.station_id, edit.new_tokens) for edit in edits])},
            )

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[None]:
        """An ``flock`` beside the database file; the kernel releases it when a process dies."""
        digest = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
        lock = FileLock(self.path.with_name(f".{self.path.name}.{digest}.lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise LockHeldError(name) from error
        try:
            yield
        finally:
            lock.release()

    async def find_damage(self, session: AsyncSession) -> list[str]:
        """``integrity_check``, foreign keys, and the text index against its table."""
        complaints = [
            f"integrity: {row[0]}"
            for row in await session.execute(text("PRAGMA integrity_check"))
            if row[0] != "ok"
        ]
        complaints += [
            f"foreign key: {row[0]} row {row[1]} has no {row[2]}"
            for row in await session.execute(text("PRAGMA foreign_key_check"))
        ]
        try:
            await session.execute(
                text("INSERT INTO station_text(station_text, rank) VALUES ('integrity-check', 1)")
            )
        except Exception as error:  # noqa: BLE001 - any failure of the check is the finding
            complaints.append(f"text index: {error}")
        return complaints


def _switch_to_wal(cursor: Any) -> None:
    """Of several that open a new file, SQLite refuses all but one, without waiting."""
    for attempt in stamina.retry_context(
        on=_is_busy,
        attempts=None,
        timeout=BUSY_TIMEOUT_MS / 1000,
        wait_initial=0.01,
        wait_max=0.1,
        wait_jitter=0.01,
    ):
        with attempt:
            cursor.execute("PRAGMA journal_mode=WAL")


def _is_busy(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & _PRIMARY_CODE == sqlite3.SQLITE_BUSY


async def _execute_many(session: AsyncSession, statement: str, rows: Rows) -> None:
    if rows:
        connection = await session.connection()
        await connection.exec_driver_sql(statement, list(rows))

"""The protocol behind which the databases differ; ``db.engine`` picks one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

StationIds = npt.NDArray[np.int64]

Rows = Sequence[tuple[Any, ...]]


CardRow = tuple[int, int, bytes]
"""Station, version, body. Plain, since a name for each would cost a third of the reading."""


class TextEdit(NamedTuple):
    """Tokens of one station before and after a write; ``None`` before a first write."""

    station_id: int
    old_tokens: str | None
    new_tokens: str


class LockHeldError(Exception):
    """Another process holds the lock that was asked for."""


class CatalogueReader(Protocol):
    """Raw, read-only access for the hot path: no ORM, no transaction held."""

    async def read_cards(self, station_ids: Sequence[int]) -> list[CardRow]:
        """Cards of some stations in no order, at most 500; unknown ids are absent.

        Cost: one statement.
        """
        ...

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        """The same without versions, in the order asked; ``None`` for an unknown id.

        Cost: one statement.
        """
        ...

    async def find_text(self, words: Sequence[str], prefix: str | None) -> StationIds:
        """Ids, ascending, of stations with all ``words`` and, if given, a word so beginning.

        Cost: one statement; its rows grow with the matches.
        """
        ...

    async def data_version(self) -> int:
        """A number that moves when another connection has committed rows of ``change``."""
        ...

    async def wait_for_change(self) -> None:
        """Return when somebody may have committed: at once where that is told, else soon."""
        ...

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one ``SELECT`` that both databases understand (``?`` placeholders)."""
        ...

    def recipe(self) -> Callable[[], CatalogueReader]:
        """How to open another such reader; can be sent to another process."""
        ...

    async def close(self) -> None:
        """Release the connection."""
        ...


class Dialect(Protocol):
    """Facts and statements of one database."""

    name: str
    max_bind_params: int

    def exists(self) -> bool:
        """Whether the database is there, found out without making it."""
        ...

    def engine_options(self) -> dict[str, Any]:
        """Keyword arguments of ``create_async_engine``."""
        ...

    def connect_failure(self, error: Exception) -> Exception:
        """What to raise where a connection cannot be had: told to people, or ``error`` itself."""
        ...

    def on_connect(self, dbapi_connection: Any) -> None:
        """Prepare a new connection (pragmas, session settings)."""
        ...

    def begin_statements(self, *, writes: bool) -> tuple[str, ...]:
        """What opens a transaction, where the driver does not; writers queue, never collide."""
        ...

    def schema_lock_statement(self) -> str | None:
        """Makes processes that bring the schema up to date at once take turns, until commit."""
        ...

    def text_index_drop_ddl(self) -> tuple[str, ...]:
        """The opposite of ``text_index_ddl``."""
        ...

    def text_index_ddl(self) -> tuple[str, ...]:
        """Statements that create the text index over ``station.search_tokens``."""
        ...

    def reader(self) -> CatalogueReader:
        """Open a reader of committed data."""
        ...

    async def allocate_ids(self, session: AsyncSession, table: Table, count: int) -> range:
        """``count`` fresh, ascending ids of ``table``, inside a write transaction."""
        ...

    async def insert_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], rows: Rows
    ) -> None:
        """Insert many rows by the driver's own fastest way, in this transaction.

        Values are as the database stores them (times in ms since 1970, enums as text):
        no type decorator is asked. Cost: about 2 µs a row on SQLite.
        """
        ...

    async def update_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], key: str, rows: Rows
    ) -> None:
        """Set ``columns`` of the rows that a key names; each of ``rows`` ends with its key."""
        ...

    async def upsert_rows(
        self, session: AsyncSession, table: Table, columns: Sequence[str], key: str, rows: Rows
    ) -> None:
        """Insert many rows; where one with its ``key`` is there, set its other columns."""
        ...

    async def delete_rows(
        self, session: AsyncSession, table: Table, column: str, values: Sequence[Any]
    ) -> None:
        """Delete the rows whose ``column`` has one of ``values``; any number of them."""
        ...

    async def lock_changes(self, session: AsyncSession) -> None:
        """Taken right before ``change`` rows are written: makes sequence order commit order."""
        ...

    async def index_text(self, session: AsyncSession, edits: Sequence[TextEdit]) -> None:
        """Keep the text index in step with ``station.search_tokens``."""
        ...

    def exclusive(self, name: str) -> AbstractAsyncContextManager[None]:
        """A lock between processes that a crash releases; raises ``LockHeldError`` at once."""
        ...

    async def find_damage(self, session: AsyncSession) -> list[str]:
        """What the database's own integrity checks complain of; empty if sound."""
        ...

"""Committed data of PostgreSQL for the event loop: a few connections, no transaction held."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import count
from typing import Any

import asyncpg
import numpy as np

from app.db.dialects.base import CardRow, StationIds
from app.db.timing import timed_read

MAX_CONNECTIONS = 4
"""Of one process, beside SQLAlchemy's pool, which writes."""

COMMAND_TIMEOUT_S = 30.0
IDLE_S = 300.0

POLL_S = 0.2
"""How often commits are looked for where nobody tells of them."""

LISTENING_POLL_S = 1.0
"""How often all the same, since a message may be lost with its connection."""

_TOKENS = "array_to_tsvector(string_to_array(search_tokens, ' '))"

# As bytes: no Python int per match.
_FIND_TEXT = (
    f"SELECT string_agg(int8send(id), ''::bytea ORDER BY id) FROM station WHERE {_TOKENS} @@ "  # noqa: S608 - a constant
    "$1::text::tsquery"
)
_READ_CARDS = "SELECT station_id, version, body FROM card WHERE station_id = ANY($1::bigint[])"


class PostgreSQLReader:
    """Reads through asyncpg; belongs to the event loop that first uses it."""

    CHANNEL = "voltway_change"
    """Where writers tell of their commits."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._listener: asyncpg.Connection | None = None
        self._woken = asyncio.Event()

    async def read_cards(self, station_ids: Sequence[int]) -> list[CardRow]:
        """One statement by primary key."""
        if not station_ids:
            return []
        return [tuple(row) for row in await self._fetch(_READ_CARDS, list(station_ids))]

    async def find_text(self, words: Sequence[str], prefix: str | None) -> StationIds:
        """By the GIN index over the tokens."""
        terms = [_quoted(word) for word in words]
        if prefix is not None:
            terms.append(f"{_quoted(prefix)}:*")
        ((found,),) = await self._fetch(_FIND_TEXT, " & ".join(terms))
        return np.frombuffer(found or b"", dtype=">i8").astype(np.int64)

    async def data_version(self) -> int:
        """The newest change: sequence order is commit order."""
        ((newest,),) = await self._fetch("SELECT COALESCE(MAX(seq), 0) FROM change")
        return int(newest)

    async def wait_for_change(self) -> None:
        """Return when a writer told of a commit, or after a while."""
        await self._listen()
        is_told = self._listener is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENING_POLL_S if is_told else POLL_S):
                await self._woken.wait()
        self._woken.clear()

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows at once; for many rows ask in ranges of a key."""
        return [tuple(row) for row in await self._fetch(_numbered(sql), *parameters)]

    def recipe(self) -> Callable[[], PostgreSQLReader]:
        """How to connect is all it takes."""
        return partial(PostgreSQLReader, self._options)

    async def close(self) -> None:
        """Close every connection."""
        if self._listener is not None:
            await self._listener.close(timeout=1.0)
        if self._pool is not None:
            await self._pool.close()

    async def _fetch(self, sql: str, *parameters: Any) -> list[asyncpg.Record]:
        pool = await self._open()
        with timed_read():
            rows: list[asyncpg.Record] = await pool.fetch(sql, *parameters)
        return rows

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    **self._options,
                    min_size=0,
                    max_size=MAX_CONNECTIONS,
                    command_timeout=COMMAND_TIMEOUT_S,
                    max_inactive_connection_lifetime=IDLE_S,
                    server_settings={"default_transaction_read_only": "on"},
                )
        return self._pool

    async def _listen(self) -> None:
        """Keep a connection that is told of commits; without one, ``wait_for_change`` polls."""
        if self._listener is not None and not self._listener.is_closed():
            return
        self._listener = None
        with suppress(OSError, asyncpg.PostgresError, TimeoutError):
            listener = await asyncpg.connect(**self._options, timeout=COMMAND_TIMEOUT_S)
            await listener.add_listener(self.CHANNEL, lambda *_: self._woken.set())
            listener.add_termination_listener(lambda _: self._woken.set())
            self._listener = listener


def _quoted(token: str) -> str:
    """A lexeme of a ``tsquery``, whatever characters it has."""
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


@lru_cache(maxsize=256)
def _numbered(sql: str) -> str:
    """The same statement with ``$1``, ``$2``, … for its question marks."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)

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
from app.db.dialects.postgresql_connecting import (
    CLOSE_TIMEOUT_S,
    FAILURES,
    connect,
    unavailable,
)
from app.db.errors import DatabaseUnavailable
from app.db.pool import POOL_TIMEOUT_S
from app.db.timing import TimedRead, counted_as_active
from app.errors import VoltWayError
from app.utils import metrics

COMMAND_TIMEOUT_S = 30.0

RELEASE_TIMEOUT_S = 1.0
"""For a statement that was given up to end; after that its connection is closed."""

IDLE_S = 300.0

POLL_S = 0.2
"""How often commits are looked for where nobody tells of them."""

LISTENING_POLL_S = 1.0
"""How often all the same, since a message may be lost with its connection."""

LISTEN_AGAIN_S = 5.0
"""How often a connection to be told by is looked for, while there is none."""

_TOKENS = "array_to_tsvector(string_to_array(search_tokens, ' '))"

# As bytes: no Python int per match.
_FIND_TEXT = (
    f"SELECT string_agg(int8send(id), ''::bytea ORDER BY id) FROM station WHERE {_TOKENS} @@ "  # noqa: S608 - a constant
    "$1::text::tsquery"
)
_READ_CARDS = "SELECT station_id, version, body FROM card WHERE station_id = ANY($1::bigint[])"
_READ_BODIES = "SELECT station_id, body FROM card WHERE station_id = ANY($1::bigint[])"


class PostgreSQLReader:
    """Reads through asyncpg; belongs to the event loop that first uses it.

    Args:
        options: How asyncpg connects.
        most: Connections that it holds at most.
        listening: How to connect for being told of commits; ``None`` to poll.
    """

    CHANNEL = "voltway_change"
    """Where writers tell of their commits."""

    def __init__(
        self, options: dict[str, Any], *, most: int, listening: dict[str, Any] | None = None
    ) -> None:
        self._options = options
        self._most = most
        self._listening_options = listening
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None
        self._listen_again_at_s = 0.0
        self._woken = asyncio.Event()

    async def read_cards(self, station_ids: Sequence[int]) -> list[CardRow]:
        """One statement by primary key."""
        if not station_ids:
            return []
        return [tuple(row) for row in await self._fetch(_READ_CARDS, list(station_ids))]

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        """One statement by primary key."""
        if not station_ids:
            return []
        bodies: dict[int, bytes] = dict(await self._fetch(_READ_BODIES, list(station_ids)))
        return list(map(bodies.get, station_ids))

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
        is_told = self._is_listening()
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENING_POLL_S if is_told else POLL_S):
                await self._woken.wait()
        self._woken.clear()

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows at once; for many rows ask in ranges of a key."""
        return [tuple(row) for row in await self._fetch(_numbered(sql), *parameters)]

    def recipe(self) -> Callable[[], PostgreSQLReader]:
        """How to connect is all it takes."""
        return partial(PostgreSQLReader, self._options, most=self._most)

    async def close(self) -> None:
        """Close every connection."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._pool is not None:
            with suppress(*FAILURES):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._pool.close()
            self._pool.terminate()

    async def _fetch(self, sql: str, *parameters: Any) -> list[asyncpg.Record]:
        """Ask; again where a connection had gone, since reading twice is harmless."""
        pool = await self._open()
        tries = self._most + 1
        with TimedRead():
            while True:
                tries -= 1
                try:
                    return await self._ask(pool, sql, parameters)
                except FAILURES as error:
                    if not tries or isinstance(error, TimeoutError):
                        raise self._told(error) from error

    async def _ask(
        self, pool: asyncpg.Pool, sql: str, parameters: Sequence[Any]
    ) -> list[asyncpg.Record]:
        connection = await self._acquire(pool)
        try:
            with counted_as_active():
                rows: list[asyncpg.Record] = await connection.fetch(sql, *parameters)
            return rows
        finally:
            with suppress(*FAILURES):
                await pool.release(connection, timeout=RELEASE_TIMEOUT_S)

    async def _acquire(self, pool: asyncpg.Pool) -> asyncpg.Connection:
        try:
            return await pool.acquire(timeout=POOL_TIMEOUT_S)
        except TimeoutError as error:
            if pool.get_size() == self._most and not pool.get_idle_size():
                raise DatabaseUnavailable.all_in_use() from error
            raise self._told(error) from error
        except FAILURES as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> Exception:
        metrics.errors_total.labels("database").inc()
        return unavailable(error, self._options)

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    **self._options,
                    min_size=0,
                    max_size=self._most,
                    command_timeout=COMMAND_TIMEOUT_S,
                    max_inactive_connection_lifetime=IDLE_S,
                )
        return self._pool

    def _is_listening(self) -> bool:
        """Whether commits are told; where not, what would listen is begun now and then."""
        if self._listening_options is None:
            return False
        now_s = asyncio.get_running_loop().time()
        if (self._listening is None or self._listening.done()) and now_s >= self._listen_again_at_s:
            self._listen_again_at_s = now_s + LISTEN_AGAIN_S
            self._listening = asyncio.create_task(
                self._listen(self._listening_options), name="change-listener"
            )
        return self._listening is not None and not self._listening.done()

    async def _listen(self, options: dict[str, Any]) -> None:
        """Hold a connection that is told of commits, until it breaks."""
        try:
            with suppress(VoltWayError, asyncpg.PostgresError, *FAILURES):
                await self._be_told(await connect(options))
        finally:
            # Whoever waits to be told looks again.
            self._woken.set()

    async def _be_told(self, connection: asyncpg.Connection) -> None:
        ended = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(self.CHANNEL, lambda *_: self._woken.set())
            # What was committed before it listened has been told to nobody.
            self._woken.set()
            await ended.wait()
        finally:
            connection.terminate()


def _quoted(token: str) -> str:
    """A lexeme of a ``tsquery``, whatever characters it has."""
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


@lru_cache(maxsize=256)
def _numbered(sql: str) -> str:
    """The same statement with ``$1``, ``$2``, … for its question marks."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)

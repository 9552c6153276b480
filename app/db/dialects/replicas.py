"""Reading from streaming replicas: one for each process, the primary while none is fit.

All reads of a process go to one server, so that they agree with its index, which is made of
what that server has: a change that has not reached the replica is not seen yet, and never
seen halfway. A read that a replica fails is asked of the primary, which is never behind.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import asyncpg

from app.db.dialects.base import CardRow, CatalogueReader, StationIds
from app.db.errors import DatabaseUnavailable

MAX_LAG_S = 5.0
"""A replica that lacks what the primary had so long ago is not read from."""

LOOK_S = 1.0
"""How often, at most, the servers are asked where they are."""

LOOK_TIMEOUT_S = 0.5

READ_TIMEOUT_S = 2.0
"""A replica that has not answered by then is left for the primary."""

CATCH_UP_S = 0.5
"""How long a replica that is moved to may take to reach what was read elsewhere."""

_CATCH_UP_STEP_S = 0.02
_FAILED = (DatabaseUnavailable, TimeoutError, asyncpg.PostgresError)

_POSITION_SQL = (
    "SELECT pg_is_in_recovery(), pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery()"
    " THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::bigint"
)

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_Clock = Callable[[], float]


class Position(NamedTuple):
    """Where a server is in the stream of writes."""

    is_replica: bool
    written_bytes: int


class Trail:
    """Where the primary was and when, by one clock: lag needs no comparison of two."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now_s: float, written_bytes: int) -> None:
        """The primary is there now."""
        self._seen.append((now_s, written_bytes))

    def is_near(self, now_s: float, written_bytes: int) -> bool:
        """Whether a replica there has what the primary had ``MAX_LAG_S`` ago.

        Of a primary that was not seen for so long, everything it was seen to have.
        """
        while len(self._seen) > 1 and self._seen[1][0] <= now_s - MAX_LAG_S:
            self._seen.popleft()
        return not self._seen or written_bytes >= self._seen[0][1]


class ReplicatedReader:
    """Committed data, from a replica that lags at most ``MAX_LAG_S``, else from the primary.

    Servers are chosen where the follower begins to catch up, so that the index never holds
    more than the server that is read from. A process keeps its replica while that is fit.

    Args:
        primary: Has every commit; tells of new ones.
        replicas: In the order in which this process prefers them.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        primary: CatalogueReader,
        replicas: Sequence[CatalogueReader],
        *,
        clock: _Clock = time.monotonic,
    ) -> None:
        self._primary = primary
        self._replicas = list(replicas)
        self._current = primary
        self._clock = clock
        self._trail = Trail()
        self._look_at_s = clock()
        self._newest = 0

    @property
    def source(self) -> str:
        """Where reads go now: ``primary``, or ``replica`` and its number, from 1."""
        if self._current is self._primary:
            return "primary"
        return f"replica {self._replicas.index(self._current) + 1}"

    async def read_cards(self, station_ids: Sequence[int]) -> list[CardRow]:
        """As the server has them that the index was read from, or newer."""
        return await self._ask(lambda server: server.read_cards(station_ids))

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        """As the server's reader does."""
        return await self._ask(lambda server: server.read_bodies(station_ids))

    async def find_text(self, words: Sequence[str], prefix: str | None) -> StationIds:
        """As the server's reader does."""
        return await self._ask(lambda server: server.find_text(words, prefix))

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """As the server's reader does."""
        return await self._ask(lambda server: server.fetch_all(sql, parameters))

    async def data_version(self) -> int:
        """The newest change that the chosen server has; chooses one anew, now and then."""
        if self._clock() >= self._look_at_s:
            self._look_at_s = self._clock() + LOOK_S
            await self._choose()
        self._newest = await self._ask(lambda server: server.data_version())
        return self._newest

    async def wait_for_change(self) -> None:
        """As long as the chosen server's reader does: replicas tell nobody and are polled."""
        await self._current.wait_for_change()

    def recipe(self) -> Callable[[], CatalogueReader]:
        """Opens a reader of the server that is chosen now."""
        return self._current.recipe()

    async def close(self) -> None:
        """Close the connections to all servers."""
        for server in (self._primary, *self._replicas):
            await server.close()

    async def _ask(self, question: Callable[[CatalogueReader], Awaitable[_T]]) -> _T:
        server = self._current
        if server is not self._primary:
            try:
                async with asyncio.timeout(READ_TIMEOUT_S):
                    return await question(server)
            except _FAILED as error:
                if self._current is server:
                    self._move_to(self._primary, because=error)
        return await question(self._primary)

    async def _choose(self) -> None:
        of_primary, *of_replicas = await asyncio.gather(
            *map(_position, (self._primary, *self._replicas))
        )
        now_s = self._clock()
        if of_primary is not None:
            self._trail.note(now_s, of_primary.written_bytes)
        fit = [
            server
            for server, position in zip(self._replicas, of_replicas, strict=True)
            if position is not None
            and position.is_replica
            and self._trail.is_near(now_s, position.written_bytes)
        ]
        if self._current in fit:
            return
        if self._current is not self._primary and of_primary is not None:
            self._move_to(self._primary)
        for server in fit:
            if await self._has_caught_up(server):
                self._move_to(server)
                return

    async def _has_caught_up(self, server: CatalogueReader) -> bool:
        """Whether it has every change that the index may hold already."""
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                needed = await self._current.data_version()
        except _FAILED:
            needed = self._newest
        try:
            async with asyncio.timeout(CATCH_UP_S):
                while await server.data_version() < needed:  # noqa: ASYNC110 - no event tells of it
                    await asyncio.sleep(_CATCH_UP_STEP_S)
        except _FAILED:
            return False
        return True

    def _move_to(self, server: CatalogueReader, *, because: BaseException | None = None) -> None:
        self._current = server
        reason = {} if because is None else {"error": type(because).__name__}
        _log.warning("Reads go to another server.", extra={"server": self.source, **reason})


async def _position(server: CatalogueReader) -> Position | None:
    """Where it is; ``None`` of one that does not answer."""
    try:
        async with asyncio.timeout(LOOK_TIMEOUT_S):
            ((is_replica, written_bytes),) = await server.fetch_all(_POSITION_SQL)
    except _FAILED:
        return None
    return Position(is_replica, written_bytes or 0)

"""Which server a process reads from, over servers that say where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from app.db.dialects.base import CardRow, CatalogueReader, StationIds
from app.db.dialects.replicas import LOOK_S, MAX_LAG_S, ReplicatedReader, Trail
from app.db.errors import DatabaseUnavailable

pytestmark = pytest.mark.anyio


class Server:
    """A server of a stream of writes, each of one byte and one change."""

    def __init__(self, *, is_replica: bool = False) -> None:
        self.is_replica = is_replica
        self.is_away = False
        self.is_hung = False
        self.catches_up_with: Server | None = None
        self.newest = 0
        self.read_count = 0

    async def read_cards(self, station_ids: Sequence[int]) -> list[CardRow]:
        self._serve()
        if self.is_hung:
            await asyncio.Event().wait()
        return [(station_id, self.newest, b"") for station_id in station_ids]

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        self._serve()
        return [b"%d" % self.newest] * len(station_ids)

    async def find_text(self, words: Sequence[str], prefix: str | None) -> StationIds:
        self._serve()
        return np.array([self.newest], dtype=np.int64)

    async def data_version(self) -> int:
        if self.is_away:
            raise DatabaseUnavailable("Away", "Wait.")
        before = self.newest
        if self.catches_up_with is not None:
            self.newest = self.catches_up_with.newest
        return before

    async def wait_for_change(self) -> None:
        self._serve()

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._serve()
        return [(self.is_replica, self.newest)]

    def recipe(self) -> Callable[[], CatalogueReader]:
        return lambda: self

    async def close(self) -> None:
        self.is_away = True

    def _serve(self) -> None:
        self.read_count += 1
        if self.is_away:
            raise DatabaseUnavailable("Away", "Wait.")


class World:
    """A primary, two replicas, a clock, and the reader over them."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.primary = Server()
        self.one, self.two = Server(is_replica=True), Server(is_replica=True)
        self.servers = (self.primary, self.one, self.two)
        self.reader = ReplicatedReader(self.primary, [self.one, self.two], clock=self._clock)

    def _clock(self) -> float:
        return self.now_s

    def write(self, to: Sequence[Server] | None = None) -> None:
        """Commit a change that reaches some servers."""
        newest = self.primary.newest + 1
        for server in self.servers if to is None else to:
            server.newest = newest

    async def look(self, after_s: float = LOOK_S) -> str:
        """Let some time go by and the follower ask; where reads go then."""
        self.now_s += after_s
        await self.reader.data_version()
        return self.reader.source


@pytest.fixture
def world() -> World:
    return World()


async def test_a_fit_replica_is_read_from_and_kept(world: World) -> None:
    assert world.reader.source == "primary"
    assert await world.look(0) == "replica 1"
    world.write()
    assert await world.reader.read_cards([7]) == [(7, 1, b"")]
    assert await world.reader.read_bodies([7]) == [b"1"]
    assert (await world.reader.find_text(["a"], None)).tolist() == [1]
    assert world.reader.recipe()() is world.one
    await world.reader.wait_for_change()
    assert await world.look() == "replica 1"
    assert world.two.read_count == 2  # it was asked where it is, twice, and nothing else


async def test_servers_are_asked_where_they_are_once_a_second_at_most(world: World) -> None:
    await world.look(0)
    before = world.two.read_count
    await world.look(LOOK_S / 4)
    await world.look(LOOK_S / 4)
    assert world.two.read_count == before


async def test_a_read_that_a_replica_fails_is_asked_of_the_primary(world: World) -> None:
    await world.look(0)
    world.one.is_away = True
    assert await world.reader.read_cards([7]) == [(7, 0, b"")]
    assert world.reader.source == "primary"
    assert await world.look() == "replica 2"
    world.two.is_away = True
    assert await world.reader.data_version() == 0
    assert world.reader.source == "primary"
    world.one.is_away = False
    assert await world.look() == "replica 1"


async def test_a_replica_that_does_not_answer_is_left_after_a_while(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.dialects.replicas.READ_TIMEOUT_S", 0.01)
    await world.look(0)
    world.one.is_hung = True
    assert await world.reader.read_cards([7]) == [(7, 0, b"")]
    assert world.reader.source == "primary"


async def test_a_replica_that_lags_is_left_and_taken_again(world: World) -> None:
    await world.look(0)
    world.two.is_away = True
    world.write([world.primary])
    assert await world.look() == "replica 1", "a second behind is near enough"
    assert await world.look(MAX_LAG_S) == "primary"
    world.one.newest = world.primary.newest
    assert await world.look() == "replica 1"


async def test_what_was_read_from_the_primary_is_not_unread_at_a_replica(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Near enough to be read from is not enough to be moved to."""
    monkeypatch.setattr("app.db.dialects.replicas.CATCH_UP_S", 0.05)
    world.one.is_away = world.two.is_away = True
    assert await world.look(0) == "primary"
    world.write([world.primary])
    world.two.is_away = False
    assert await world.look() == "primary"
    world.two.catches_up_with = world.primary
    assert await world.look() == "replica 2"
    assert await world.reader.data_version() == 1


async def test_replicas_serve_while_the_primary_is_away(world: World) -> None:
    world.write()
    await world.look(0)
    world.primary.is_away = True
    for _ in range(20):
        assert await world.look() == "replica 1"
    world.one.is_away = True
    with pytest.raises(DatabaseUnavailable):
        await world.reader.read_cards([7])
    assert await world.look() == "replica 2"


async def test_a_replica_that_was_promoted_is_none(world: World) -> None:
    world.two.is_away = True
    await world.look(0)
    world.one.is_replica = False
    assert await world.look() == "primary"


async def test_all_servers_are_closed(world: World) -> None:
    await world.reader.close()
    assert all(server.is_away for server in world.servers)


def test_before_the_primary_was_seen_nothing_is_known_to_lag() -> None:
    assert Trail().is_near(0.0, 0)

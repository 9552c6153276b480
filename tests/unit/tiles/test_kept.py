"""Tiles that are made once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from app.geo.tile import Tile
from app.stations.criteria import Filters
from app.stations.finding import Cluster
from app.tiles.kept import KEPT_S, KeptTiles

pytestmark = pytest.mark.anyio

WORLD = Tile(0, 0, 0)
ONE = Cluster(2, 48.0, 2.0, 50.0, None, (0, 0, 0, 2, 0), is_synthetic=False, station=None)


@dataclass
class State:
    uuid: str = "a"
    seq: int = 1
    revision: int = 0
    now_s: float = 0.0

    def clock(self) -> float:
        return self.now_s


@dataclass
class Counting:
    """Finds one cluster in the world, none elsewhere; counts how often it was asked."""

    asked: list[Tile] = field(default_factory=list)
    error: Exception | None = None

    async def tile(self, tile: Tile, _: Filters) -> list[Cluster]:
        self.asked.append(tile)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return [ONE] if tile == WORLD else []


async def test_a_tile_is_made_once_for_all_who_ask() -> None:
    search = Counting()
    tiles = KeptTiles(search, State())
    bodies = await asyncio.gather(*(tiles.read(WORLD, Filters()) for _ in range(5)))
    assert len({*bodies, await tiles.read(WORLD, Filters())}) == 1
    assert bodies[0]
    assert len(search.asked) == 1


async def test_an_empty_tile_is_kept_too() -> None:
    search = Counting()
    tiles = KeptTiles(search, State())
    assert [await tiles.read(Tile(1, 0, 0), Filters()) for _ in range(2)] == [b"", b""]
    assert len(search.asked) == 1


@pytest.mark.parametrize(
    "change", [{"seq": 2}, {"revision": 1}, {"uuid": "b"}, {"now_s": float(KEPT_S)}]
)
async def test_none_outlives_a_change_or_its_minute(change: dict[str, object]) -> None:
    search, state = Counting(), State()
    tiles = KeptTiles(search, state)
    await tiles.read(WORLD, Filters())
    for name, value in change.items():
        setattr(state, name, value)
    await tiles.read(WORLD, Filters())
    assert len(search.asked) == 2


async def test_what_is_forgotten_is_made_again() -> None:
    search = Counting()
    tiles = KeptTiles(search, State())
    before = await tiles.read(WORLD, Filters())
    tiles.clear()
    assert await tiles.read(WORLD, Filters()) == before
    assert len(search.asked) == 2


async def test_tiles_of_other_conditions_are_others() -> None:
    search = Counting()
    tiles = KeptTiles(search, State())
    for filters in (Filters(), Filters(min_power_kw=50), Filters(is_available=True)):
        await tiles.read(WORLD, filters)
        await tiles.read(WORLD, filters)
    assert len(search.asked) == 3


@pytest.mark.parametrize(
    "filters", [Filters(text="a"), Filters(open_at=datetime(2026, 1, 1, tzinfo=UTC))]
)
async def test_words_and_moments_are_looked_up_each_time(filters: Filters) -> None:
    search = Counting()
    tiles = KeptTiles(search, State())
    await tiles.read(WORLD, filters)
    await tiles.read(WORLD, filters)
    assert len(search.asked) == 2


async def test_a_tile_that_could_not_be_made_is_tried_again() -> None:
    search = Counting(error=RuntimeError("the database is away"))
    tiles = KeptTiles(search, State())
    with pytest.raises(RuntimeError, match="away"):
        await tiles.read(WORLD, Filters())
    search.error = None
    assert await tiles.read(WORLD, Filters())

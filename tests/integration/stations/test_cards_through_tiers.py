"""Cards through memory, a real Redis and the database: two processes' worth of tiers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.importers.feeds.demo import synthetic_stations
from app.main import create_app
from app.settings import Settings
from app.stations.criteria import Criteria
from app.stations.index.build import open_index
from app.stations.kept_cards import KeptCards, Key
from app.stations.search import StationSearch
from app.utils.caching import MemoryTier, RedisLink, Tiers
from tests.fixtures.catalogue import Catalogue, open_catalogue
from tests.fixtures.servers import RedisServer

pytestmark = pytest.mark.anyio

STATIONS = 30


class CountingReader:
    """The catalogue's reader; counts the statements for cards."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._reader = catalogue.reader
        self.statements = 0

    async def read_cards(self, station_ids: Sequence[int]) -> Sequence[tuple[int, int, bytes]]:
        self.statements += 1
        return await self._reader.read_cards(station_ids)

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        self.statements += 1
        return await self._reader.read_bodies(station_ids)


class Process:
    """A search with a memory of its own, as each process has it."""

    def __init__(self, search: StationSearch, reader: CountingReader, tiers: Tiers[Key]) -> None:
        self.search = search
        self.reader = reader
        self.tiers = tiers

    async def bodies(self) -> list[bytes]:
        page = await self.search.page(Criteria())
        await self.tiers.stored()
        return [found.body for found in page.found]


@pytest.fixture
async def catalogue(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Catalogue]:
    async with open_catalogue(catalogue_url) as opened:
        await opened.store(list(synthetic_stations(STATIONS, seed=1)))
        yield opened


async def process(catalogue: Catalogue, link: RedisLink | None) -> Process:
    index = await open_index(catalogue.reader, None, status_max_age_s=3600)
    reader = CountingReader(catalogue)
    tiers = Tiers(MemoryTier[Key]("cards"), link)
    search = StationSearch(index, catalogue.reader, KeptCards(reader, tiers))
    return Process(search, reader, tiers)


async def test_a_page_costs_one_statement_and_then_none(catalogue: Catalogue) -> None:
    one = await process(catalogue, None)
    first = await one.bodies()
    assert len(first) == STATIONS
    assert one.reader.statements == 1
    assert await one.bodies() == first
    assert one.reader.statements == 1


async def test_what_one_process_has_read_another_takes_from_redis(
    catalogue: Catalogue, redis_url: str
) -> None:
    link = RedisLink(redis_url, timeout_s=2.0)
    one, two = await process(catalogue, link), await process(catalogue, link)
    first = await one.bodies()
    assert await two.bodies() == first
    assert (one.reader.statements, two.reader.statements) == (1, 0)
    await catalogue.store([*synthetic_stations(STATIONS, seed=2)])
    later = await process(catalogue, link)
    assert set(first) < set(await later.bodies())
    assert later.reader.statements == 1
    await link.close()


@pytest.mark.parametrize("fault", ["stop", "pause"])
async def test_without_redis_every_search_succeeds(
    catalogue: Catalogue, own_redis: RedisServer, fault: str
) -> None:
    link = RedisLink(own_redis.url, timeout_s=0.05)
    one = await process(catalogue, link)
    first = await one.bodies()
    getattr(own_redis, fault)()
    two = await process(catalogue, link)
    assert await two.bodies() == first
    assert await two.bodies() == first
    assert two.reader.statements == 1
    if fault == "pause":
        own_redis.resume()
    await link.close()


@pytest.mark.parametrize("fault", ["stop", "pause"])
async def test_the_service_answers_while_redis_is_away(
    catalogue: Catalogue, tmp_path: Path, own_redis: RedisServer, fault: str
) -> None:
    application = create_app(
        Settings(
            data_dir=tmp_path,
            database_url=str(catalogue.database.engine.url),
            redis_url=own_redis.url,
            card_cache_mb=0,
        )
    )
    async with (
        application.router.lifespan_context(application),
        AsyncClient(transport=ASGITransport(application), base_url="http://voltway") as client,
    ):
        before = await client.get("/api/v1/stations")
        getattr(own_redis, fault)()
        for path in ("/api/v1/stations", "/api/v1/operators", "/api/v1/sources"):
            answer = await client.get(path)
            assert answer.status_code == 200
        assert (await client.get("/api/v1/stations")).content == before.content
        if fault == "pause":
            own_redis.resume()

"""The whole application over a Redis Cluster whose nodes go away: every request succeeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.importers.feeds.demo import synthetic_stations
from app.main import create_app
from app.settings import Settings
from app.utils import metrics
from app.utils.caching import configure_caching
from tests.fixtures.catalogue import open_catalogue
from tests.fixtures.redis_cluster import RedisCluster

pytestmark = pytest.mark.anyio

PATHS = ("/api/v1/stations", "/api/v1/stations?limit=5", "/api/v1/operators", "/api/v1/sources")


@asynccontextmanager
async def serving(tmp_path: Path, redis_url: str) -> AsyncIterator[AsyncClient]:
    """A service that keeps no cards in memory, so that each page asks Redis."""
    database_url = f"sqlite+aiosqlite:///{tmp_path / 'catalogue.db'}"
    async with open_catalogue(database_url) as catalogue:
        await catalogue.store(list(synthetic_stations(30, seed=1)))
    application = create_app(
        Settings(data_dir=tmp_path, database_url=database_url, redis_url=redis_url, card_cache_mb=0)
    )
    async with (
        application.router.lifespan_context(application),
        AsyncClient(transport=ASGITransport(application), base_url="http://voltway") as client,
    ):
        yield client


async def answers(client: AsyncClient) -> list[bytes]:
    found = [await client.get(path) for path in PATHS]
    assert [answer.status_code for answer in found] == [200] * len(PATHS)
    return [answer.content for answer in found]


async def redis_health(client: AsyncClient) -> str:
    answer = await client.get("/api/v1/health")
    assert answer.status_code == 200
    status: str = answer.json()["redis"]["status"]
    return status


async def test_cards_come_from_all_nodes(tmp_path: Path, redis_cluster: RedisCluster) -> None:
    async with serving(tmp_path, redis_cluster.url) as client:
        configure_caching(redis_url=redis_cluster.url, redis_timeout_s=5.0)
        before = await answers(client)
        await asyncio.to_thread(redis_cluster.until, redis_cluster.holds_keys_everywhere)
        with metrics.testing() as changed:
            assert await answers(client) == before
            assert changed("cache_hits_total", cache="cards", tier="redis") == 35
        assert await redis_health(client) == "ok"


async def test_every_request_succeeds_while_nodes_hang_or_are_lost(
    tmp_path: Path, own_cluster: RedisCluster
) -> None:
    first, second, third = own_cluster.primaries
    async with serving(tmp_path, own_cluster.url) as client:
        before = await answers(client)
        for harm in (first.pause, second.stop, first.stop, third.pause):
            harm()
            for _ in range(3):
                assert await answers(client) == before
        assert await redis_health(client) == "degraded"

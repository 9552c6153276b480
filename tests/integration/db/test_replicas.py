"""Reads from a real streaming replica that lags, is stopped and comes back, while it is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import text

from app.db.dialects.replicas import ReplicatedReader
from app.db.engine import open_database
from app.db.pool import Connections
from app.main import create_app
from app.settings import Settings
from tests.fixtures.catalogue import Catalogue, open_catalogue, simple_station
from tests.fixtures.replica import ReplicaServer
from tests.fixtures.servers import PostgresServer

pytestmark = pytest.mark.anyio

PATIENCE_S = 20.0
HALLS = "/api/v1/stations?q=hall&latitude=48.85&longitude=2.35"


@pytest.fixture
def primary_url(
    streaming_primary: PostgresServer, replica: ReplicaServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty database of the primary; servers are asked where they are at each poll."""
    monkeypatch.setattr("app.db.dialects.replicas.LOOK_S", 0.0)
    url = streaming_primary.create_database()
    yield url
    streaming_primary.drop_database(url)


class Service:
    """The application over primary and replica."""

    def __init__(self, client: AsyncClient, reader: ReplicatedReader) -> None:
        self._client = client
        self._reader = reader

    async def count_halls(self) -> int:
        """How many stations a search finds, each of which shows its own page."""
        found = await self._get(HALLS)
        for station in found["items"]:
            assert (await self._get(f"/api/v1/stations/{station['id']}"))["name"] == "Hall"
        return len(found["items"])

    async def ask_until_read_from(self, source: str) -> None:
        """Go on asking; every request succeeds, whichever server answers."""
        async with asyncio.timeout(PATIENCE_S):
            while self._reader.source != source:
                await self.count_halls()

    async def ask_until_found(self, count: int) -> None:
        """Go on asking until so many are found."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.count_halls() != count:
                pass

    async def wait_for_a_poll(self) -> None:
        """Return when the follower, too, has looked for changes."""
        await self._reader.wait_for_change()

    async def _get(self, path: str) -> Any:
        answer = await self._client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def serving(data_dir: Path, primary_url: str, replica_url: str) -> AsyncIterator[Service]:
    settings = Settings(
        data_dir=data_dir, database_url=primary_url, database_replica_urls=(replica_url,)
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://voltway.test") as client:
            yield Service(client, app.state.resources.reader)


async def test_traffic_moves_to_the_primary_and_back_and_no_request_fails(
    tmp_path: Path, primary_url: str, replica: ReplicaServer
) -> None:
    async with open_catalogue(primary_url) as catalogue:
        await catalogue.store([simple_station("S1", name="Hall")])
        async with serving(tmp_path, primary_url, replica.url_of(primary_url)) as service:
            await service.ask_until_read_from("replica 1")
            await catalogue.store([simple_station("S2", name="Hall")])
            await service.ask_until_found(2)
            stopping = asyncio.to_thread(replica.stop)
            await asyncio.gather(stopping, service.ask_until_read_from("primary"))
            await catalogue.store([simple_station("S3", name="Hall")])
            await service.ask_until_found(3)
            await asyncio.gather(
                asyncio.to_thread(replica.start), service.ask_until_read_from("replica 1")
            )
            await service.ask_until_found(3)


async def test_a_change_that_waits_at_the_replica_is_not_missed(
    tmp_path: Path, primary_url: str, replica: ReplicaServer
) -> None:
    """The index must not take for seen what it could not yet read."""
    async with open_catalogue(primary_url) as catalogue:
        await catalogue.store([simple_station("S1", name="Hall")])
        async with serving(tmp_path, primary_url, replica.url_of(primary_url)) as service:
            await service.ask_until_read_from("replica 1")
            replica.pause_replay()
            await catalogue.store([simple_station("S2", name="Hall")])
            for _ in range(3):
                await service.wait_for_a_poll()
                assert await service.count_halls() == 1
            replica.resume_replay()
            await service.ask_until_found(2)


async def test_a_replica_that_falls_too_far_behind_is_left(
    primary_url: str,
    tmp_path: Path,
    replica: ReplicaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_catalogue(primary_url) as catalogue:
        await catalogue.store([simple_station("S1", name="Hall")])
        async with serving(tmp_path, primary_url, replica.url_of(primary_url)) as service:
            await service.ask_until_read_from("replica 1")
            monkeypatch.setattr("app.db.dialects.replicas.MAX_LAG_S", 0.0)
            replica.pause_replay()
            await catalogue.store([simple_station("S2", name="Hall")])
            await service.ask_until_read_from("primary")
            await service.ask_until_found(2)
            replica.resume_replay()
            await service.ask_until_read_from("replica 1")
            assert await service.count_halls() == 2


async def test_sessions_read_back_what_they_wrote_whatever_the_replica_has(
    primary_url: str, replica: ReplicaServer
) -> None:
    replica_urls = (replica.url_of(primary_url),)
    async with open_catalogue(primary_url) as catalogue:
        replica.pause_replay()
        database = open_database(primary_url, Connections(replica_urls=replica_urls))
        await Catalogue(database, catalogue.reader).store([simple_station("S1")])
        async with database.reads() as session:
            assert await session.scalar(text("SELECT count(*) FROM station")) == 1
        await database.close()
        replica.resume_replay()

"""Pools are as large as the server allows, never waited for long, and hold nothing in vain."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy import text
from starlette.types import Message

from app.db.engine import fit_pools, open_database
from app.db.errors import DatabaseUnavailable
from app.db.pool import Connections, Shares, shares_of
from app.main import create_app
from tests.fixtures.asgi import Client, http_scope, samples
from tests.fixtures.catalogue import open_catalogue, simple_station
from tests.fixtures.filled import Filled
from tests.fixtures.servers import PostgresServer

pytestmark = pytest.mark.anyio

PATIENCE_S = 20.0
PASSWORD = "lamp-otter-violin-9"  # noqa: S105 - of people that are made up
NEAR_PARIS = "/api/v1/stations?latitude=48.85&longitude=2.35"
OF_THE_DATABASE = ("/api/v1/stations/alpha:S1", f"{NEAR_PARIS}&q=hall")


async def until_active(count: float) -> None:
    """Return when so many connections are out."""
    async with asyncio.timeout(PATIENCE_S):
        while samples("active_connections") != [count]:  # noqa: ASYNC110 - a gauge tells nobody
            await asyncio.sleep(0)


async def test_they_are_as_large_as_the_server_allows(
    postgresql_url: str, postgresql_server: PostgresServer
) -> None:
    many = Connections(processes=6)
    most, reserved = (
        int(postgresql_server.ask(postgresql_url, f"SHOW {name}"))
        for name in ("max_connections", "superuser_reserved_connections")
    )
    assert (await fit_pools(postgresql_url, many)).shares == shares_of(most - reserved, 6)
    name = postgresql_url.rpartition("/")[2]
    postgresql_server.ask(postgresql_url, f"ALTER DATABASE {name} CONNECTION LIMIT 40")
    assert (await fit_pools(postgresql_url, many)).shares == shares_of(40, 6)


async def test_of_sqlite_nothing_is_asked(tmp_path: Path) -> None:
    assert await fit_pools(f"sqlite+aiosqlite:///{tmp_path}/x.db", Connections()) == Connections()


async def test_one_that_is_exhausted_says_so_soon_and_recovers(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.pool.POOL_TIMEOUT_S", 0.05)
    (before,) = samples("active_connections")
    database = open_database(postgresql_url, Connections(shares=Shares(sessions=1, reads=1)))
    reader = database.dialect.reader()
    await reader.fetch_all("SELECT 1")  # connecting may take longer than waiting is to
    monkeypatch.setattr("app.db.dialects.postgresql_reader.POOL_TIMEOUT_S", 0.05)
    async with database.reads() as session:
        await session.execute(text("SELECT pg_advisory_lock(1)"))
        reading = asyncio.create_task(reader.fetch_all("SELECT pg_advisory_lock_shared(1)"))
        await until_active(before + 2)
        with pytest.raises(DatabaseUnavailable, match="in use") as refused:
            await reader.fetch_all("SELECT 1")
        assert refused.value.headers == {"Retry-After": "2"}
        with pytest.raises(DatabaseUnavailable, match="in use"):
            await database.reads().connection()
        await session.execute(text("SELECT pg_advisory_unlock(1)"))
        await reading
    assert samples("active_connections") == [before]
    assert await reader.fetch_all("SELECT 1") == [(1,)]
    async with database.reads() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await reader.close()
    await database.close()


@asynccontextmanager
async def serving(data_dir: Path, url: str) -> AsyncIterator[tuple[FastAPI, AsyncClient]]:
    app = create_app(Filled(data_dir, url).settings())
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://voltway.test") as client:
            yield app, client


async def search_on(client: AsyncClient, page: Response) -> None:
    """Go on searching until cancelled; the answer stays the same."""
    while True:
        assert (await client.get(NEAR_PARIS)).json() == page.json()
        await asyncio.sleep(0)


async def until_found(client: AsyncClient, count: int) -> None:
    """Return when a search finds so many."""
    found = -1
    while found != count:
        found = len((await client.get(NEAR_PARIS)).json()["items"])
        await asyncio.sleep(0)


async def ask_until(client: AsyncClient, path: str, status: int) -> Response:
    """Go on asking until it is answered so; until then no other answer than the opposite."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await client.get(path)
            await asyncio.sleep(0)
            assert answer.status_code in {200, 503}, answer.text
            if answer.status_code == status:
                return answer


async def test_while_the_server_is_away_searches_go_on_and_details_are_503(
    tmp_path: Path, own_postgresql: PostgresServer
) -> None:
    url = own_postgresql.create_database()
    async with open_catalogue(url) as catalogue:
        await catalogue.store([simple_station("S1", name="Hall")])
        async with serving(tmp_path, url) as (_, client):
            page = await ask_until(client, NEAR_PARIS, 200)
            searching = asyncio.create_task(search_on(client, page))
            for path in OF_THE_DATABASE:
                assert (await client.get(path)).status_code == 200
            await asyncio.to_thread(own_postgresql.stop)
            for path in OF_THE_DATABASE:
                answer = await ask_until(client, path, 503)
                assert answer.headers["Retry-After"] == "2"
                assert answer.json()["type"].endswith("#database-unavailable")
                assert "127.0.0.1" not in answer.text, "where it stands is the operator's"
            await asyncio.to_thread(own_postgresql.start)
            for path in OF_THE_DATABASE:
                await ask_until(client, path, 200)
            assert searching.cancel(), "a search failed"
            await asyncio.wait([searching])
            await catalogue.store([simple_station("S2", name="Hall")])
            await asyncio.wait_for(until_found(client, 2), PATIENCE_S)


async def test_what_was_acknowledged_is_there_after_the_server_was_away(
    tmp_path: Path, own_postgresql: PostgresServer
) -> None:
    url = own_postgresql.create_database()
    acknowledged: list[str] = []
    has_answered = {status: asyncio.Event() for status in (201, 503)}

    async def register_on(client: AsyncClient, prefix: str) -> None:
        for number in itertools.count():
            name = f"{prefix}{number}"
            body = {"email": f"{name}@example.org", "username": name, "password": PASSWORD}
            answer = await client.post("/api/v1/users", json=body)
            assert answer.status_code in has_answered, answer.text
            if answer.status_code == 201:
                acknowledged.append(name)
            has_answered[answer.status_code].set()

    async def until_answered(status: int) -> None:
        has_answered[status].clear()
        await asyncio.wait_for(has_answered[status].wait(), PATIENCE_S)

    async with serving(tmp_path, url) as (_, client):
        visitors = [
            asyncio.create_task(register_on(client, prefix)) for prefix in ("one-of-a", "one-of-b")
        ]
        for _ in range(2):
            await until_answered(201)
            await asyncio.to_thread(own_postgresql.stop)
            await until_answered(503)
            await asyncio.to_thread(own_postgresql.start)
        await until_answered(201)
        assert all(visitor.cancel() for visitor in visitors), "a visitor was told otherwise"
        # As a server does: the service ends once nobody is being answered any more.
        await asyncio.wait(visitors)
    kept = own_postgresql.ask(url, "SELECT string_agg(username, ' ') FROM user_account").split()
    assert set(acknowledged) <= set(kept)


async def test_while_an_export_streams_no_connection_is_out(
    tmp_path: Path, postgresql_url: str
) -> None:
    (before,) = samples("active_connections")

    class Slow(Client):
        """Takes nothing before every connection is back."""

        async def send(self, message: Message) -> None:
            await until_active(before)
            await super().send(message)

    async with open_catalogue(postgresql_url) as catalogue:
        await catalogue.store([simple_station(f"S{number}") for number in range(1200)])
        async with serving(tmp_path, postgresql_url) as (app, _):
            client = Slow({"type": "http.request", "body": b"", "more_body": False})
            scope = http_scope(path="/api/v1/stations", query_string=b"format=ndjson")
            await app({**scope, "raw_path": b"/api/v1/stations"}, client.receive, client.send)
    bodies = [message["body"] for message in client.sent[1:] if message["body"]]
    assert len(bodies) > 2
    assert b"".join(bodies).count(b"\n") == 1200

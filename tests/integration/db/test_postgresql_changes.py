"""Changes on PostgreSQL: in the order of commits, told at once, found again when told no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import migrate
from app.db.base import Base
from app.db.dialects import postgresql_reader
from app.db.dialects.base import CatalogueReader
from app.db.engine import Database, open_database
from app.stations.models import Change, Station
from tests.fixtures.servers import PostgresServer

pytestmark = pytest.mark.anyio

CHANGE, STATION = (Base.metadata.tables[model.__tablename__] for model in (Change, Station))
COLUMNS = ("kind", "station_id", "version", "created_at")
HOUR_S = 3600.0
DEADLINE_S = 30.0

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = '{}'"
CONNECTED = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = '{}'"


@pytest.fixture
def catalogue_url(postgresql_server: PostgresServer, postgresql_template: str) -> str:
    """A catalogue on PostgreSQL alone."""
    return postgresql_server.create_database(like=postgresql_template)


@pytest.fixture
async def reader(database: Database) -> AsyncIterator[CatalogueReader]:
    opened = database.dialect.reader()
    yield opened
    await opened.close()


async def write(database: Database, session: AsyncSession, station_id: int) -> None:
    """One change, as the intake writes it."""
    await database.dialect.lock_changes(session)
    await database.dialect.insert_rows(
        session, CHANGE, COLUMNS, [("station", station_id, 1, 0), ("status", station_id, 1, 0)]
    )


async def commit(database: Database, station_id: int) -> None:
    async with database.writes.begin() as session:
        await write(database, session, station_id)


async def until(server: PostgresServer, database: Database, query: str, wanted: int) -> None:
    """Ask the server until it says so."""
    url = database.engine.url
    async with asyncio.timeout(DEADLINE_S):
        while int(await asyncio.to_thread(server.ask, str(url), query.format(url.database))) != (
            wanted
        ):
            pass


async def test_a_second_writer_waits_for_the_first_ones_commit(
    database: Database, reader: CatalogueReader, postgresql_server: PostgresServer
) -> None:
    async with database.writes.begin() as first:
        await write(database, first, 1)
        second = asyncio.create_task(commit(database, 2))
        await until(postgresql_server, database, WAITING, 1)
        assert await reader.data_version() == 0
    await second
    rows = await reader.fetch_all("SELECT station_id FROM change ORDER BY seq")
    assert [row[0] for row in rows] == [1, 1, 2, 2]


async def test_a_follower_misses_nothing_while_many_write(
    database: Database, reader: CatalogueReader
) -> None:
    """What is committed later never has a lower number: asking after the newest is enough."""
    writers, each = 4, 24

    async def write_some(writer: int) -> None:
        for number in range(each):
            async with database.writes() as session:
                await write(database, session, writer * 100 + number)
                for _ in range((writer + number) % 5):  # some commit later than they wrote
                    await session.execute(text("SELECT 1"))
                await (session.rollback() if number % 3 == 2 else session.commit())

    writing = asyncio.gather(*(write_some(writer) for writer in range(writers)))
    seen: list[tuple[int, int]] = []

    async def follow() -> None:
        newest = seen[-1][0] if seen else 0
        for seq, station_id in await reader.fetch_all(
            "SELECT seq, station_id FROM change WHERE seq > ? ORDER BY seq", [newest]
        ):
            seen.append((seq, station_id))

    while not writing.done():
        await follow()
    await writing
    await follow()
    stored = await reader.fetch_all("SELECT seq, station_id FROM change ORDER BY seq")
    assert seen == stored
    assert len(stored) == 2 * writers * each * 2 // 3


async def test_a_commit_is_told_without_waiting_for_the_next_look(
    database: Database,
    reader: CatalogueReader,
    postgresql_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql_reader, "LISTENING_POLL_S", HOUR_S)
    async with asyncio.timeout(DEADLINE_S):
        await reader.wait_for_change()  # it listens from now on
        for station_id in (1, 2):
            waiting = asyncio.create_task(reader.wait_for_change())
            await commit(database, station_id)
            await waiting
    assert await reader.data_version() == 4
    await until(postgresql_server, database, LISTENING, 1)


async def test_a_lost_listener_is_replaced_and_until_then_the_table_is_looked_at(
    database: Database,
    reader: CatalogueReader,
    postgresql_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql_reader, "LISTENING_POLL_S", HOUR_S)
    async with asyncio.timeout(DEADLINE_S):
        await reader.wait_for_change()
        waiting = asyncio.create_task(reader.wait_for_change())
        postgresql_server.ask(
            str(database.engine.url),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        )
        await waiting  # its end is told, since something may have been missed
        await commit(database, 1)
        await reader.wait_for_change()  # polls: it listens again only after a while
        assert await reader.data_version() == 2
        await until(postgresql_server, database, LISTENING, 0)
        monkeypatch.setattr(reader, "_listen_again_at_s", 0.0)
        await reader.wait_for_change()
        await until(postgresql_server, database, LISTENING, 1)
        waiting = asyncio.create_task(reader.wait_for_change())
        await commit(database, 2)
        await waiting


async def test_a_server_that_is_away_is_waited_for(
    own_postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_reader, "LISTENING_POLL_S", HOUR_S)
    monkeypatch.setattr(postgresql_reader, "LISTEN_AGAIN_S", 0.0)
    database = open_database(own_postgresql.create_database())
    await migrate.upgrade(database)
    reader = database.dialect.reader()
    async with asyncio.timeout(DEADLINE_S):
        await reader.wait_for_change()
        own_postgresql.stop()
        for _ in range(3):
            await reader.wait_for_change()
        own_postgresql.start()
        while await reader.data_version() == 0:
            await commit(database, 1)
            await reader.wait_for_change()
    await reader.close()
    await database.close()


async def test_closing_leaves_no_connection_and_no_task(
    catalogue_url: str, postgresql_server: PostgresServer
) -> None:
    database = open_database(catalogue_url)
    reader = database.dialect.reader()
    await reader.wait_for_change()
    await asyncio.gather(*(reader.data_version() for _ in range(8)))
    await commit(database, 1)
    await reader.close()
    await database.close()
    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"change-listener"})
    await until(postgresql_server, database, CONNECTED, 0)


async def test_closing_at_once_ends_a_connection_that_is_being_made(database: Database) -> None:
    reader = database.dialect.reader()
    waiting = asyncio.create_task(reader.wait_for_change())
    await asyncio.sleep(0)
    await reader.close()
    waiting.cancel()
    assert await asyncio.gather(waiting, return_exceptions=True)


async def test_writers_never_share_ids(database: Database) -> None:
    sizes = count(1)

    async def take_some() -> list[range]:
        taken = []
        for _ in range(10):
            async with database.writes.begin() as session:
                size = 1 + next(sizes) % 7
                taken.append(await database.dialect.allocate_ids(session, STATION, size))
                assert len(taken[-1]) == size
        return taken

    blocks = await asyncio.gather(*(take_some() for _ in range(4)))
    ids = [row_id for taken in blocks for block in taken for row_id in block]
    assert len(set(ids)) == len(ids)
    assert await _held(database) == 0


async def test_ids_of_a_transaction_that_is_taken_back_are_not_given_again(
    database: Database,
) -> None:
    async with database.writes() as session:
        first = await database.dialect.allocate_ids(session, STATION, 5)
        await session.rollback()
        assert set(await database.dialect.allocate_ids(session, STATION, 5)).isdisjoint(first)


async def _held(database: Database) -> int:
    async with database.reads() as session:
        query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        held: int = (await session.execute(query)).scalar_one()
    return held

"""Behind a real PgBouncer in transaction mode, where no two transactions share a session."""

from __future__ import annotations

import asyncio

import pytest

from app.db.dialects.base import LockHeldError
from app.db.engine import open_database
from app.db.pool import Connections
from tests.fixtures.catalogue import Catalogue, open_catalogue, simple_station
from tests.fixtures.pgbouncer import SERVER_CONNECTIONS, PgBouncer
from tests.fixtures.servers import PostgresServer

pytestmark = pytest.mark.anyio

READS_AT_ONCE = 4 * SERVER_CONNECTIONS


@pytest.fixture
def pooled_url(pgbouncer: PgBouncer, postgresql_url: str) -> str:
    """An empty database behind the pooler."""
    return pgbouncer.url_of(postgresql_url)


async def read_in_many_ways(catalogue: Catalogue, ids: list[int]) -> None:
    cards, found, version, rows = await asyncio.gather(
        catalogue.reader.read_cards(ids),
        catalogue.reader.find_text(["hall"], None),
        catalogue.reader.data_version(),
        catalogue.reader.fetch_all("SELECT id FROM station WHERE id <= ? ORDER BY id", (ids[-1],)),
    )
    assert sorted(row[0] for row in cards) == ids
    assert found.tolist() == ids
    assert version >= len(ids)
    assert [row[0] for row in rows] == ids


async def test_a_catalogue_is_made_written_and_read_through_it(pooled_url: str) -> None:
    async with open_catalogue(pooled_url) as catalogue:
        drafts = [simple_station(f"S{number}", name="Hall") for number in range(40)]
        ids = sorted(await catalogue.store(drafts))
        await asyncio.gather(*(read_in_many_ways(catalogue, ids) for _ in range(READS_AT_ONCE)))
        changed = [
            simple_station(f"S{number}", name="Hall", operator="New") for number in range(40)
        ]
        assert sorted(await catalogue.store(changed)) == ids
        await asyncio.gather(*(read_in_many_ways(catalogue, ids) for _ in range(READS_AT_ONCE)))


async def test_sessions_share_its_connections(pooled_url: str) -> None:
    database = open_database(pooled_url)

    async def ask(number: int) -> int:
        async with database.reads() as session:
            connection = await session.connection()
            answer = await connection.exec_driver_sql("SELECT $1::int + 1", (number,))
            return int(answer.scalar_one())

    answers = await asyncio.gather(*map(ask, range(READS_AT_ONCE)))
    assert answers == list(range(1, READS_AT_ONCE + 1))
    await database.close()


async def test_a_lock_holds_without_a_session_and_goes_with_its_holder(
    pooled_url: str, postgresql_url: str, postgresql_server: PostgresServer
) -> None:
    through, around = open_database(pooled_url), open_database(postgresql_url)
    async with through.dialect.exclusive("import x"):
        for other in (through, around):
            with pytest.raises(LockHeldError):
                await other.dialect.exclusive("import x").__aenter__()
        async with through.dialect.exclusive("import y"):
            pass
    async with around.dialect.exclusive("import x"):
        with pytest.raises(LockHeldError):
            await through.dialect.exclusive("import x").__aenter__()
    lost = through.dialect.exclusive("import x")
    await lost.__aenter__()
    holder = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    pid = postgresql_server.ask(postgresql_url, holder)
    postgresql_server.ask(postgresql_url, f"SELECT pg_terminate_backend({pid})")
    while postgresql_server.ask(postgresql_url, holder):
        pass
    async with around.dialect.exclusive("import x"):
        pass
    await lost.__aexit__(None, None, None)
    await through.close()
    await around.close()


LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = '{}'"


@pytest.mark.parametrize("is_told", [True, False])
async def test_commits_are_seen_by_polling_or_told_around_it(
    pooled_url: str, postgresql_url: str, postgresql_server: PostgresServer, *, is_told: bool
) -> None:
    direct_url = postgresql_url if is_told else None
    listeners = LISTENERS.format(postgresql_url.rpartition("/")[2])
    async with open_catalogue(pooled_url, Connections(direct_url=direct_url)) as catalogue:
        before = await catalogue.reader.data_version()
        await catalogue.reader.wait_for_change()
        await catalogue.store([simple_station("S1")])
        async with asyncio.timeout(10):
            while await catalogue.reader.data_version() == before:
                await catalogue.reader.wait_for_change()
        assert postgresql_server.ask(postgresql_url, listeners) == str(int(is_told))

"""What is said where PostgreSQL is not to be had, and that it is had again later."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.db.dialects.postgresql_connecting import check_version
from app.db.engine import open_database
from app.db.errors import DatabaseUnavailable
from tests.fixtures.servers import PostgresServer, free_port

pytestmark = pytest.mark.anyio

OUT_OF_REACH: list[tuple[dict[str, object], str]] = [
    ({"database": "nowhere"}, "has no database 'nowhere'"),
    ({"username": "stranger", "password": "sesame"}, "refuses the user 'stranger'"),
    ({"port": free_port(), "password": "sesame"}, "cannot be reached"),
    ({"host": "nowhere.invalid"}, "cannot be reached"),
]


@pytest.mark.parametrize(("changed", "told"), OUT_OF_REACH)
async def test_why_there_is_no_connection_is_one_line_without_the_password(
    postgresql_url: str, changed: dict[str, object], told: str
) -> None:
    url = make_url(postgresql_url).set(**changed)  # type: ignore[arg-type]  # parts of a URL
    database = open_database(url.render_as_string(hide_password=False))
    reader = database.dialect.reader()
    refusals = []
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.writes().connection()
    refusals.append(refused.value)
    with pytest.raises(DatabaseUnavailable) as refused:
        await reader.data_version()
    refusals.append(refused.value)
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.dialect.exclusive("import x").__aenter__()
    refusals.append(refused.value)
    for refusal in refusals:
        assert told in refusal.detail
        assert "\n" not in refusal.detail
        assert "sesame" not in refusal.detail
        assert (refusal.status, refusal.exit_code) == (503, 4)
    await reader.close()
    await database.close()


def test_a_server_that_is_too_old_is_refused() -> None:
    check_version((13, 0))
    check_version((18, 2))
    with pytest.raises(DatabaseUnavailable, match=r"PostgreSQL 12.22 is too old. Use .* 13"):
        check_version((12, 22))


async def test_a_connection_to_a_server_that_is_too_old_is_closed(
    postgresql_server: PostgresServer, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.dialects.postgresql_connecting.OLDEST", (99, 0))
    database = open_database(postgresql_url)
    with pytest.raises(DatabaseUnavailable, match="too old"):
        await database.reads().connection()
    await database.close()
    database_name = database.engine.url.database
    connected = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database_name}'"  # noqa: S608 - a name of this test
    while postgresql_server.ask(postgresql_url, connected) != "1":  # psql itself
        pass


async def test_a_server_that_comes_back_is_used_again(own_postgresql: PostgresServer) -> None:
    database = open_database(own_postgresql.create_database())
    reader = database.dialect.reader()
    async with database.reads() as session:
        await session.execute(text("SELECT 1"))
    assert await reader.fetch_all("SELECT 1") == [(1,)]
    own_postgresql.stop()
    with pytest.raises(DatabaseUnavailable):
        await reader.fetch_all("SELECT 1")
    with pytest.raises(DatabaseUnavailable):
        await database.reads().connection()
    own_postgresql.start()
    assert await reader.fetch_all("SELECT 1") == [(1,)]
    async with database.reads() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await reader.close()
    await database.close()


async def test_connections_that_the_server_ends_are_replaced(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    reader = database.dialect.reader()
    others = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    async with database.reads() as one, database.reads() as two:
        await one.execute(text("SELECT 1"))
        await two.execute(text("SELECT 1"))
    assert await reader.fetch_all("SELECT 1") == [(1,)]
    async with database.reads() as session:
        assert await session.scalar(others) == 2
    assert await reader.fetch_all("SELECT 1") == [(1,)]
    async with database.reads() as one, database.reads() as two:
        for session in (one, two):
            assert await session.scalar(text("SELECT 1")) == 1
    await reader.close()
    await database.close()


async def test_a_statement_that_is_wrong_is_not_taken_for_a_lost_server(
    postgresql_url: str,
) -> None:
    database = open_database(postgresql_url)
    reader = database.dialect.reader()
    with pytest.raises(Exception, match="does not exist"):
        await reader.fetch_all("SELECT nothing")
    with pytest.raises(asyncpg.DataError, match="query argument"):
        await reader.fetch_all("SELECT 1 FROM pg_sequences WHERE last_value = ?", [2**70])
    async with database.reads() as session:
        with pytest.raises(DBAPIError, match="does not exist"):
            await session.execute(text("SELECT nothing"))
    await reader.close()
    await database.close()

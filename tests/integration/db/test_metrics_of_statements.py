"""The database tells how long its statements take, and how many connections are out."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    delete,
    event,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.timing import TimedRead, watch
from app.utils import metrics

pytestmark = pytest.mark.anyio

COUNT = "db_query_duration_count"
tables = MetaData()
plug = Table("plug", tables, Column("id", Integer, primary_key=True), Column("kw", Integer))
site = Table("site", tables, Column("id", Integer, primary_key=True))


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'watched.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(tables.create_all)
    watch(engine)
    yield engine
    await engine.dispose()


async def test_statements_count_by_verb_and_table(engine: AsyncEngine) -> None:
    with metrics.testing() as changed:
        async with engine.begin() as connection:
            await connection.execute(insert(plug).values(id=1, kw=50))
            await connection.execute(insert(plug), [{"id": n, "kw": 22} for n in range(2, 9)])
            await connection.execute(update(plug).values(kw=11))
            await connection.execute(select(plug.c.kw).join(site, site.c.id == plug.c.id))
            await connection.execute(select(func.count()).select_from(select(plug).subquery()))
            await connection.execute(select(exists(select(site.c.id))))
            await connection.execute(select(literal(1)))
            await connection.execute(text("SELECT 1"))
            await connection.exec_driver_sql("SELECT 2")
            await connection.exec_driver_sql("CREATE TABLE other (id INTEGER)")
            await connection.execute(delete(plug))
        assert changed(COUNT, operation="insert", table="plug") == 2, "executemany counts once"
        assert changed(COUNT, operation="update", table="plug") == 1
        assert changed(COUNT, operation="select", table="plug") == 2
        assert changed(COUNT, operation="select", table="site") == 1
        assert changed(COUNT, operation="select", table="") == 3
        assert changed(COUNT, operation="other", table="") == 1
        assert changed(COUNT, operation="delete", table="plug") == 1


async def test_a_statement_asked_again_is_looked_up(engine: AsyncEngine) -> None:
    with metrics.testing() as changed:
        async with engine.connect() as connection:
            for limit in range(5):
                await connection.execute(select(plug).limit(limit))
        assert changed(COUNT, operation="select", table="plug") == 5


async def test_a_failed_statement_counts_and_is_an_error(engine: AsyncEngine) -> None:
    with metrics.testing() as changed:
        with pytest.raises(IntegrityError):
            async with engine.begin() as connection:
                await connection.execute(insert(plug), [{"id": 1}, {"id": 1}])
        assert changed(COUNT, operation="insert", table="plug") == 1
        assert changed("errors_total", type="database") == 1


async def test_connections_out_return_to_none_however_they_leave(engine: AsyncEngine) -> None:
    with metrics.testing() as changed:

        def out() -> float:
            return changed("active_connections")

        async with engine.connect() as one:
            async with engine.connect():
                assert out() == 2
            await one.invalidate()
            assert out() == 0
            await one.execute(text("SELECT 1"))
            assert out() == 1
        assert out() == 0
        await _detached(engine, out_now=out)
        assert out() == 0


async def _detached(engine: AsyncEngine, *, out_now: object) -> None:
    assert callable(out_now)
    connection = await engine.connect()
    raw = await connection.get_raw_connection()
    raw.detach()
    assert out_now() == 1, "it is used still"
    await connection.close()


async def test_a_connection_of_a_disposed_pool_comes_back(engine: AsyncEngine) -> None:
    old = engine.sync_engine.pool
    with metrics.testing() as changed:
        async with engine.connect():
            await engine.dispose()
            async with engine.connect():
                assert changed("active_connections") == 2
        assert changed("active_connections") == 0
        async with engine.connect() as connection:
            await connection.run_sync(lambda _: old.dispose())


async def test_a_checkout_that_fails_was_never_out(engine: AsyncEngine) -> None:
    class Refused(Exception):
        pass

    def refuse(*_: object) -> None:
        raise Refused

    with metrics.testing() as changed:
        event.listen(engine.sync_engine, "checkout", refuse)
        with pytest.raises(Refused):
            await engine.connect()
        assert changed("active_connections") == 0
        event.remove(engine.sync_engine, "checkout", refuse)
        async with engine.connect():
            assert changed("active_connections") == 1


async def test_a_database_that_cannot_be_opened_is_an_error_without_a_statement(
    tmp_path: Path,
) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    watch(engine)
    with metrics.testing() as changed:
        with pytest.raises(OperationalError):
            await engine.connect()
        assert changed("active_connections") == 0
        assert changed("errors_total", type="database") == 1
        assert changed.new_series() <= {"errors_total"}


async def test_reads_past_the_engine_are_counted_too() -> None:
    with metrics.testing() as changed:
        with TimedRead("card"):
            pass
        with metrics.testing(enabled=False), TimedRead("card"):
            pass
        assert changed(COUNT, operation="select", table="card") == 1


async def test_a_cancelled_statement_is_no_error_and_gives_its_connection_back(
    postgresql_url: str,
) -> None:
    engine = create_async_engine(postgresql_url)
    watch(engine)
    is_asking = asyncio.Event()

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def tell(*_: object) -> None:
        is_asking.set()

    with metrics.testing() as changed:
        task = asyncio.create_task(_sleep_in_the_database(engine))
        await is_asking.wait()
        await asyncio.sleep(0)
        assert changed("active_connections") == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gc.collect()
        assert changed("active_connections") == 0
        assert changed("errors_total", type="database") == 0
    await engine.dispose()


async def _sleep_in_the_database(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_sleep(30)"))


async def test_with_metrics_off_nothing_listens(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'unwatched.db'}")
    before = _listeners(engine)
    with metrics.testing(enabled=False) as changed:
        watch(engine)
        async with engine.connect() as connection:
            await connection.execute(select(literal(1)))
        assert changed(COUNT, operation="select", table="") == 0
    assert _listeners(engine) == before
    await engine.dispose()


def _listeners(engine: AsyncEngine) -> int:
    sync = engine.sync_engine
    return sum(
        len(getattr(target.dispatch, name))
        for target, names in (
            (sync, ("before_cursor_execute", "after_cursor_execute")),
            (sync.dialect, ("handle_error",)),
            (sync.pool, ("checkout", "checkin", "detach", "close_detached")),
        )
        for name in names
    )

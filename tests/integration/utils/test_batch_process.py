"""Processing in savepoints: exactly what fails alone is left out, whatever is beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from math import ceil, log2
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.utils.batch_ops import BatchOperations, batch_process, bulk_insert, concerns_all
from tests.fixtures.batch_models import Base, Thing, engine, session, shared_postgresql_url

pytestmark = pytest.mark.anyio
__all__ = ["engine", "session", "shared_postgresql_url"]


class Poisoned(Exception):
    """An item of a test that cannot be processed."""


async def codes(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(Thing.code).order_by(Thing.code)))


async def test_rows_that_the_database_refuses_are_found_and_the_others_kept(
    session: AsyncSession,
) -> None:
    await bulk_insert(session, Thing, [{"code": "taken"}])
    rows = [{"code": code} for code in ("a", "b", "taken", "c", "d", "taken", "e")]

    async def store(batch: Sequence[dict[str, str]]) -> None:
        async with BatchOperations(session, Thing) as operations:
            await operations.add_rows(batch)

    result = await batch_process(rows, store, session=session, batch_size=4)
    assert (result.processed, result.failed, result.truncated) == (5, 2, 0)
    assert [failure.index for failure in result.errors] == [2, 5]
    assert [failure.item for failure in result.errors] == ["{'code': 'taken'}"] * 2
    assert all(isinstance(failure.error, IntegrityError) for failure in result.errors)
    assert all(failure.error.__traceback__ is None for failure in result.errors)
    await session.commit()
    assert await codes(session) == ["a", "b", "c", "d", "e", "taken"]


@settings(max_examples=30, deadline=None)
@given(
    size=st.integers(0, 40),
    batch_size=st.integers(1, 24),
    poison=st.sets(st.integers(0, 39), max_size=6),
    max_errors=st.integers(0, 5),
)
def test_any_set_of_poison_is_isolated_in_a_bounded_number_of_calls(
    size: int,
    batch_size: int,
    poison: set[int],
    max_errors: int,
) -> None:
    asyncio.run(_isolate(size, batch_size, poison, max_errors))


async def _isolate(size: int, batch_size: int, poison: set[int], max_errors: int) -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    kept: Counter[int] = Counter()
    try:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine) as session:

            async def store(batch: Sequence[int]) -> None:
                await bulk_insert(session, Thing, [{"code": f"{n:02}"} for n in batch])
                if poison.intersection(batch):
                    raise Poisoned
                kept.update(batch)

            result = await batch_process(
                iter(range(size)), store, session=session, batch_size=batch_size,
                max_errors=max_errors,
            )  # fmt: skip
            failing = sorted(n for n in poison if n < size)
            good = [n for n in range(size) if n not in poison]
            assert await codes(session) == [f"{n:02}" for n in good]
            assert kept == Counter(good), "each once"
            assert (result.processed, result.failed) == (len(good), len(failing))
            assert [failure.index for failure in result.errors] == failing[:max_errors]
            assert result.truncated == len(failing[max_errors:])
            levels = ceil(log2(batch_size)) if batch_size > 1 else 0
            batches = ceil(size / batch_size)
            assert batches <= result.attempts <= batches + 2 * levels * len(failing)
            await session.rollback()
    finally:
        await engine.dispose()


async def test_an_item_is_told_without_secrets_and_cut(session: AsyncSession) -> None:
    async def refuse(batch: Sequence[dict[str, str]]) -> None:
        raise Poisoned

    items = [{"password": "hunter2", "text": "x" * 500}]
    result = await batch_process(items, refuse, session=session)
    assert "hunter2" not in result.errors[0].item
    assert len(result.errors[0].item) == 300


async def test_a_server_that_is_gone_is_no_items_fault(session: AsyncSession) -> None:
    calls = 0

    async def lose(batch: Sequence[int]) -> None:
        nonlocal calls
        calls += 1
        connection = await session.connection()
        if connection.dialect.name == "postgresql":
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        await session.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(DBAPIError):
        await batch_process(range(100), lose, session=session)
    assert calls == 1


async def test_a_server_without_room_is_no_items_fault(session: AsyncSession) -> None:
    no_room = {
        "postgresql": "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'disk_full'; END $$",
        "sqlite": "PRAGMA max_page_count = 1",
    }[session.get_bind().dialect.name]
    calls = 0

    async def overflow(batch: Sequence[int]) -> None:
        nonlocal calls
        calls += 1
        await session.execute(text(no_room))
        await bulk_insert(session, Thing, [{"code": "x" * 100_000}])

    with pytest.raises(DBAPIError):
        await batch_process(range(100), overflow, session=session)
    assert calls == 1


async def test_a_damaged_file_is_no_items_fault(tmp_path: Path) -> None:
    path, page_bytes = tmp_path / "damaged.db", 4_096
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE word (word TEXT)")
        connection.executemany("INSERT INTO word VALUES (?)", [("x" * 500,)] * 100)
        connection.commit()
    content = bytearray(path.read_bytes())
    content[page_bytes : 2 * page_bytes] = b"\xff" * page_bytes
    path.write_bytes(content)
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    async with AsyncSession(engine) as session:

        async def store(batch: Sequence[str]) -> None:
            await session.execute(text("INSERT INTO word VALUES ('y')"))

        with pytest.raises(DatabaseError, match="malformed") as raised:
            await batch_process("abc", store, session=session)
    assert concerns_all(raised.value)
    await engine.dispose()


async def test_errors_that_no_item_may_be_blamed_for_are_raised(session: AsyncSession) -> None:
    async def fail(batch: Sequence[str]) -> None:
        await bulk_insert(session, Thing, [{"code": code} for code in batch])
        if "b" in batch:
            raise Poisoned

    with pytest.raises(Poisoned):
        await batch_process("abc", fail, session=session, isolate=DBAPIError)
    assert await codes(session) == []
    result = await batch_process("abc", fail, session=session, isolate=(DBAPIError, Poisoned))
    assert (result.processed, result.failed) == (2, 1)


async def test_cancelling_is_passed_on(session: AsyncSession) -> None:
    async def cancel(batch: Sequence[int]) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await batch_process(range(3), cancel, session=session)


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_the_function_must_not_end_the_transaction(session: AsyncSession, end: str) -> None:
    async def leave(batch: Sequence[int]) -> None:
        await getattr(session, end)()

    with pytest.raises(RuntimeError, match="ended the transaction"):
        await batch_process(range(3), leave, session=session)


async def test_a_session_serves_one_batch_at_a_time(session: AsyncSession) -> None:
    async def refuse(batch: Sequence[int]) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match="one batch at a time"):
        await batch_process([1], refuse, session=session, concurrency=2)


async def test_everything_belongs_to_the_callers_transaction(session: AsyncSession) -> None:
    async def store(batch: Sequence[str]) -> None:
        await bulk_insert(session, Thing, [{"code": code} for code in batch])

    result = await batch_process("abc", store, session=session, batch_size=2)
    assert result.processed == 3
    await session.rollback()
    assert await session.scalar(select(func.count(Thing.id))) == 0

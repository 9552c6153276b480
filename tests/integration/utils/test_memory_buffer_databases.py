"""The insert buffer over real databases: transactions of its own, and what fails in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.utils.memory_optimization import BulkInsertBuffer, FailedBatch

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]


class Base(DeclarativeBase):
    pass


class Reading(Base):
    __tablename__ = "reading"
    number: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str]


@pytest.fixture(params=["sqlite", "postgresql"])
async def sessions(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Sessions]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'buffer.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield async_sessionmaker(engine, expire_on_commit=False)
    await engine.dispose()


async def numbers(sessions: Sessions) -> Sequence[int]:
    async with sessions() as session:
        return (await session.scalars(select(Reading.number).order_by(Reading.number))).all()


def row(number: int) -> dict[str, object]:
    return {"number": number, "word": f"w{number}"}


async def test_each_batch_is_committed_by_itself(sessions: Sessions) -> None:
    async with BulkInsertBuffer(sessions, Reading, size=10) as rows:
        await rows.add_all(row(number) for number in range(10))
        await rows.flush()
        assert await numbers(sessions) == list(range(10))
        await rows.add_all(row(number) for number in range(10, 25))
    assert await numbers(sessions) == list(range(25))


async def test_a_factory_that_begins_transactions_does_as_well(sessions: Sessions) -> None:
    async with BulkInsertBuffer(sessions.begin, Reading, size=10) as rows:
        await rows.add_all(row(number) for number in range(15))
    assert await numbers(sessions) == list(range(15))


async def test_a_row_that_the_database_refuses_costs_its_batch_alone(sessions: Sessions) -> None:
    told: list[FailedBatch] = []
    async with BulkInsertBuffer(sessions, Reading, size=5, on_error=told.append) as rows:
        await rows.add_all(row(number) for number in [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 10, 11])
    assert await numbers(sessions) == [0, 1, 2, 3, 4, 10, 11]
    assert [one["number"] for one in told[0].rows] == [5, 5, 6, 7, 8]
    assert isinstance(told[0].error, IntegrityError)


async def test_the_callers_transaction_decides_over_its_rows(sessions: Sessions) -> None:
    async with sessions() as session:
        async with BulkInsertBuffer(session, Reading, size=2) as rows:
            await rows.add_all(row(number) for number in range(5))
        await session.rollback()
    assert await numbers(sessions) == []
    async with sessions.begin() as session, BulkInsertBuffer(session, Reading, size=2) as rows:
        await rows.add_all(row(number) for number in range(5))
    assert await numbers(sessions) == [0, 1, 2, 3, 4]


async def test_rows_may_be_instances(sessions: Sessions) -> None:
    async with BulkInsertBuffer(sessions, Reading, size=2) as rows:
        await rows.add_all(Reading(number=number, word="w") for number in range(5))
    assert await numbers(sessions) == [0, 1, 2, 3, 4]

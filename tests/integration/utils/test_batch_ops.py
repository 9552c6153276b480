"""Writing in batches, on a real database."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database, open_database
from app.stations.models import Operator
from app.utils.batch_ops import BatchOperations, batch_process, bulk_insert, bulk_update

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path, empty_catalogue: Path) -> AsyncIterator[Database]:
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'voltway.db'}")
    yield opened
    await opened.close()


async def names(session: AsyncSession) -> Sequence[str]:
    return (await session.scalars(select(Operator.name).order_by(Operator.id))).all()


async def test_instances_flush_by_themselves_and_when_the_context_ends(
    database: Database,
) -> None:
    async with database.writes() as session:
        async with BatchOperations(session, Operator, batch_size=2) as ops:
            for number in range(5):
                await ops.add(Operator(name=f"o{number}"))
            assert ops.inserted == 4
            await ops.add({"name": "as a mapping"})
        assert ops.inserted == 6
        await session.rollback()
        assert await names(session) == []


async def test_an_exception_rolls_back(database: Database) -> None:
    async def fail(session: AsyncSession) -> None:
        async with BatchOperations(session, Operator, batch_size=1) as ops:
            await ops.add(Operator(name="x"))
            raise LookupError

    async with database.writes() as session:
        with pytest.raises(LookupError):
            await fail(session)
        await session.commit()
        assert await names(session) == []


async def test_bulk_insert_takes_any_number_of_rows(database: Database) -> None:
    async with database.writes.begin() as session:
        rows = ({"name": f"o{number}"} for number in range(2_345))
        assert await bulk_insert(session, Operator, rows) == 2_345
        assert await session.scalar(select(func.count(Operator.id))) == 2_345


async def test_bulk_update_goes_by_key_and_condition(database: Database) -> None:
    async with database.writes.begin() as session:
        await bulk_insert(session, Operator, [{"id": n, "name": f"o{n}"} for n in (1, 2, 3)])
        updated = await bulk_update(
            session,
            Operator,
            [{"id": n, "name": f"new {n}"} for n in (1, 2, 3)],
            conditions=[Operator.name != "o2"],
            batch_size=2,
        )
        assert updated == 3
        assert await names(session) == ["new 1", "o2", "new 3"]


async def test_an_update_without_a_key_is_refused(database: Database) -> None:
    async with database.writes.begin() as session:
        with pytest.raises(ValueError, match="operator lacks its primary key id"):
            await bulk_update(session, Operator, [{"name": "x"}])


@pytest.mark.parametrize("batch_size", [0, 1_001])
async def test_batches_have_a_bounded_size(database: Database, batch_size: int) -> None:
    async with database.writes.begin() as session:
        with pytest.raises(ValueError, match="batch_size is 1 to 1000"):
            BatchOperations(session, Operator, batch_size)
        with pytest.raises(ValueError, match="batch_size is 1 to 1000"):
            await bulk_insert(session, Operator, [{"name": "x"}], batch_size=batch_size)


async def test_batch_process_takes_sync_and_async_iterables() -> None:
    async def count() -> AsyncIterator[int]:
        for number in range(5):
            yield number

    for items in (range(5), count()):
        batches: list[list[int]] = []

        async def keep(batch: Sequence[int], into: list[list[int]] = batches) -> None:
            into.append(list(batch))

        assert await batch_process(items, keep, batch_size=2) == 5
        assert batches == [[0, 1], [2, 3], [4]]
    assert await batch_process([], keep) == 0

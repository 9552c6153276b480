"""The insert buffer: what becomes of batches that fail, and the caller's own session."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.utils.memory_optimization import BulkInsertBuffer, FailedBatch
from tests.fixtures.gathered_rows import Clock, Item, Store, add, buffer, settled

pytestmark = pytest.mark.anyio


async def test_a_failed_batch_is_kept_and_the_next_ones_go_on() -> None:
    store, told = Store(), list[FailedBatch]()
    store.poison = {2}
    async with buffer(store, on_error=told.append) as rows:
        await add(rows, 1, 2, 3, 4, 5, 6)
    assert store.numbers == [4, 5, 6]
    assert rows.failed == told
    assert [row["number"] for row in told[0].rows] == [1, 2, 3]
    assert str(told[0].error) == "poison"
    store.poison = set()
    await rows.retry_failed()
    assert sorted(store.numbers) == [1, 2, 3, 4, 5, 6]
    assert rows.failed == []


async def test_what_nobody_was_told_of_is_raised_at_the_end() -> None:
    store = Store()
    store.poison = {1, 4}
    with pytest.raises(ExceptionGroup, match="6 rows of item could not be written") as raised:
        async with buffer(store) as rows:
            await add(rows, 1, 2, 3, 4, 5, 6)
    assert len(raised.value.exceptions) == 2


async def test_failed_rows_are_kept_within_bounds() -> None:
    store = Store()
    store.poison = set(range(100))
    rows = buffer(store, capacity=6, on_error=lambda _batch: None)
    await add(rows, *range(12))
    await rows.close()
    assert rows.lost == 6
    assert [len(batch.rows) for batch in rows.failed] == [3, 3]


async def test_a_report_that_fails_stops_nothing() -> None:
    def fail(_batch: FailedBatch) -> None:
        raise OSError

    store = Store()
    store.poison = {1}
    async with buffer(store, on_error=fail) as rows:
        await add(rows, 1, 2, 3, 4)
    assert store.numbers == [4]


async def test_a_writer_that_is_cancelled_keeps_its_batch() -> None:
    """As when an event loop ends and cancels what still runs."""
    store = Store()
    store.goes_on.clear()
    rows = buffer(store, on_error=lambda _batch: None)
    await add(rows, 1, 2, 3)
    await settled()
    writer = rows._writer
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    assert [len(batch.rows) for batch in rows.failed] == [3]
    store.goes_on.set()
    await rows.retry_failed()
    await rows.close()
    assert store.numbers == [1, 2, 3]


class Session(AsyncSession):
    """The caller's own; notes what the buffer does with it."""

    commits = 0

    async def commit(self) -> None:
        self.commits += 1


def into_session(store: Store, clock: Clock | None = None) -> tuple[Session, BulkInsertBuffer]:
    session = Session()
    rows = BulkInsertBuffer(session, Item, 3, insert=store.insert, clock=clock or Clock())
    return session, rows


async def test_a_callers_session_is_written_into_and_never_committed() -> None:
    store, clock = Store(), Clock()
    session, rows = into_session(store, clock)
    async with rows:
        await add(rows, 1, 2, 3, 4)
        assert store.inserted == [[1, 2, 3]]
        clock.advance(5)
        await add(rows, 5)
        assert store.inserted == [[1, 2, 3], [4, 5]]
        await add(rows, 6)
    assert store.inserted == [[1, 2, 3], [4, 5], [6]]
    assert session.commits == 0


async def test_an_error_in_a_callers_session_reaches_the_caller_at_once() -> None:
    store = Store()
    store.poison = {3}
    _session, rows = into_session(store)
    with pytest.raises(ValueError, match="poison"):
        async with rows:
            await add(rows, 1, 2, 3, 4)
    assert store.inserted == []
    assert [len(batch.rows) for batch in rows.failed] == [3]
    with pytest.raises(RuntimeError, match="this buffer is closed"):
        await add(rows, 5)


async def test_tasks_that_share_a_session_write_in_turn() -> None:
    store = Store()
    store.goes_on.clear()
    _session, rows = into_session(store)
    adding = [asyncio.ensure_future(add(rows, *range(n, n + 4))) for n in (0, 10)]
    await settled()
    assert store.waiting == 1
    store.goes_on.set()
    await asyncio.gather(*adding)
    await rows.close()
    assert sorted(number for batch in store.inserted for number in batch) == [
        0, 1, 2, 3, 10, 11, 12, 13
    ]  # fmt: skip

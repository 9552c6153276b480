"""The insert buffer: when it writes, what waits, what becomes of batches that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils.memory_optimization import BulkInsertBuffer, FailedBatch
from tests.fixtures.gathered_rows import Clock, Item, Store, add, buffer, settled

pytestmark = pytest.mark.anyio


async def test_a_full_batch_is_written_by_itself() -> None:
    store = Store()
    rows = buffer(store)
    await add(rows, 1, 2)
    await settled()
    assert store.committed == []
    await add(rows, 3, 4)
    await settled()
    assert store.committed == [[1, 2, 3]]
    assert (rows.written, rows.pending) == (3, 1)
    await rows.close()


async def test_the_event_loops_own_time_is_the_default() -> None:
    store = Store()
    async with BulkInsertBuffer(store.begin, Item, insert=store.insert) as rows:
        await add(rows, 1)
        assert rows._timer is not None
    assert rows._timer is None
    assert store.numbers == [1]


async def test_the_block_ends_with_everything_written() -> None:
    store = Store()
    async with buffer(store) as rows:
        await add(rows, 1, 2, 3, 4)
    assert store.numbers == [1, 2, 3, 4]


async def test_a_block_that_raises_has_its_rows_written_all_the_same() -> None:
    async def fail(rows: BulkInsertBuffer) -> None:
        async with rows:
            await add(rows, 1)
            raise LookupError

    store = Store()
    with pytest.raises(LookupError):
        await fail(buffer(store))
    assert store.numbers == [1]


async def test_rows_come_from_async_iterables_too() -> None:
    async def source() -> AsyncIterator[dict[str, int]]:
        for number in range(5):
            yield {"number": number}

    store = Store()
    async with buffer(store) as rows:
        await rows.add_all(source())
    assert store.numbers == [0, 1, 2, 3, 4]


async def test_the_oldest_row_waits_no_longer_than_its_age() -> None:
    store, clock = Store(), Clock()
    rows = buffer(store, clock=clock, max_age_s=5.0)
    await add(rows, 1)
    clock.advance(3)
    await add(rows, 2)
    await settled()
    assert store.committed == []
    clock.advance(2)
    await settled()
    assert store.committed == [[1, 2]]
    assert clock.pending == []
    await rows.close()


async def test_the_age_of_what_a_full_batch_left_behind_is_its_own() -> None:
    store, clock = Store(), Clock()
    rows = buffer(store, clock=clock, max_age_s=5.0)
    await add(rows, 1, 2)
    clock.advance(3)
    store.goes_on.clear()
    await add(rows, 3, 4)
    store.goes_on.set()
    await settled()
    assert store.committed == [[1, 2, 3]]
    clock.advance(2)
    await settled()
    assert store.committed == [[1, 2, 3]], "the fourth row is two seconds old"
    clock.advance(3)
    await settled()
    assert store.numbers == [1, 2, 3, 4]
    await rows.close()


async def test_a_timer_that_rings_for_rows_already_gone_does_nothing() -> None:
    store, clock = Store(), Clock()
    rows = buffer(store, clock=clock)
    await add(rows, 1)
    rows._rows.clear()
    clock.advance(5)
    await settled()
    assert store.committed == []


async def test_without_an_age_rows_wait_for_their_batch() -> None:
    store, clock = Store(), Clock()
    async with buffer(store, clock=clock, max_age_s=None) as rows:
        await add(rows, 1)
        clock.advance(1_000_000)
        await settled()
        assert store.committed == []
    assert store.numbers == [1]


async def test_who_adds_too_fast_waits() -> None:
    store = Store()
    store.goes_on.clear()
    rows = buffer(store, capacity=6)
    adding = asyncio.ensure_future(add(rows, *range(10)))
    await settled()
    assert not adding.done()
    assert rows.pending == 6
    store.goes_on.set()
    await adding
    await rows.close()
    assert store.numbers == list(range(10))


async def test_one_batch_is_written_at_a_time() -> None:
    store = Store()
    async with buffer(store, capacity=12) as rows:
        await asyncio.gather(*(add(rows, *range(n * 10, n * 10 + 10)) for n in range(5)))
        await asyncio.gather(rows.flush(), rows.flush())
    assert sorted(store.numbers) == list(range(50))
    assert store.most_at_once == 1


async def test_a_cancelled_caller_stops_no_batch() -> None:
    store = Store()
    store.goes_on.clear()
    rows = buffer(store)
    await add(rows, 1, 2, 3)
    flushing = asyncio.ensure_future(rows.flush())
    await settled()
    flushing.cancel()
    await settled()
    store.goes_on.set()
    await rows.flush()
    assert store.committed == [[1, 2, 3]]
    await rows.close()


async def test_a_closed_buffer_takes_no_rows() -> None:
    store = Store()
    rows = buffer(store)
    await rows.close()
    await rows.close()
    with pytest.raises(RuntimeError, match="this buffer is closed"):
        await add(rows, 1)


@pytest.mark.parametrize("size", [0, 1_001])
async def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"size is 1 to 1000, not {size}"):
        buffer(Store(), size)


async def test_a_capacity_below_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity is 3 or more, not 2"):
        buffer(Store(), capacity=2)


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 7),
    room=st.integers(0, 10),
    numbers=st.integers(0, 60),
    poison=st.sets(st.integers(0, 59), max_size=4),
    flush_at=st.sets(st.integers(0, 59), max_size=3),
)
def test_every_row_is_written_once_or_kept(
    size: int, room: int, numbers: int, poison: set[int], flush_at: set[int]
) -> None:
    async def run() -> None:
        store, told = Store(), list[FailedBatch]()
        store.poison = poison
        async with buffer(store, size, capacity=size + room, on_error=told.append) as rows:
            for number in range(numbers):
                await add(rows, number)
                assert rows.pending <= size + room
                if number in flush_at:
                    await rows.flush()
        failed = [row["number"] for batch in told for row in batch.rows]
        assert sorted([*store.numbers, *failed]) == list(range(numbers))
        assert all(poison.intersection(row["number"] for row in batch.rows) for batch in told)
        assert rows.written == len(store.numbers)
        assert all(len(batch) <= size for batch in store.committed)

    asyncio.run(run())

"""Processing without a session: some batches at a time, and the first failure is raised."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from app.utils import metrics
from app.utils.batch_ops import batch_process

pytestmark = pytest.mark.anyio


async def test_it_takes_sync_and_async_iterables() -> None:
    async def count() -> AsyncIterator[int]:
        for number in range(5):
            yield number

    for items in (range(5), count()):
        taken: list[list[int]] = []

        async def keep(batch: Sequence[int], into: list[list[int]] = taken) -> None:
            into.append(list(batch))

        with metrics.testing() as changed:
            result = await batch_process(items, keep, batch_size=2)
        assert (result.processed, result.failed, result.attempts) == (5, 0, 3)
        assert taken == [[0, 1], [2, 3], [4]]
        assert changed("batch_rows_sum", operation="process") == 5


async def test_the_function_may_be_a_plain_one() -> None:
    taken: list[Sequence[int]] = []
    result = await batch_process(range(3), taken.append, batch_size=2)
    assert (taken, result.processed) == ([[0, 1], [2]], 3)


async def test_nothing_to_do_is_no_call() -> None:
    async def refuse(batch: Sequence[int]) -> None:
        raise AssertionError

    assert (await batch_process([], refuse)).attempts == 0


async def test_a_failure_is_raised_as_it_is_and_ends_the_rest() -> None:
    calls: list[int] = []
    source_closed = asyncio.Event()

    async def numbers() -> AsyncIterator[int]:
        try:
            for number in range(100):
                yield number
        finally:
            source_closed.set()

    async def fail(batch: Sequence[int]) -> None:
        calls.append(batch[0])
        raise LookupError(batch[0])

    with pytest.raises(LookupError, match="0"):
        await batch_process(numbers(), fail, batch_size=1)
    assert calls[0] == 0
    assert len(calls) < 3
    assert source_closed.is_set()


async def test_no_more_batches_run_than_were_allowed() -> None:
    running, most = 0, 0
    gate = asyncio.Event()

    async def work(batch: Sequence[int]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            gate.set()
        await gate.wait()
        running -= 1

    result = await batch_process(range(12), work, batch_size=2, concurrency=3)
    assert (result.processed, most) == (12, 3)


@pytest.mark.parametrize("numbers", [{"batch_size": 0}, {"concurrency": 0}, {"max_errors": -1}])
async def test_numbers_out_of_range_are_refused(numbers: dict[str, int]) -> None:
    async def refuse(batch: Sequence[int]) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match="at least 1, max_errors at least 0"):
        await batch_process([1], refuse, **numbers)  # type: ignore[arg-type] # - mypy sees the session among the keywords

"""The memory tools as their users copy them from the documentation, line by line."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

import pytest

from app.utils.memory_optimization import (
    BulkInsertBuffer,
    LazyLoader,
    MemoryMonitor,
    MemoryPool,
    StreamingProcessor,
)
from app.utils.metrics import track_request

pytestmark = pytest.mark.anyio


async def test_an_object_is_lent_and_comes_back_cleared() -> None:
    pool: MemoryPool[dict[str, int]] = MemoryPool(lambda: dict(), max_size=100)  # noqa: C408, PLW0108 - as written there
    obj = await pool.acquire()
    obj["left"] = 1
    await pool.release(obj)
    assert await pool.acquire() == {}


async def test_a_lazy_value_of_an_async_operation() -> None:
    @track_request()
    async def expensive_operation() -> int:
        return 7

    lazy_data = LazyLoader(lambda: expensive_operation())  # noqa: PLW0108 - as written there
    value = lazy_data.value
    assert await cast("Awaitable[int]", value) == 7
    assert await cast("Awaitable[int]", lazy_data.value) == 7


async def test_a_lazy_value_of_a_plain_operation() -> None:
    def expensive_operation() -> list[int]:
        return [7]

    lazy_data = LazyLoader(lambda: expensive_operation())  # noqa: PLW0108 - as written there
    value = lazy_data.value
    assert value == [7]
    assert lazy_data.value is value


async def test_a_long_list_comes_item_by_item() -> None:
    large_list = list(range(1_000))
    seen = []
    async for item in StreamingProcessor.stream_process(large_list, chunk_size=100):
        seen.append(item)  # noqa: PERF401 - as written there
    assert seen == large_list


async def test_the_memory_of_the_process_is_logged() -> None:
    monitor = MemoryMonitor(threshold_mb=500)
    assert monitor.log_memory_usage().threshold_bytes <= 500 * 1024 * 1024


def test_the_insert_buffer_has_its_name() -> None:
    assert BulkInsertBuffer.__name__ == "BulkInsertBuffer"

"""The public names as their users see them: type-checked by ``make check``, never run.

A wrong annotation shows here as an error, a lost one as an ``Any`` that ``assert_type`` refuses.
"""

from __future__ import annotations

from typing import assert_type

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.main import app, create_app
from app.settings import Settings
from app.stations.models import Operator
from app.utils.advanced_logging import LoggerWithExtra, setup_logging
from app.utils.batch_ops import BatchOperations
from app.utils.caching import CacheInfo, memory_cache, redis_cache
from app.utils.memory_optimization import LazyLoader, MemoryPool, StreamingProcessor
from app.utils.metrics import get_metrics, track_request

logger = setup_logging(__name__)
assert_type(logger, LoggerWithExtra)
logger.info("Message", extra={"user_id": 123, "action": "login"})
assert_type(logger.bind(user_id=123), LoggerWithExtra)


@track_request()
async def count_chargers(city: str, *, fast_only: bool = False) -> int:
    """A function keeps its signature under the decorator."""
    return len(city) if fast_only else 0


@track_request()
def name_of(station_id: int) -> str:
    """So does one that is not async."""
    return str(station_id)


assert_type(name_of(1), str)
name_of("1")  # type: ignore[arg-type]  # the decorator must not swallow this mistake
assert_type(get_metrics(), str)


@redis_cache(ttl=3600)
async def cached_count(city: str) -> int:
    """A cached function keeps its signature, and so do its ``invalidate`` and a bare one."""
    return len(city)


@memory_cache
def cached_name(station_id: int) -> str:
    """Without parentheses, too."""
    return str(station_id)


assert_type(cached_name(1), str)
assert_type(cached_name.cache_info(), CacheInfo)
cached_name("1")  # type: ignore[arg-type]  # the decorator must not swallow this mistake
cached_count.invalidate(1)  # type: ignore[arg-type]  # nor may taking back


async def count_twice() -> None:
    """What is awaited has the type of the undecorated function."""
    assert_type(await count_chargers("Paris", fast_only=True), int)
    assert_type(await cached_count("Paris"), int)
    await cached_count.invalidate("Paris")


async def store(session: AsyncSession, operators: list[Operator]) -> None:
    """The batch knows which model it takes."""
    async with BatchOperations(session, Operator, batch_size=500) as ops:
        assert_type(ops, BatchOperations[Operator])
        for operator in operators:
            await ops.add(operator)


assert_type(app, FastAPI)
assert_type(create_app(Settings()), FastAPI)


buffers = MemoryPool(lambda: bytearray(1 << 20), max_size=8)
lazy_name = LazyLoader(lambda: name_of(1))
lazy_count = LazyLoader(lambda: count_chargers("Lyon"))


async def use_memory_tools() -> None:
    """A pool lends what its factory makes; a lazy value and a stream keep their types."""
    assert_type(await buffers.acquire(), bytearray)
    with buffers.item() as buffer:
        assert_type(buffer, bytearray)
    assert_type(lazy_name.value, str)
    assert_type(await lazy_name.get(), str)
    assert_type(await lazy_count.value, int)
    assert_type(await lazy_count.get(), int)
    async for number in StreamingProcessor.stream_process([1, 2], chunk_size=100):
        assert_type(number, int)
    async for text in StreamingProcessor.stream_process([1, 2], transform=str):
        assert_type(text, str)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from app.utils import metrics
from app.utils.caching import MemoryTier, RedisLink, Tiers, close_caching, configure_caching
from tests.fixtures.servers import RedisServer

pytestmark = pytest.mark.anyio


class Source:
    """Knows the square of even numbers, and which keys it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    async def load(self, keys: Sequence[int]) -> dict[int, bytes]:
        self.asked.append(list(keys))
        return {key: b"%d" % (key * key) for key in keys if key % 2 == 0}


def name_of(key: int) -> str:
    return f"square:{key}"


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[RedisLink]:
    opened = RedisLink(redis_url, timeout_s=2.0)
    yield opened
    await opened.close()


def new_process(link: RedisLink | None) -> Tiers[int]:
    """Tiers whose memory is empty, as another process' would be."""
    return Tiers(MemoryTier("squares"), link, ttl_s=60)


async def test_memory_then_redis_then_the_source(link: RedisLink) -> None:
    source, tiers = Source(), new_process(link)
    wanted = [4, 3, 2, 4]
    expected = [b"16", None, b"4", b"16"]
    assert await tiers.get_many(wanted, source.load, redis_key=name_of) == expected
    assert source.asked == [[4, 3, 2]]
    await tiers.stored()
    assert await tiers.get_many([4, 2], source.load, redis_key=name_of) == [b"16", b"4"]
    assert await new_process(link).get_many([2, 4], source.load, redis_key=name_of) == [
        b"4",
        b"16",
    ]
    assert source.asked == [[4, 3, 2]]


async def test_without_redis_memory_serves_alone() -> None:
    source, tiers = Source(), new_process(None)
    for _ in range(2):
        assert await tiers.get_many([2], source.load, redis_key=name_of) == [b"4"]
    await tiers.stored()
    assert source.asked == [[2]]


async def test_the_configured_redis_is_taken_at_the_call(redis_url: str) -> None:
    source, tiers = Source(), Tiers(MemoryTier[int]("squares"))
    configure_caching(redis_url=redis_url, redis_timeout_s=2.0, namespace="here")
    try:
        await tiers.get_many([2], source.load, redis_key=name_of)
        await tiers.stored()
        link = RedisLink(redis_url, timeout_s=2.0)
        assert 3_200_000 < await link.run("PTTL", "here:square:2") <= 3_600_000
        await link.close()
    finally:
        await close_caching()
        configure_caching()


async def test_corrupt_bytes_are_a_miss_and_are_replaced(link: RedisLink) -> None:
    source, tiers = Source(), new_process(link)
    await link.run("SET", "voltway:square:2", b"\x09nonsense")
    with metrics.testing() as changed:
        assert await tiers.get_many([2], source.load, redis_key=name_of) == [b"4"]
        assert changed("errors_total", type="cache") == 1
    await tiers.stored()
    assert await link.run("GET", "voltway:square:2") == b"\x014"


async def test_tasks_that_want_the_same_keys_load_them_once() -> None:
    source, tiers, gate = Source(), new_process(None), asyncio.Event()

    async def load(keys: Sequence[int]) -> dict[int, bytes]:
        await gate.wait()
        return await source.load(keys)

    wanted = [[2, 4], [4, 6], [6, 2], [3]]
    tasks = [asyncio.create_task(tiers.get_many(keys, load, redis_key=name_of)) for keys in wanted]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*tasks) == [[b"4", b"16"], [b"16", b"36"], [b"36", b"4"], [None]]
    assert sorted(key for keys in source.asked for key in keys) == [2, 3, 4, 6]


async def test_a_cancelled_or_failing_loader_leaves_the_others_to_load_themselves() -> None:
    source, tiers, never = Source(), new_process(None), asyncio.Event()

    async def stuck(keys: Sequence[int]) -> dict[int, bytes]:
        await never.wait()
        return {}

    leader = asyncio.create_task(tiers.get_many([2], stuck, redis_key=name_of))
    await asyncio.sleep(0)
    follower = asyncio.create_task(tiers.get_many([2], source.load, redis_key=name_of))
    await asyncio.sleep(0)
    leader.cancel()
    assert await follower == [b"4"]
    with pytest.raises(asyncio.CancelledError):
        await leader


async def test_what_waits_for_redis_is_bounded(
    link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.utils._cache_tiers._MOST_WAITING_BYTES", 2)
    source, tiers = Source(), new_process(link)
    await tiers.get_many([2, 4, 6], source.load, redis_key=name_of)
    await tiers.stored()
    assert tiers.dropped == 2
    assert await link.run("DBSIZE") == 1


async def test_a_redis_that_is_away_costs_what_was_to_be_stored_there(
    own_redis: RedisServer,
) -> None:
    link = RedisLink(own_redis.url, timeout_s=1.0)
    source, tiers = Source(), new_process(link)
    own_redis.stop()
    for key in (2, 4, 6):
        assert await tiers.get_many([key], source.load, redis_key=name_of) == [b"%d" % (key * key)]
        await tiers.stored()
    assert link.is_away
    assert tiers.dropped == 3
    await link.close()

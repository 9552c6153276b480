"""Caches over a real Redis Cluster whose nodes are all there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from app.utils import _cache_revoking as revoking
from app.utils import caching, metrics
from app.utils._cache_core import all_cores
from app.utils._cache_news import news_of
from app.utils._cache_redis import AWAY
from app.utils._cache_settings import state
from app.utils.caching import (
    ClusterLink,
    MemoryTier,
    TestClock,
    Tiers,
    close_caching,
    configure_caching,
    redis_cache,
)
from tests.fixtures.redis_cluster import RedisCluster

pytestmark = pytest.mark.anyio

KEYS = 30


@pytest.fixture
async def link(redis_cluster: RedisCluster) -> AsyncIterator[ClusterLink]:
    opened = ClusterLink(redis_cluster.url, timeout_s=2.0)
    yield opened
    await opened.close()


@pytest.fixture
async def clock(redis_cluster: RedisCluster) -> AsyncIterator[TestClock]:
    """Caches over ``redis_cluster``, with a clock that the test moves."""
    with caching.testing() as stopped:
        configure_caching(redis_url=redis_cluster.url, redis_timeout_s=2.0)
        yield stopped
        await close_caching()


def keys_of(cluster: RedisCluster) -> list[int]:
    return [node.ask("DBSIZE") for node in cluster.primaries]


async def test_many_values_come_from_all_nodes_and_keep_their_order(
    link: ClusterLink, redis_cluster: RedisCluster
) -> None:
    names = [f"name:{number}" for number in range(KEYS)]
    answers = await link.run_many([("SET", name, name[5:]) for name in names])
    assert answers == [True] * KEYS
    assert all(keys_of(redis_cluster))
    found = await link.get_many(["nowhere", *reversed(names)])
    assert found == [None, *(name[5:].encode() for name in reversed(names))]


async def test_a_cold_link_serves_threads_and_tasks_alike(
    redis_cluster: RedisCluster,
) -> None:
    link = ClusterLink(redis_cluster.url, timeout_s=2.0)
    for number in range(KEYS):
        assert await asyncio.to_thread(link.run_blocking, "SET", f"k{number}", number) is True
    answers = await asyncio.gather(*(link.run("GET", f"k{number}") for number in range(KEYS)))
    assert answers == [b"%d" % number for number in range(KEYS)]
    assert len(await asyncio.to_thread(link.shards_blocking)) == len(await link.shards()) == 3
    await link.close()


async def test_what_is_refused_is_no_answer_and_counted(link: ClusterLink) -> None:
    await link.run("SET", "text", "x")
    with metrics.testing() as changed:
        assert await link.run("INCR", "text") is AWAY
        assert link.run_blocking("INCR", "text") is AWAY
        assert changed("errors_total", type="cache") == 2
    assert not link.is_away


async def test_a_page_is_one_trip_to_each_node(
    link: ClusterLink, redis_cluster: RedisCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(keys: Sequence[int]) -> dict[int, bytes]:
        return {key: b"%d" % key for key in keys}

    def new_process() -> Tiers[int]:
        return Tiers(MemoryTier("numbers"), link, ttl_s=60)

    async def never(keys: Sequence[int]) -> dict[int, bytes]:
        raise AssertionError(keys)

    def name_of(key: int) -> str:
        return f"number:{key}"

    one, wanted = new_process(), list(range(KEYS))
    await one.get_many(wanted, load, redis_key=name_of)
    await one.stored()
    assert sum(keys_of(redis_cluster)) == KEYS
    trips: list[int] = []
    for shard in await link.shards():
        exchange = shard.exchange

        async def counted(commands: Any, exchange: Any = exchange) -> Any:
            trips.append(len(commands))
            return await exchange(commands)

        monkeypatch.setattr(shard, "exchange", counted)
    found = await new_process().get_many(wanted, never, redis_key=name_of)
    assert found == [b"%d" % key for key in wanted]
    assert (len(trips), sum(trips)) == (3, KEYS)


async def test_functions_share_values_and_locks_over_the_cluster(
    clock: TestClock, redis_cluster: RedisCluster
) -> None:
    calls: list[int] = []

    @redis_cache(ttl=100, memory_ttl=0)
    async def awaited(number: int) -> list[int]:
        calls.append(number)
        return [number]

    @redis_cache(ttl=100, memory_ttl=0)
    def plain(number: int) -> list[int]:
        calls.append(number)
        return [number]

    for _ in range(2):
        for number in range(KEYS):
            assert await awaited(number) == [number]
            assert plain(number) == [number]
    assert len(calls) == 2 * KEYS
    assert sum(keys_of(redis_cluster)) == 2 * KEYS
    await awaited.invalidate(3)
    plain.invalidate(3)
    await plain.invalidate(4)
    await awaited(3)
    assert len(calls) == 2 * KEYS + 1
    await awaited.cache_clear()
    await asyncio.to_thread(plain.cache_clear)
    assert sum(keys_of(redis_cluster)) == 0


async def test_a_value_and_the_right_to_compute_it_live_at_one_node(clock: TestClock) -> None:
    @redis_cache(ttl=100)
    async def awaited(number: int) -> list[int]:
        return [number]

    core = next(core for core in all_cores() if core.function is awaited.__wrapped__)
    link = state.link()
    assert isinstance(link, ClusterLink)
    await link.shards()
    for number in range(KEYS):
        name = core.name_in_redis(core.key_of((number,), {}))
        assert link._slots.owner(name) == link._slots.owner(f"{name}:lock")


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another thread makes it true
            await asyncio.sleep(0)


async def test_what_is_taken_back_is_heard_at_whichever_node_it_is_said(
    redis_cluster: RedisCluster,
) -> None:
    configure_caching(redis_url=redis_cluster.url, redis_timeout_s=2.0)

    @redis_cache(ttl=600, memory_ttl=600)
    async def slow(number: int) -> list[int]:
        return [number]

    for number in range(3):
        await slow(number)
    listener = revoking.ears.listener
    assert listener is not None
    await until(listener.is_listening.is_set)
    core = next(core for core in all_cores() if core.function is slow.__wrapped__)
    for number, node in enumerate(redis_cluster.primaries):
        news = news_of(core.identity, core.key_of((number,), {}))
        node.ask("PUBLISH", "voltway:revoked", news.replace(b":", b"-", 1))
        await until(lambda left=2 - number: slow.cache_info().size == left)
    await close_caching()
    caching.reset_caching()


async def test_a_link_to_one_server_is_not_one_to_a_cluster() -> None:
    with pytest.raises(ValueError, match=r"redis\+cluster"):
        ClusterLink("redis://127.0.0.1:6379/0")

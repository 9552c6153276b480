"""Caches over a real Redis Cluster that loses, hangs, moves or fills its nodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import OutOfMemoryError, RedisError

from app.utils import caching, metrics
from app.utils._cache_core import all_cores
from app.utils._cache_news import news_of
from app.utils._cache_redis import AWAY
from app.utils.caching import (
    ClusterLink,
    MemoryTier,
    TestClock,
    Tiers,
    configure_caching,
)
from tests.fixtures.redis_cluster import ClusterNode, RedisCluster, running

pytestmark = pytest.mark.anyio


class Filled:
    """A link, and one key with the value ``kept`` at each primary."""

    def __init__(self, cluster: RedisCluster, clock: TestClock, *, timeout_s: float = 1.0) -> None:
        self.link = ClusterLink(cluster.url, timeout_s=timeout_s, clock=clock)
        self.keys = [cluster.key_at(node) for node in cluster.primaries]

    async def fill(self) -> None:
        assert await self.link.run_many([("SET", key, "kept") for key in self.keys]) == [True] * 3

    async def found(self) -> list[bool]:
        """Whether each key is found, however it is asked for."""
        values = await self.link.get_many(self.keys)
        assert values is not AWAY
        return [value == b"kept" for value in values]


@pytest.fixture
async def filled(own_cluster: RedisCluster) -> AsyncIterator[Filled]:
    opened = Filled(own_cluster, TestClock())
    await opened.fill()
    yield opened
    await opened.link.close()


async def test_a_killed_node_takes_its_keys_along_and_no_others(
    own_cluster: RedisCluster, filled: Filled
) -> None:
    clock = filled.link._clock
    assert isinstance(clock, TestClock)
    own_cluster.primaries[0].stop()
    with metrics.testing() as changed:
        for _ in range(10):
            assert await filled.found() == [False, True, True]
            assert filled.link.run_blocking("GET", filled.keys[0]) is AWAY
            assert filled.link.run_blocking("GET", filled.keys[1]) == b"kept"
            assert await filled.link.run("PUBLISH", "channel", "news") == 0
        assert changed("errors_total", type="cache") == 2
    assert not filled.link.is_away
    stored = await filled.link.run_many([("SET", key, "kept") for key in filled.keys])
    assert stored == [AWAY, True, True]
    tiers = Tiers(MemoryTier[str]("some"), filled.link, ttl_s=60)
    expected = [b"source", b"source", b"source"]
    assert await tiers.get_many(filled.keys, from_source, redis_key=str) == expected
    await tiers.stored()
    assert tiers.dropped == len([key for key in filled.keys if lost_with(own_cluster, key)])
    own_cluster.primaries[0].start()
    own_cluster.until(lambda: own_cluster.primaries[0].ask("SET", filled.keys[0], "kept"))
    clock.advance(5)
    await filled.found()
    assert await filled.found() == [True, True, True]


async def test_a_hanging_node_is_waited_for_twice_and_not_again(
    own_cluster: RedisCluster,
) -> None:
    filled = Filled(own_cluster, TestClock(), timeout_s=0.1)
    await filled.fill()
    own_cluster.primaries[1].pause()
    with metrics.testing() as changed:
        for _ in range(10):
            assert await filled.found() == [True, False, True]
            assert filled.link.run_blocking("GET", filled.keys[1]) is AWAY
        assert changed("errors_total", type="cache") == 2
    await filled.link.close()


async def from_source(keys: Sequence[str]) -> dict[str, bytes]:
    return dict.fromkeys(keys, b"source")


def lost_with(cluster: RedisCluster, key: str) -> bool:
    """Whether the tiers' value of a key would live at the first primary."""
    return cluster.owner(f"voltway:{key}") is cluster.primaries[0]


@pytest.fixture
def cluster_with_replica(tmp_path: Path) -> Iterator[RedisCluster]:
    with running(RedisCluster(tmp_path / "cluster", replicas=1)) as cluster:
        yield cluster


async def test_a_replica_that_takes_over_serves_the_keys_it_had(
    cluster_with_replica: RedisCluster,
) -> None:
    cluster, clock = cluster_with_replica, TestClock()
    replica = cluster.nodes[3]
    filled = Filled(cluster, clock)
    seed = f"redis+cluster://{cluster.nodes[1].address}"
    filled.link = ClusterLink(seed, timeout_s=1.0, clock=clock)
    await filled.fill()
    cluster.primaries[0].ask("WAIT", 1, 5000)
    cluster.primaries[0].stop()
    assert await filled.found() == [False, True, True]
    cluster.until(lambda: replica.ask("ROLE")[0] == b"master")
    cluster.until(lambda: all(node.knows_owner(0, replica) for node in cluster.nodes[1:]))
    clock.advance(1)
    await filled.found()
    assert await filled.found() == [True, True, True]
    assert await filled.link.run("SET", filled.keys[0], "kept") is True
    assert sorted(filled.link._nodes) == sorted(node.address for node in cluster.nodes[1:])
    await filled.link.close()


async def test_keys_are_followed_while_their_slot_moves(
    own_cluster: RedisCluster, filled: Filled
) -> None:
    origin, target = own_cluster.primaries[:2]
    key, link = filled.keys[0], filled.link
    absent = f"{{{key}}}:absent"
    slot = origin.ask("CLUSTER", "KEYSLOT", key)
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", origin.name)
    origin.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.name)
    with metrics.testing() as changed:
        assert await link.run("SET", absent, "asked") is True
        assert target.ask("CLUSTER", "COUNTKEYSINSLOT", slot) == 1
        assert await link.get_many([key, absent, filled.keys[2]]) == [b"kept", b"asked", b"kept"]
        origin.ask("MIGRATE", "127.0.0.1", target.port, key, 0, 5000)
        assert link.run_blocking("GET", key) == b"kept"
        for node in (target, *own_cluster.primaries):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.name)
        assert await link.get_many([key, absent, *filled.keys[1:]]) == [
            b"kept", b"asked", b"kept", b"kept"
        ]  # fmt: skip
        assert link._slots.owner(key) == target.address
        assert changed("errors_total", type="cache") == 0


async def test_a_cluster_that_refuses_everything_and_then_is_gone_is_a_miss(
    own_cluster: RedisCluster, filled: Filled
) -> None:
    for node in own_cluster.nodes:
        node.ask("CONFIG", "SET", "cluster-require-full-coverage", "yes")
    own_cluster.primaries[2].stop()
    left = own_cluster.primaries[:2]
    own_cluster.until(lambda: all(is_down(node) for node in left))
    with metrics.testing() as changed:
        assert await filled.found() == [False, False, False]
        assert filled.link.run_blocking("GET", filled.keys[0]) is AWAY
        assert changed("errors_total", type="cache") >= 3
    assert not filled.link.is_away
    own_cluster.stop()
    with metrics.testing() as changed:
        for _ in range(10):
            assert await filled.link.get_many(filled.keys) is AWAY
            assert await filled.link.run("PUBLISH", "channel", "news") is AWAY
            assert await filled.link.run_many([("SET", key, "x") for key in filled.keys]) is AWAY
        assert filled.link.is_away
        assert changed("errors_total", type="cache") <= 6
    with pytest.raises(RedisError, match="refused"):
        filled.link.subscribed("channel")


def is_down(node: ClusterNode) -> bool:
    return bool(node.ask("CLUSTER INFO")["cluster_state"] == "fail")


async def test_a_full_node_refuses_and_the_others_store(redis_cluster: RedisCluster) -> None:
    filled = Filled(redis_cluster, TestClock())
    await filled.fill()
    full = redis_cluster.primaries[0]
    full.ask("CONFIG", "SET", "maxmemory", 1)
    try:
        answers = await filled.link.run_many([("SET", key, "x") for key in filled.keys])
        assert answers is not AWAY
        assert isinstance(answers[0], OutOfMemoryError)
        assert answers[1:] == [True, True]
        assert await filled.link.run("GET", filled.keys[0]) == b"kept"
    finally:
        full.ask("CONFIG", "SET", "maxmemory", 0)
        await filled.link.close()


async def test_a_wrong_password_is_a_miss_at_every_node_and_is_not_logged(
    redis_cluster: RedisCluster, caplog: pytest.LogCaptureFixture
) -> None:
    url = redis_cluster.url.replace("://", "://nobody:wrong-word@")
    link = ClusterLink(url, timeout_s=1.0, clock=TestClock())
    for _ in range(6):
        assert await link.run("GET", "key") is AWAY
        assert link.run_blocking("GET", "key") is AWAY
    assert link.is_away
    assert await link.shards() == []
    await link.close()
    assert caplog.records
    assert "wrong-word" not in caplog.text


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another thread makes it true
            await asyncio.sleep(0)


async def test_another_node_is_listened_to_when_one_hangs_or_is_lost(
    own_cluster: RedisCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said at any of those that are left is heard all the same."""
    monkeypatch.setattr("app.utils._cache_news._POLL_S", 0.02)
    monkeypatch.setattr("app.utils._cache_news._PAUSE_S", 0.02)
    configure_caching(redis_url=own_cluster.url, redis_timeout_s=1.0)

    @caching.redis_cache(ttl=600, memory_ttl=600)
    async def slow(number: int) -> list[int]:
        return [number]

    await slow(1)
    core = next(core for core in all_cores() if core.function is slow.__wrapped__)
    news = news_of(core.identity, None).replace(b":", b"-", 1)
    left = own_cluster.primaries.copy()
    for lose in (ClusterNode.pause, ClusterNode.stop):
        await until(lambda: any(map(hears, left)))
        (heard_at,) = filter(hears, left)
        left.remove(heard_at)
        lose(heard_at)
        await until(lambda: slow.cache_info().size == 0)
        await until(lambda: any(map(hears, left)))
        await slow(1)
        left[0].ask("PUBLISH", "voltway:revoked", news)
        await until(lambda: slow.cache_info().size == 0)
        await slow(1)
    await caching.close_caching()
    caching.reset_caching()


def hears(node: ClusterNode) -> bool:
    return bool(node.ask("PUBSUB", "NUMSUB", "voltway:revoked")[1])

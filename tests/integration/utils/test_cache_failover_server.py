"""Cached functions over one real Redis that became a replica, or has little room."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.utils import caching, metrics
from app.utils.caching import RedisLink, configure_caching
from tests.fixtures.servers import RedisServer

pytestmark = pytest.mark.anyio


async def test_a_replica_reads_and_refuses_to_write(own_redis: RedisServer, tmp_path: Path) -> None:
    (tmp_path / "replica").mkdir()
    replica = RedisServer(tmp_path / "replica", "--replicaof", f"127.0.0.1 {own_redis.port}")
    replica.start()
    link = RedisLink(replica.url, timeout_s=1.0)
    with caching.testing(), metrics.testing() as changed:
        configure_caching(redis_url=replica.url, redis_timeout_s=1.0)
        counted: list[int] = []

        @caching.redis_cache(ttl=100, memory_ttl=0)
        async def source(number: int) -> list[int]:
            counted.append(number)
            return [number]

        for _ in range(3):
            assert await source(1) == [1]
        assert len(counted) == 3
        assert changed("errors_total", type="cache") >= 3
        await caching.close_caching()
    assert not link.is_away
    await link.close()
    replica.stop()


async def test_what_a_small_redis_evicts_is_computed_again(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru")
    server.start()
    randomness = random.Random(1)  # noqa: S311 - only so that it cannot be compressed
    with caching.testing(), metrics.testing() as changed:
        configure_caching(redis_url=server.url, redis_timeout_s=1.0)

        @caching.redis_cache(ttl=100, memory_ttl=0)
        def source(number: int) -> bytes:
            return number.to_bytes(4) + randomness.randbytes(100_000)

        for number in [*range(60), *range(60)]:
            assert source(number)[:4] == number.to_bytes(4)
        assert changed("errors_total", type="cache") == 0
        info = source.cache_info()
        # Which ones it evicts is for Redis to say: it looks at a few and takes the oldest.
        assert info.redis_hits + info.redis_misses == 120
        link = RedisLink(server.url, timeout_s=1.0)
        kept = await link.run("DBSIZE")
        assert 0 < kept < 60 < info.redis_misses
        await link.close()
        await caching.close_caching()
    server.stop()

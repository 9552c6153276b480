"""One decision over all buckets in one call, shared by every process, at a real Redis."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import redis

from app.utils import metrics
from app.utils.caching import TestClock as Clock
from app.utils.rate_limit import Bucket, Limit, LimiterAway, RateLimiter
from tests.fixtures.servers import RedisServer

_HOUR = Limit(3, 3600)
_BOTH = [Bucket("{a}", _HOUR), Bucket("{a}:b", Limit(2, 3600))]

_WORKER = """
import asyncio, sys
from app.utils.rate_limit import Bucket, Limit, RateLimiter

async def main():
    limiter = RateLimiter(sys.argv[1], timeout_s=5.0)
    async def client():
        bucket = [Bucket("{a}", Limit(100, 86_400))]
        return [(await limiter.take(bucket)).refused is None for _ in range(6)]
    print(sum(map(sum, await asyncio.gather(*(client() for _ in range(10))))))
    await limiter.close()

sys.stdin.readline()
asyncio.run(main())
"""


@pytest.fixture
async def limiter(redis_url: str) -> AsyncIterator[RateLimiter]:
    opened = RateLimiter(redis_url, timeout_s=5.0)
    yield opened
    await opened.close()


@pytest.mark.anyio
async def test_all_buckets_or_none_count(limiter: RateLimiter, redis_url: str) -> None:
    decisions = [await limiter.take(_BOTH) for _ in range(5)]
    assert [decision.refused for decision in decisions] == [None, None, 1, 1, 1]
    assert 1790 < decisions[2].retry_after_s <= 1800
    assert [decision.remaining(0, _HOUR) for decision in decisions[:3]] == [2, 1, 1]
    with redis.Redis.from_url(redis_url) as client:
        lives_ms = [client.pttl(f"voltway:limit:{bucket.key}") for bucket in _BOTH]
    # A key lives as long as its bucket is not empty, and no longer.
    assert 2_390_000 < lives_ms[0] < 2_400_010
    assert 3_590_000 < lives_ms[1] < 3_600_010


@pytest.mark.anyio
async def test_a_decision_is_one_round_trip(limiter: RateLimiter, redis_url: str) -> None:
    await limiter.take(_BOTH)
    with redis.Redis.from_url(redis_url) as client:
        client.config_resetstat()
        for _ in range(7):
            await limiter.take(_BOTH)
        calls = {name: facts["calls"] for name, facts in client.info("commandstats").items()}
    sent = {name: number for name, number in calls.items() if "config" not in name}
    # What the script itself does at the server is counted there as well.
    assert sent.pop("cmdstat_eval") == 7
    assert sent.keys() <= {"cmdstat_get", "cmdstat_set", "cmdstat_time"}


@pytest.mark.anyio
async def test_costs_count(limiter: RateLimiter) -> None:
    assert (await limiter.take([Bucket("{a}", _HOUR, 2)])).refused is None
    assert (await limiter.take([Bucket("{a}", _HOUR, 2)])).refused == 0
    assert (await limiter.take([Bucket("{a}", _HOUR, 1)])).refused is None


def test_four_processes_of_ten_clients_get_exactly_the_limit(redis_url: str) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, redis_url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    counts = [int(worker.communicate()[0]) for worker in workers]
    assert sum(counts) == 100


@pytest.mark.anyio
async def test_a_bucket_of_another_time_costs_one_step_at_most(
    limiter: RateLimiter, redis_url: str
) -> None:
    """The clock was set back, or the limit was larger when the bucket was filled."""
    with redis.Redis.from_url(redis_url) as client:
        client.set("voltway:limit:{a}", "9000000000000000")
    decision = await limiter.take([Bucket("{a}", _HOUR)])
    assert decision.refused == 0
    assert decision.retry_after_s <= 1200


@pytest.mark.anyio
async def test_redis_away_lets_reads_be_counted_here_and_refuses_the_rest(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    limiter = RateLimiter(own_redis.url, clock=clock)
    bucket = [Bucket("{a}", _HOUR)]
    assert (await limiter.take(bucket)).refused is None
    own_redis.stop()
    # It goes on from what Redis said last: one was counted.
    with metrics.testing() as changed:
        assert [(await limiter.take(bucket)).refused for _ in range(4)] == [None] * 2 + [0] * 2
        with pytest.raises(LimiterAway):
            await limiter.take(bucket, is_strict=True)
        assert changed("errors_total", type="limits") == 5
    assert caplog.text.count("Redis is away") <= 1
    own_redis.start()
    clock.advance(10)
    assert (await limiter.take(bucket, is_strict=True)).refused is None
    await limiter.close()

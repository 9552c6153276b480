"""Limits on a real Redis Cluster: each decision at one node, all nodes together one limiter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from redis.crc import key_slot

from app.main import create_app
from app.settings import Settings
from app.utils.rate_limit import Bucket, Limit, LimiterAway, RateLimiter
from tests.fixtures.redis_cluster import ClusterNode, RedisCluster

pytestmark = pytest.mark.anyio

_CALLERS = [f"192.0.2.{number}" for number in range(30)]
_PATIENCE_S = 5.0
"""On a busy machine an answer takes longer than a service would wait for it."""
_PERSON = {"email": "ada@example.org", "username": "ada", "password": "correct horse battery"}


def _buckets(caller: str, count: int = 3) -> list[Bucket]:
    """As the layer of the application names them."""
    limit = Limit(count, 3600)
    return [Bucket(f"{{{caller}}}", limit), Bucket(f"{{{caller}}}:/tiles/", limit)]


def _calls(node: ClusterNode, command: str) -> int:
    told: dict[str, Any] = node.ask("INFO", "commandstats")
    return int(told.get(f"cmdstat_{command}", {}).get("calls", 0))


@pytest.fixture
async def limiter(redis_cluster: RedisCluster) -> AsyncIterator[RateLimiter]:
    opened = RateLimiter(redis_cluster.url, timeout_s=_PATIENCE_S)
    yield opened
    await opened.close()


async def test_each_decision_is_one_call_of_one_node(
    redis_cluster: RedisCluster, limiter: RateLimiter
) -> None:
    await limiter.take(_buckets("first"), is_strict=True)
    for node in redis_cluster.primaries:
        node.ask("CONFIG", "RESETSTAT")
    for caller in _CALLERS:
        decisions = [await limiter.take(_buckets(caller), is_strict=True) for _ in range(4)]
        assert [decision.refused for decision in decisions] == [None, None, None, 0]
    calls = [_calls(node, "eval") for node in redis_cluster.primaries]
    assert sum(calls) == 4 * len(_CALLERS)
    assert all(calls), "callers are spread over all nodes"
    assert redis_cluster.holds_keys_everywhere()


async def test_the_buckets_of_a_caller_lie_in_one_slot(redis_cluster: RedisCluster) -> None:
    for caller in ("192.0.2.1", "2001:db8:1:2::/64", "user:0123456789abcdef", "local", "unknown"):
        keys = [f"voltway:limit:{bucket.key}".encode() for bucket in _buckets(caller)]
        assert len({key_slot(key) for key in keys}) == 1


async def test_limiters_of_several_processes_let_through_exactly_the_limit(
    redis_cluster: RedisCluster,
) -> None:
    limiters = [RateLimiter(redis_cluster.url, timeout_s=_PATIENCE_S) for _ in range(4)]

    async def client(limiter: RateLimiter) -> int:
        took = [await limiter.take(_buckets("many", 50), is_strict=True) for _ in range(3)]
        return sum(decision.refused is None for decision in took)

    passed = await asyncio.gather(*(client(one) for one in limiters for _ in range(10)))
    assert sum(passed) == 50
    for limiter in limiters:
        await limiter.close()


async def test_a_node_that_is_away_takes_its_callers_along_and_no_others(
    own_cluster: RedisCluster,
) -> None:
    lost, kept = own_cluster.primaries[:2]
    of_lost, of_kept = (
        next(caller for caller in _CALLERS if own_cluster.owner(f"{{{caller}}}") is node)
        for node in (lost, kept)
    )
    limiter = RateLimiter(own_cluster.url, timeout_s=_PATIENCE_S)
    for caller in (of_lost, of_kept):
        await limiter.take(_buckets(caller), is_strict=True)
    lost.stop()
    with pytest.raises(LimiterAway):
        await limiter.take(_buckets(of_lost), is_strict=True)
    # Reads go on from what the node said last: one was counted.
    read = [(await limiter.take(_buckets(of_lost))).refused for _ in range(3)]
    assert read == [None, None, 0]
    counted = [(await limiter.take(_buckets(of_kept), is_strict=True)).refused for _ in range(3)]
    assert counted == [None, None, 0]
    await limiter.close()


async def test_the_application_counts_log_ins_and_registrations_there(
    tmp_path: Path, redis_cluster: RedisCluster
) -> None:
    settings = Settings(
        data_dir=tmp_path, redis_url=redis_cluster.url, rate_limit_log_in="3/hour",
        rate_limit_register="2/hour",
    )  # fmt: skip
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, client=("192.0.2.1", 1))
        async with AsyncClient(transport=transport, base_url="http://t") as client:
            made = [await client.post("/api/v1/users", json=_PERSON) for _ in range(3)]
            assert [answer.status_code for answer in made] == [201, 409, 429]
            assert made[-1].json()["policy"] == "registration"
            entered = [await client.post("/api/v1/auth/token", data=_PERSON) for _ in range(2)]
            assert [answer.status_code for answer in entered] == [200, 429]
            assert entered[-1].json()["policy"] == "log-in"
            assert entered[-1].headers["ratelimit"].startswith('"endpoint";r=')

from __future__ import annotations

from contextlib import suppress

import pytest
from starlette.types import Scope

from app.utils.caching import TestClock as Clock
from app.utils.rate_limit import Bucket, Decision, Limit, LimiterAway, RateLimiter
from app.web.limits import TooManyRequests
from app.web.log_in_guard import LimitsUnavailable, LogInGuard
from tests.fixtures.asgi import http_scope

pytestmark = pytest.mark.anyio


def _from(peer: str) -> Scope:
    return http_scope("POST", client=(peer, 1))


async def test_an_address_may_try_so_often_whatever_the_accounts() -> None:
    guard = LogInGuard(RateLimiter(None, clock=Clock()), Limit(3, 60))
    for account in ("a", "b", None):
        await guard.require(_from("192.0.2.1"), account)
    with pytest.raises(TooManyRequests, match="'log-in' allows 3"):
        await guard.require(_from("192.0.2.1"), "c")
    await guard.require(_from("192.0.2.2"), "c")


async def test_an_account_may_be_tried_twice_as_often_from_all_addresses_together() -> None:
    guard = LogInGuard(RateLimiter(None, clock=Clock()), Limit(3, 60))
    for number in range(6):
        await guard.require(_from(f"192.0.2.{number}"), "a")
    with pytest.raises(TooManyRequests, match="'log-in' allows 6") as refused:
        await guard.require(_from("192.0.2.99"), "a")
    assert refused.value.headers == {"Retry-After": "10"}
    await guard.require(_from("192.0.2.99"), "b")


async def test_whoever_guesses_from_one_address_leaves_the_owner_half_of_the_tries() -> None:
    clock = Clock()
    guard = LogInGuard(RateLimiter(None, clock=clock), Limit(10, 60))
    entered = 0
    for second in range(600):
        with suppress(TooManyRequests):
            await guard.require(_from("203.0.113.66"), "victim")
        if second % 30 == 0:
            await guard.require(_from("192.0.2.1"), "victim")
            entered += 1
        clock.advance(1)
    assert entered == 20


async def test_names_are_told_to_an_address_more_rarely_and_are_tries_all_the_same() -> None:
    guard = LogInGuard(RateLimiter(None, clock=Clock()), Limit(4, 60), Limit(2, 3600))
    for _ in range(2):
        await guard.require(_from("192.0.2.1"), tells_names=True)
    with pytest.raises(TooManyRequests, match="'registration' allows 2") as refused:
        await guard.require(_from("192.0.2.1"), tells_names=True)
    assert refused.value.headers == {"Retry-After": "1800"}
    # What was refused counts nowhere; what was answered, for the log-ins as well.
    for _ in range(2):
        await guard.require(_from("192.0.2.1"), "a")
    with pytest.raises(TooManyRequests, match="'log-in' allows 4"):
        await guard.require(_from("192.0.2.1"), "a")
    await guard.require(_from("192.0.2.2"), tells_names=True)


async def test_no_limit_of_log_ins_asks_nobody() -> None:
    guard = LogInGuard(_Away(), None, Limit(1, 60))
    await guard.require(_from("192.0.2.1"), "a", tells_names=True)


class _Away(RateLimiter):
    """Redis is configured, and away."""

    def __init__(self) -> None:
        super().__init__(None)

    async def take(self, buckets: object, *, is_strict: bool = False) -> Decision:
        assert is_strict
        assert isinstance(buckets, list)
        assert all(isinstance(bucket, Bucket) for bucket in buckets)
        raise LimiterAway


async def test_while_nobody_can_count_nobody_can_log_in() -> None:
    guard = LogInGuard(_Away(), Limit(10, 60))
    with pytest.raises(LimitsUnavailable) as refused:
        await guard.require(_from("192.0.2.1"), "a")
    assert refused.value.status == 503
    assert refused.value.headers["Retry-After"] == "5"

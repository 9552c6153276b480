from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.utils.caching import TestClock as Clock
from app.utils.rate_limit import Bucket, Limit, MemoryLimiter, RateLimiter


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("600/minute", Limit(600, 60)),
        (" 1/second ", Limit(1, 1)),
        ("5/hour", Limit(5, 3600)),
        ("9/day", Limit(9, 86_400)),
    ],
)
def test_a_limit_is_read(text: str, limit: Limit) -> None:
    assert Limit.read(text) == limit


@pytest.mark.parametrize("text", ["", "0/minute", "-1/minute", "1/week", "1.5/hour", "1 /hour"])
def test_what_is_no_limit_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="600/minute"):
        Limit.read(text)


def test_so_many_come_at_once_then_one_with_each_step() -> None:
    clock = Clock()
    limiter = MemoryLimiter(clock)
    bucket = [Bucket("{a}", Limit(3, 60))]
    decisions = [limiter.take(bucket) for _ in range(4)]
    assert [decision.refused for decision in decisions] == [None, None, None, 0]
    assert [decision.remaining(0, bucket[0].limit) for decision in decisions] == [2, 1, 0, 0]
    assert decisions[3].retry_after_s == pytest.approx(20)
    assert decisions[3].reset_s(0) == 60
    clock.advance(19.9)
    assert limiter.take(bucket).refused == 0
    clock.advance(0.1)
    assert limiter.take(bucket).refused is None
    assert limiter.take(bucket).refused == 0


def test_where_one_bucket_refuses_none_counts() -> None:
    limiter = MemoryLimiter(Clock())
    wide, narrow = Bucket("{a}", Limit(10, 60)), Bucket("{a}:b", Limit(1, 60))
    assert limiter.take([wide, narrow]).refused is None
    for _ in range(20):
        assert limiter.take([wide, narrow]).refused == 1
    assert limiter.take([wide]).remaining(0, wide.limit) == 8


def test_of_several_that_refuse_the_longest_wait_is_told() -> None:
    limiter = MemoryLimiter(Clock())
    both = [Bucket("{a}", Limit(1, 60)), Bucket("{a}:b", Limit(1, 3600))]
    limiter.take(both)
    decision = limiter.take(both)
    assert decision.refused == 1
    assert decision.retry_after_s == pytest.approx(3600)


def test_the_bucket_that_was_used_longest_ago_makes_room() -> None:
    limiter = MemoryLimiter(Clock(), most_buckets=2)
    twice = Limit(2, 60)
    for key in ("a", "b", "a", "c"):
        limiter.take([Bucket(key, twice)])
    assert len(limiter) == 2
    assert limiter.take([Bucket("a", twice)]).refused == 0
    assert limiter.take([Bucket("b", twice)]).remaining(0, twice) == 1


class _Model:
    """GCRA in exact fractions, as its definition reads."""

    def __init__(self) -> None:
        self.empty_at: dict[str, Fraction] = {}

    def allows(self, now: Fraction, buckets: list[Bucket]) -> bool:
        new = {}
        for key, limit, cost in buckets:
            at = max(now, self.empty_at.get(key, now))
            new[key] = at + cost * Fraction(limit.period_s, limit.count)
            if new[key] - now > limit.period_s:
                return False
        self.empty_at |= new
        return True


_LIMITS = {"{a}": Limit(5, 8), "{a}:b": Limit(4, 4), "{a}:c": Limit(16, 64)}
_STEPS = st.tuples(
    st.integers(0, 24),
    st.lists(st.sampled_from(sorted(_LIMITS)), min_size=1, max_size=3, unique=True),
    st.integers(1, 3),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_STEPS, max_size=60))
def test_it_decides_as_an_exact_model_does(
    steps: list[tuple[int, list[str], int]],
) -> None:
    clock, model = Clock(), _Model()
    limiter = MemoryLimiter(clock)
    for eighths_s, keys, cost in steps:
        clock.advance(eighths_s / 8)
        buckets = [Bucket(key, _LIMITS[key], cost) for key in keys]
        is_allowed = model.allows(Fraction(clock()), buckets)
        assert (limiter.take(buckets).refused is None) == is_allowed


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 30), st.integers(1, 60))
def test_a_burst_is_as_large_as_another_library_lets_it_be(count: int, tries: int) -> None:
    others = FixedWindowRateLimiter(MemoryStorage())
    allowed = sum(others.hit(RateLimitItemPerSecond(count, 3600), "a") for _ in range(tries))
    ours = MemoryLimiter(Clock())
    bucket = [Bucket("a", Limit(count, 3600))]
    assert sum(ours.take(bucket).refused is None for _ in range(tries)) == allowed


def test_threads_together_get_no_more_than_the_limit() -> None:
    limiter = MemoryLimiter(Clock())
    bucket = [Bucket("a", Limit(100, 60))]
    with ThreadPoolExecutor(10) as pool:
        decisions = list(pool.map(lambda _: limiter.take(bucket), range(300)))
    assert sum(decision.refused is None for decision in decisions) == 100


@pytest.mark.anyio
async def test_processes_without_redis_have_a_share_each_rounded_up() -> None:
    limiter = RateLimiter(None, share=4, clock=Clock())
    bucket = [Bucket("{a}", Limit(10, 60))]
    assert [(await limiter.take(bucket)).refused for _ in range(4)] == [None, None, None, 0]
    await limiter.close()


@pytest.mark.anyio
async def test_a_strict_decision_needs_no_redis_where_none_is_set_up() -> None:
    limiter = RateLimiter(None, clock=Clock())
    bucket = [Bucket("{a}", Limit(1, 60))]
    assert (await limiter.take(bucket, is_strict=True)).refused is None
    assert (await limiter.take(bucket, is_strict=True)).refused == 0

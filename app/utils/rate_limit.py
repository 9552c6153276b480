"""How often something may happen: GCRA over several buckets at once, in memory or in Redis.

The generic cell rate algorithm keeps one number a bucket: the moment when it will be empty
again. A bucket lets ``limit.count`` through at once and then one in each ``period / count``,
of at least a microsecond.
"""

from __future__ import annotations

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock
from typing import NamedTuple

from app.utils import metrics
from app.utils._cache_link import Link, open_link
from app.utils._cache_redis import AWAY
from app.utils.advanced_logging import setup_logging

MOST_BUCKETS = 100_000
"""In memory; some 20 MB. The one that was used longest ago makes room."""

_PERIODS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_FORM = re.compile(r"(\d{1,9})/(second|minute|hour|day)")
TIMEOUT_S = 0.2
"""Longer than caches wait: what is decided without Redis is decided less well."""
_WARNING_INTERVAL_S = 30.0
_US = 1_000_000

_SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local answer, new = {}, {}
local refused, wait = 0, 0
for i = 1, #KEYS do
  local step, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local at = tonumber(redis.call('GET', KEYS[i]) or now)
  at = math.min(math.max(at, now), now + burst)
  local over = at + step - burst - now
  if over > wait then refused, wait = i, over end
  new[i] = at + step
  answer[i + 2] = at - now
end
if refused == 0 then
  for i = 1, #KEYS do
    redis.call('SET', KEYS[i], string.format('%.0f', new[i]), 'PX',
      math.ceil((new[i] - now) / 1000) + 1)
    answer[i + 2] = new[i] - now
  end
end
answer[1], answer[2] = refused, wait
return answer
"""
"""All buckets or none: which refuses longest, its wait, and how full each of them is.

A bucket is never fuller than full: whoever meets one that was filled under a larger limit, or
by a clock that was set back since, waits for one step and not for hours.
"""

_logger = setup_logging("app.limits")


@dataclass(frozen=True)
class Limit:
    """So many in such a time.

    Attributes:
        count: How many may come at once, and how many in each period; 1 or more.
        period_s: In seconds.
    """

    count: int
    period_s: int

    @classmethod
    def read(cls, text: str) -> Limit:
        """``600/minute``; also of a second, an hour, a day.

        Raises:
            ValueError: It has another form.
        """
        match = _FORM.fullmatch(text.strip())
        if match is None or not int(match[1]):
            raise ValueError("it has the form 600/minute (second, minute, hour, day)")
        return cls(int(match[1]), _PERIODS_S[match[2]])

    @cached_property
    def step_us(self) -> int:
        """Microseconds after which one more may come; whole, so that sums of them are exact."""
        return math.ceil(self.period_s * _US / self.count)

    @cached_property
    def burst_us(self) -> int:
        """How full a bucket may be: ``count`` steps."""
        return self.count * self.step_us


class Bucket(NamedTuple):
    """One thing that is counted.

    All buckets of one decision name the same ``{tag}`` in their keys, so that a Redis Cluster
    keeps them on one node.
    """

    key: str
    limit: Limit
    cost: int = 1


class Decision(NamedTuple):
    """What became of a request."""

    refused: int | None
    """The bucket, by its place, that refuses longest; ``None``: it may pass, and was counted in
    each of them. Where one refuses, none counts."""
    retry_after_s: float
    """When it may be tried again; 0 where it may pass."""
    fill_us: Sequence[int]
    """For each bucket, the microseconds until it is empty."""

    def remaining(self, place: int, limit: Limit) -> int:
        """How many more a bucket would let through now."""
        left_us = limit.burst_us - self.fill_us[place]
        return left_us // limit.step_us if left_us > 0 else 0

    def reset_s(self, place: int) -> int:
        """Whole seconds until a bucket is empty, rounded up from a hundredth.

        Steps are rounded up, too, so that a full bucket of a minute may take a moment more.
        """
        return math.ceil(self.fill_us[place] / _US - 0.01)


class LimiterAway(Exception):
    """Nobody can tell how often something happened, and a guess would not do."""


class MemoryLimiter:
    """Buckets of this process; any thread may take from them.

    Args:
        clock: Seconds of a monotonic clock.
        most_buckets: Bound of what is kept.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, most_buckets: int = MOST_BUCKETS
    ) -> None:
        self._clock = clock
        self._most = most_buckets
        self._empty_at_us: OrderedDict[str, int] = OrderedDict()  # as they were used
        self._taking = Lock()

    def __len__(self) -> int:
        """Buckets that are kept."""
        return len(self._empty_at_us)

    def take(self, buckets: Sequence[Bucket]) -> Decision:
        """Count one request in all buckets, or in none. Cost: some 1 µs a bucket."""
        with self._taking:
            return self._take(buckets, int(self._clock() * _US))

    def _take(self, buckets: Sequence[Bucket], now_us: int) -> Decision:
        # One plain loop: with a function or a list for each step it takes twice as long.
        kept = self._empty_at_us
        refused, wait_us = None, 0
        before, after = [], []
        for place, (key, limit, cost) in enumerate(buckets):
            at_us = kept.get(key, now_us)
            before_us = at_us - now_us if at_us > now_us else 0
            after_us = before_us + cost * limit.step_us
            over_us = after_us - limit.burst_us
            if over_us > wait_us:
                refused, wait_us = place, over_us
            before.append(before_us)
            after.append(after_us)
        if refused is not None:
            return Decision(refused, wait_us / _US, before)
        self._keep(buckets, after, now_us)
        return Decision(None, 0.0, after)

    def note(self, buckets: Sequence[Bucket], fill_us: Sequence[int]) -> None:
        """Take over how full buckets are by another's count, should that be fuller."""
        with self._taking:
            now_us = int(self._clock() * _US)
            known_us = [self._empty_at_us.get(bucket.key, 0) - now_us for bucket in buckets]
            self._keep(buckets, list(map(max, known_us, fill_us)), now_us)

    def _keep(self, buckets: Sequence[Bucket], fill_us: Sequence[int], now_us: int) -> None:
        kept, use = self._empty_at_us, self._empty_at_us.move_to_end
        for (key, _, _), fill in zip(buckets, fill_us, strict=True):
            kept[key] = now_us + fill
            use(key)
        while len(kept) > self._most:
            kept.popitem(last=False)


class RateLimiter:
    """Decides in Redis where there is one, for all processes together; else in this process.

    While Redis is away each process decides by itself, from what Redis said last; that is told
    once in a while and counted in ``errors_total{type="limits"}``. What must not be guessed is
    refused.

    Args:
        redis_url: ``None``: this process alone.
        share: Processes of this host that share each limit where there is no Redis.
        clock: Seconds of a monotonic clock.
        timeout_s: After which Redis counts as away.
    """

    def __init__(
        self,
        redis_url: str | None,
        *,
        share: int = 1,
        clock: Callable[[], float] = time.monotonic,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._link: Link | None = (
            open_link(redis_url, timeout_s=timeout_s, clock=clock) if redis_url else None
        )
        self._memory = MemoryLimiter(clock)
        self._share = share
        self._clock = clock
        self._warned_at_s: float | None = None

    async def take(self, buckets: Sequence[Bucket], *, is_strict: bool = False) -> Decision:
        """Count one request in all buckets, or in none.

        Args:
            buckets: One or more, with one ``{tag}``.
            is_strict: Rather raise than decide by this process alone.

        Raises:
            LimiterAway: ``is_strict``, and Redis is away.

        Cost: one round trip to Redis, some ``timeout_s`` at most; without Redis some 3 µs.
        """
        if self._link is None:
            return self._memory.take(buckets if self._share == 1 else self._parts_of(buckets))
        arguments: list[str | int] = []
        for bucket in buckets:
            arguments += [bucket.cost * bucket.limit.step_us, bucket.limit.burst_us]
        names = [f"voltway:limit:{bucket.key}" for bucket in buckets]
        answer = await self._link.run("EVAL", _SCRIPT, len(names), *names, *arguments)
        if answer is AWAY:
            self._tell()
            if is_strict:
                raise LimiterAway
            return self._memory.take(buckets)
        refused, wait_us, *fills_us = map(int, answer)
        self._memory.note(buckets, fills_us)
        return Decision(
            refused - 1 if refused else None,
            wait_us / _US,
            fills_us,
        )

    def _parts_of(self, buckets: Sequence[Bucket]) -> list[Bucket]:
        """The same buckets with what this process has of each limit."""
        return [bucket._replace(limit=_part_of(bucket.limit, self._share)) for bucket in buckets]

    def _tell(self) -> None:
        metrics.errors_total.labels("limits").inc()
        now_s = self._clock()
        if self._warned_at_s is None or now_s - self._warned_at_s >= _WARNING_INTERVAL_S:
            self._warned_at_s = now_s
            _logger.warning("Redis is away: limits hold for each process by itself")

    async def close(self) -> None:
        """Let go of the connections."""
        if self._link is not None:
            await self._link.close()


@lru_cache(maxsize=256)
def _part_of(limit: Limit, share: int) -> Limit:
    return Limit(math.ceil(limit.count / share), limit.period_s)

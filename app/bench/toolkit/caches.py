"""Cached calls: what a hit costs, and what a cached answer saves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import cachetools
import msgspec
from cashews import Cache
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bench.report import Aim, Table
from app.bench.toolkit.rows import Row, table_on, table_on_sqlite, values_of
from app.bench.toolkit.section import Claim, Loop, Section, cost_table, time_loops
from app.utils.caching import close_caching, configure_caching, memory_cache, redis_cache

_LRU = "sync: functools.lru_cache"
_OURS_SYNC = "sync: ours, memory_cache"
_CACHETOOLS = "sync: cachetools TTLCache"
_BARE = "async: a bare coroutine"
_OURS_ASYNC = "async: ours, memory_cache"
_CASHEWS = "async: cashews mem://"

_ASKED = "the database asked"
_FROM_MEMORY = "from memory"
_FROM_REDIS = "from Redis"

_SAVINGS = (
    ("cached answers 99 % faster", _FROM_MEMORY, 100.0),
    ("cached answers faster (Redis)", _FROM_REDIS, 2.0),
)
"""What is claimed, of which tier, and the factor that makes it true."""

_SHORTER = 20
"""Hits are counted in nanoseconds: turns that are over before the kernel lets others run."""

_ROWS = 100
_CALLERS = 50
_NOBODY = "redis://127.0.0.1:1/0"
"""A port that refuses: Redis is away."""

Answer = Callable[[], Awaitable[bytes]]


async def measure(
    *, calls: int, rounds: int, folder: str, redis_url: str | None, postgresql_url: str | None
) -> dict[str, Any]:
    """Microseconds of hits and of an answer of 100 rows; calls of a storm; Redis away.

    Args:
        calls: Hits of a round; a hundredth of them where a database or Redis is asked.
        rounds: Turns; of the bare hits 20 times as many, as much shorter.
        folder: For the SQLite file.
        redis_url: For the second tier; ``None`` goes without.
        postgresql_url: For the same answer from PostgreSQL; ``None`` goes without.
    """
    answers: dict[str, dict[str, float]] = {}
    async with table_on_sqlite(Path(folder)) as engine:
        answers["SQLite"] = await _time_answers(engine, redis_url, calls, rounds)
    if postgresql_url is not None:
        async with table_on(postgresql_url) as engine:
            answers["PostgreSQL"] = await _time_answers(engine, redis_url, calls, rounds)
    return {
        "hits_us": await time_loops(
            _hits(), calls=max(1, calls // _SHORTER), rounds=rounds * _SHORTER
        ),
        "answers_us": answers,
        "calls_of_a_storm": await _storm(),
        "redis_away_ms": await _redis_away(),
    }


def describe(findings: dict[str, Any]) -> Section:
    """Tables, aims and claims of what was measured."""
    hits, away = findings["hits_us"], findings["redis_away_ms"]
    answers = findings["answers_us"]
    return Section(
        tables=(
            cost_table("Caches: a hit, four numbers for arguments", hits, _LRU),
            *(
                Table(
                    f"Caches: an answer of {_ROWS} rows, {server}",
                    ("", "µs", "% less"),
                    tuple((way, us, 100 - 100 * us / taken[_ASKED]) for way, us in taken.items()),
                )
                for server, taken in answers.items()
            ),
        ),
        aims=(
            Aim("a hit, sync", "× lru_cache", 6.0, hits[_OURS_SYNC] / hits[_LRU]),
            Aim("a hit, async", "× bare coroutine", 3.0, hits[_OURS_ASYNC] / hits[_BARE]),
            Aim(f"computations for {_CALLERS} misses at once", "", 1, findings["calls_of_a_storm"]),
            Aim("Redis away, first call", "ms", 120.0, away["first"]),
            Aim("Redis away, known to be", "ms", 1.0, away["next"]),
        ),
        claims=tuple(
            Claim(what, f"{server}, {_ROWS} rows", taken[_ASKED], taken[tier], "µs", least)
            for server, taken in answers.items()
            for what, tier, least in _SAVINGS
            if tier in taken
        ),
        notes=("99 % less is a factor of 100; that is claimed of the memory tier alone.",)
        + (() if _FROM_REDIS in answers["SQLite"] else ("No Redis was given: --redis URL.",)),
    )  # fmt: skip


def _hits() -> dict[str, Loop]:
    def add(one: float, two: float, three: float, four: float) -> float:
        return one + two + three + four

    async def add_later(one: float, two: float, three: float, four: float) -> float:
        return one + two + three + four

    peer = Cache()
    peer.setup("mem://")
    ours_later = memory_cache(ttl=300)(add_later)
    peer_later = peer(ttl="5m")(add_later)

    def loop_over(function: Callable[[float, float, float, float], float]) -> Loop:
        async def loop(times: int) -> None:
            for _ in range(times):
                function(48.85, 2.35, 45.76, 4.83)

        return loop

    def loop_over_later(
        function: Callable[[float, float, float, float], Awaitable[float]],
    ) -> Loop:
        async def loop(times: int) -> None:
            for _ in range(times):
                await function(48.85, 2.35, 45.76, 4.83)

        return loop

    return {
        _LRU: loop_over(lru_cache(maxsize=128)(add)),
        _OURS_SYNC: loop_over(memory_cache(ttl=300)(add)),
        _CACHETOOLS: loop_over(cachetools.cached(cachetools.TTLCache(128, 300))(add)),
        _BARE: loop_over_later(add_later),
        _OURS_ASYNC: loop_over_later(ours_later),
        _CASHEWS: loop_over_later(peer_later),
    }


async def _time_answers(
    engine: AsyncEngine, redis_url: str | None, calls: int, rounds: int
) -> dict[str, float]:
    async with engine.begin() as connection:
        await connection.execute(insert(Row), [values_of(number) for number in range(_ROWS)])

    async def ask() -> bytes:
        async with engine.connect() as connection:
            rows = (await connection.execute(select(Row.__table__))).mappings().all()
        return msgspec.json.encode([dict(row) for row in rows])

    few = max(1, calls // 100)
    taken = await time_loops(
        {_ASKED: _loop_over(ask), _FROM_MEMORY: _loop_over(memory_cache(ttl=300)(ask))},
        calls={_ASKED: few, _FROM_MEMORY: calls},
        rounds=rounds,
    )
    if redis_url is not None:
        taken |= await _time_redis(ask, redis_url, few, rounds)
    return taken


async def _time_redis(ask: Answer, redis_url: str, calls: int, rounds: int) -> dict[str, float]:
    """The second tier by itself: memory keeps nothing."""
    configure_caching(redis_url=redis_url, namespace="voltway-bench")
    cached = redis_cache(ttl=60, memory_ttl=0)(ask)
    try:
        taken = await time_loops({_FROM_REDIS: _loop_over(cached)}, calls=calls, rounds=rounds)
        await cached.cache_clear()
    finally:
        await close_caching()
        configure_caching()
    return taken


def _loop_over(answer: Answer) -> Loop:
    async def loop(times: int) -> None:
        for _ in range(times):
            await answer()

    return loop


async def _storm() -> int:
    """How often the function ran for many callers at once."""
    calls = 0

    @memory_cache(ttl=300)
    async def compute() -> int:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0.01)
        return calls

    await asyncio.gather(*(compute() for _ in range(_CALLERS)))
    return calls


async def _redis_away() -> dict[str, float]:
    """Milliseconds of a call while Redis refuses: the first, and one after it is known."""
    configure_caching(redis_url=_NOBODY, namespace="voltway-bench")

    @redis_cache(ttl=60)
    async def compute(number: int) -> int:
        return number

    taken_ms = []
    try:
        for number in range(20):
            began_s = time.perf_counter()
            await compute(number)
            taken_ms.append((time.perf_counter() - began_s) * 1000)
    finally:
        await close_caching()
        configure_caching()
    return {"first": max(taken_ms[:10]), "next": taken_ms[-1]}

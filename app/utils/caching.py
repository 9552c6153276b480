"""Caches: of functions by decorator, of many values by tiers.

>>> @redis_cache(ttl=3600)
... async def get_stations(): ...
>>> @memory_cache(ttl=300)
... def compute_distance(lat1, lon1, lat2, lon2): ...

Equal calls share an entry however they are spelled; concurrent ones share a computation.
Values are kept as bytes, or as they are if nobody can change them; nothing is ever pickled.
A Redis that does not answer is a miss, not an error.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, TypeVar, overload

from app.utils._cache_cluster import ClusterLink
from app.utils._cache_core import Options, all_cores
from app.utils._cache_decorating import Cached, CacheInfo, decorated
from app.utils._cache_generations import MemoryTier
from app.utils._cache_redis import RedisLink
from app.utils._cache_revoking import Revoked, ears, revoke_here
from app.utils._cache_settings import Configuration, TestClock, state
from app.utils._cache_tiers import Tiers

__all__ = [
    "CacheInfo",
    "Cached",
    "ClusterLink",
    "MemoryTier",
    "RedisLink",
    "Revoked",
    "TestClock",
    "Tiers",
    "close_caching",
    "configure_caching",
    "memory_cache",
    "redis_cache",
    "reset_caching",
    "testing",
]

P = ParamSpec("P")
R = TypeVar("R")

CONFIGURED_TTL: Final = -1.0
"""Stands for the lifetime that ``configure_caching`` names."""

_MOST_ENTRIES = 1024
_MOST_BYTES = 16 * 1024 * 1024


@overload
def memory_cache(ttl: Callable[P, R]) -> Cached[P, R]: ...


@overload
def memory_cache(
    ttl: float | None = 300,
    *,
    compress: bool = False,
    max_entries: int = _MOST_ENTRIES,
    max_bytes: int = _MOST_BYTES,
    stale_ttl: float = 0,
    refresh_at: float | None = None,
    ignore: Collection[str] = (),
    key: Callable[..., Any] | None = None,
    model: Any = None,
) -> Callable[[Callable[P, R]], Cached[P, R]]: ...


def memory_cache(
    ttl: Callable[P, R] | float | None = 300,
    *,
    compress: bool = False,
    max_entries: int = _MOST_ENTRIES,
    max_bytes: int = _MOST_BYTES,
    stale_ttl: float = 0,
    refresh_at: float | None = None,
    ignore: Collection[str] = (),
    key: Callable[..., Any] | None = None,
    model: Any = None,
) -> Cached[P, R] | Callable[[Callable[P, R]], Cached[P, R]]:
    """Keep what a function returns, sync or async, in the memory of this process.

    Args:
        ttl: Seconds that a value lives, less up to a tenth so that values do not expire
            together; 0 keeps nothing and still shares computations; ``None``: no end.
        compress: Keep values as bytes, compressed (zstd) from 1 KiB on.
        max_entries: Most values kept; those not read since the last look go first.
        max_bytes: Most bytes kept, counting about 300 for each entry.
        stale_ttl: Seconds beyond its life that a value may still stand in when the
            function raises.
        refresh_at: Share of its life (0 to 1) after which the next caller has a value
            renewed; an async function is then called in the background.
        ignore: Parameters that do not tell calls apart, such as ``self`` or a session.
        key: Called with the arguments; what it returns alone tells calls apart.
        model: Classes that occur in values, where the return annotation does not name them.

    Raises:
        TypeError: What is decorated is no function, or a generator; ``ignore`` names no
            parameter of it. When called: an argument has no stable key, or the value cannot
            be kept; the message names it.
        ValueError: A number is out of its range.

    Cost: a hit with scalars takes two to three times what ``functools.lru_cache`` takes; a
    value that can be changed is decoded anew for each caller.
    """
    if callable(ttl):
        return memory_cache()(ttl)
    return decorated(
        Options(
            ttl_s=ttl,
            has_default_ttl=False,
            uses_redis=False,
            memory_ttl_s=0,
            stale_ttl_s=stale_ttl,
            refresh_at=refresh_at,
            compress=compress,
            max_entries=max_entries,
            max_bytes=max_bytes,
            ignore=ignore,
            key=key,
            model=model,
            version="",
        )
    )


@overload
def redis_cache(ttl: Callable[P, R]) -> Cached[P, R]: ...


@overload
def redis_cache(
    ttl: float | None = CONFIGURED_TTL,
    *,
    memory_ttl: float = 5,
    max_entries: int = _MOST_ENTRIES,
    max_bytes: int = _MOST_BYTES,
    stale_ttl: float = 0,
    refresh_at: float | None = None,
    ignore: Collection[str] = (),
    key: Callable[..., Any] | None = None,
    model: Any = None,
    version: str = "",
) -> Callable[[Callable[P, R]], Cached[P, R]]: ...


def redis_cache(
    ttl: Callable[P, R] | float | None = CONFIGURED_TTL,
    *,
    memory_ttl: float = 5,
    max_entries: int = _MOST_ENTRIES,
    max_bytes: int = _MOST_BYTES,
    stale_ttl: float = 0,
    refresh_at: float | None = None,
    ignore: Collection[str] = (),
    key: Callable[..., Any] | None = None,
    model: Any = None,
    version: str = "",
) -> Cached[P, R] | Callable[[Callable[P, R]], Cached[P, R]]:
    """Keep what a function returns in Redis, and for a short while in memory before it.

    As ``memory_cache``, and: one process computes while the others wait for its value, for
    at most five seconds. Where no Redis is configured, memory keeps values for all of their
    life.

    Args:
        ttl: As there; left out, what ``configure_caching`` says when the function is called.
        memory_ttl: Seconds that a value may be served from memory before Redis is asked
            again; what another process takes back is served no longer than that, even if
            the word of it is lost.
        max_entries: As there, of memory.
        max_bytes: As there, of memory.
        stale_ttl: As there; Redis keeps values that much longer.
        refresh_at: As there, of the life in memory.
        ignore: As there.
        key: As there.
        model: As there.
        version: Change it when the function computes something else: former values are
            then no longer found.

    Raises:
        TypeError: As there.
        ValueError: As there.

    Cost: a hit in memory as there; a hit in Redis one round trip; a miss three more. If
    Redis does not answer, at most 60 ms, twice; then nothing while it is left alone.
    """
    if callable(ttl):
        return redis_cache()(ttl)
    return decorated(
        Options(
            ttl_s=None if ttl == CONFIGURED_TTL else ttl,
            has_default_ttl=ttl == CONFIGURED_TTL,
            uses_redis=True,
            memory_ttl_s=memory_ttl,
            stale_ttl_s=stale_ttl,
            refresh_at=refresh_at,
            compress=False,
            max_entries=max_entries,
            max_bytes=max_bytes,
            ignore=ignore,
            key=key,
            model=model,
            version=version,
        )
    )


def configure_caching(
    *,
    redis_url: str | None = None,
    default_ttl_s: float = 3600.0,
    namespace: str = "voltway",
    redis_timeout_s: float = 0.05,
) -> None:
    """Set up the caches of this process; decorated functions go by it from their next call.

    Args:
        redis_url: The second tier, of a server or, as ``redis+cluster://host:port,host:port``,
            of a cluster; ``None``: memory only. Nothing is opened before it is used.
        default_ttl_s: Lifetime where a cache names none, in seconds.
        namespace: Begin of every key in Redis.
        redis_timeout_s: Longest wait for Redis; after that it counts as a miss.
    """
    ears.close()
    former = state.configure(Configuration(redis_url, default_ttl_s, namespace, redis_timeout_s))
    if former is not None:
        former.close_blocking()


def reset_caching() -> None:
    """As if nothing was ever configured, kept or counted in this process."""
    configure_caching()
    for core in all_cores():
        revoke_here(core)
        core.store.reset_counts()
        core.stale_served = 0


async def close_caching() -> None:
    """Close the connections to Redis of this event loop and of the threads.

    Caches stay usable: what is needed again is opened again.
    """
    ears.close()
    link = state.link()
    if link is not None:
        await link.close()


@contextmanager
def testing(*, enabled: bool = True) -> Iterator[TestClock]:  # noqa: PT028 - not a test itself
    """For tests: empty caches, memory only, and a clock that the test moves.

    Lifetimes are exact in this block. ``enabled=False`` makes decorated functions compute
    every call. What was set up before is back afterwards, and the caches are empty.
    """
    before = vars(state).copy()
    clock = TestClock()
    vars(state).update(
        configuration=Configuration(),
        clock=clock,
        wall_clock=clock,
        share=lambda: 0.0,
        is_on=enabled,
        _link=None,
    )
    try:
        for core in all_cores():
            revoke_here(core)
            core.store.reset_counts()
        yield clock
    finally:
        vars(state).update(before)
        for core in all_cores():
            revoke_here(core)


testing.__test__ = False  # type: ignore[attr-defined] # - else pytest takes it for a test

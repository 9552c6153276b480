"""Makes a cached function of a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar, cast

from app.utils._cache_calls import answer, answer_blocking
from app.utils._cache_core import Core, Options
from app.utils._cache_revoking import Revoked, revoke
from app.utils._cache_wrapping import wrapped

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class CacheInfo(NamedTuple):
    """What a cached function has counted in this process, and what it holds here."""

    hits: int
    misses: int
    size: int
    bytes: int
    max_entries: int
    max_bytes: int
    evicted: int
    stale_served: int
    redis_hits: int
    redis_misses: int


class Cached(Protocol[P, R_co]):
    """A function that is cached; it is a plain function, and async if it was."""

    __name__: str
    __qualname__: str
    __wrapped__: Callable[..., Any]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """The value of this call."""

    def __get__(self, instance: Any, owner: type | None = None) -> Callable[..., R_co]:
        """Bind as a method."""

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> Revoked:
        """Take back the value of one call; its arguments may be spelled in any way."""

    def cache_clear(self) -> Revoked:
        """Take back every value of this function."""

    def cache_info(self) -> CacheInfo:
        """What was counted, and what is held."""


def decorated(options: Options) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """The decorator that these options describe.

    Raises:
        ValueError: A number is out of its range.
    """
    if options.ttl_s is not None and not options.ttl_s >= 0:
        raise ValueError("ttl must not be negative; 0 keeps nothing, None has no end")
    if not (options.stale_ttl_s >= 0 and options.memory_ttl_s >= 0):
        raise ValueError("stale_ttl and memory_ttl must not be negative")
    if options.refresh_at is not None and not 0 < options.refresh_at <= 1:
        raise ValueError("refresh_at is a share of the lifetime, above 0 and at most 1")
    if options.max_entries < 1 or options.max_bytes < 1:
        raise ValueError("a cache without room keeps nothing: use ttl=0")

    def decorate(function: Callable[P, R]) -> Cached[P, R]:
        _require_function(function)
        core = Core(function, options)
        is_async = inspect.iscoroutinefunction(function)
        call: Any = wrapped(core, answer if is_async else answer_blocking)
        call.invalidate = lambda *args, **kwargs: revoke(core, core.key_of(args, kwargs))
        call.cache_clear = lambda: revoke(core)
        call.cache_info = lambda: _info(core)
        return cast("Cached[P, R]", call)

    return decorate


def _require_function(function: Any) -> None:
    if isinstance(function, classmethod | staticmethod):
        raise TypeError(
            f"put @{type(function).__name__} above the cache: what is cached must be a function"
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function.__qualname__}() is a generator; what it yields is used up once")
    if not (callable(function) and hasattr(function, "__qualname__")) or isinstance(function, type):
        raise TypeError(f"only functions can be cached, not {function!r}")


def _info(core: Core) -> CacheInfo:
    store, second = core.store, core.second_counts
    size, held_bytes = store.held()
    return CacheInfo(
        hits=int(store.hits),
        misses=store.misses,
        size=size,
        bytes=held_bytes,
        max_entries=core.options.max_entries,
        max_bytes=core.options.max_bytes,
        evicted=store.evicted,
        stale_served=core.stale_served,
        redis_hits=second.hits,
        redis_misses=second.misses,
    )

"""Caches: of functions by decorator, of many values by tiers."""

from __future__ import annotations

from app.utils._cache_generations import MemoryTier
from app.utils._cache_redis import RedisLink
from app.utils._cache_settings import Configuration, state
from app.utils._cache_tiers import Tiers

__all__ = ["MemoryTier", "RedisLink", "Tiers", "close_caching", "configure_caching"]


def configure_caching(
    *,
    redis_url: str | None = None,
    default_ttl_s: float = 3600.0,
    namespace: str = "voltway",
    redis_timeout_s: float = 0.05,
) -> None:
    """Set up the caches of this process; decorated functions go by it from their next call.

    Args:
        redis_url: The second tier; ``None``: memory only. Nothing is opened before it is used.
        default_ttl_s: Lifetime where a cache names none, in seconds.
        namespace: Begin of every key in Redis.
        redis_timeout_s: Longest wait for Redis; after that it counts as a miss.
    """
    former = state.configure(Configuration(redis_url, default_ttl_s, namespace, redis_timeout_s))
    if former is not None:
        former.close_blocking()


async def close_caching() -> None:
    """Close the connections to Redis of this event loop and of the threads."""
    link = state.link()
    if link is not None:
        await link.close()

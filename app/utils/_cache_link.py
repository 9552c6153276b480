"""The way to whatever Redis a URL names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from app.utils._cache_cluster import ClusterLink
from app.utils._cache_redis import RedisLink
from app.utils.redis_urls import cluster_of

Link: TypeAlias = RedisLink | ClusterLink


def open_link(url: str, *, timeout_s: float, clock: Callable[[], float]) -> Link:
    """A link to the server or the cluster of this URL; nothing is opened yet.

    Raises:
        ValueError: The URL names neither.
    """
    kind = RedisLink if cluster_of(url) is None else ClusterLink
    return kind(url, timeout_s=timeout_s, clock=clock)

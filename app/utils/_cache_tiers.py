"""Memory, then Redis, then the source: many values at once, as bytes."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeVar

from app.utils import _cache_counts as counts
from app.utils import metrics
from app.utils._cache_generations import MemoryTier
from app.utils._cache_link import Link
from app.utils._cache_packing import Corrupt, pack, unpack
from app.utils._cache_redis import AWAY
from app.utils._cache_settings import state

K = TypeVar("K", bound=Hashable)

_MOST_WAITING_BYTES = 16 * 1024 * 1024
_STORED_AT_ONCE = 100


class _Configured(Enum):
    CONFIGURED = "configured"


CONFIGURED: Final = _Configured.CONFIGURED


class RedisCounts:
    """Hits and misses of the second tier; what it holds is for Redis to tell."""

    tier = "redis"

    def __init__(self, name: str, *, is_shown: bool = True) -> None:
        self.name = name
        self.hits = 0
        self.misses = 0
        if is_shown:
            counts.watch(self)

    def held(self) -> None:
        """Unknown here: other processes store there, too."""


class _Store:
    """Values on their way to Redis, of one event loop; bounded, and nobody waits for them."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[str, bytes]] = deque()
        self.waiting_bytes = 0
        self.task: asyncio.Task[None] | None = None


class Tiers(Generic[K]):
    """Bytes by versioned key from memory, else from Redis, else from their source.

    Args:
        memory: The first tier.
        redis: The second; left out, the one that ``configure_caching`` names, asked for at
            every call; ``None`` for memory alone.
        ttl_s: How long Redis keeps a value; default: the configured ``default_ttl_s``.
    """

    def __init__(
        self,
        memory: MemoryTier[K],
        redis: Link | Literal[_Configured.CONFIGURED] | None = CONFIGURED,
        *,
        ttl_s: float | None = None,
    ) -> None:
        self.memory = memory
        self.dropped = 0
        """Values that never reached Redis, since too many were on their way."""
        self._redis = redis
        self._ttl_s = ttl_s
        self._counts = RedisCounts(memory.name)
        self._loading: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[K, asyncio.Future[None]]
        ] = weakref.WeakKeyDictionary()
        self._stores: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Store] = (
            weakref.WeakKeyDictionary()
        )

    async def get_many(
        self,
        keys: Sequence[K],
        load: Callable[[Sequence[K]], Awaitable[Mapping[K, bytes]]],
        *,
        redis_key: Callable[[K], str],
    ) -> list[bytes | None]:
        """The value of each key in its order; ``None`` where the source has none either.

        Args:
            keys: Keys that name a version of their content.
            load: Reads those that no tier holds; runs in the caller's own task, so that it
                may use the caller's database session. Keys it leaves out have no value.
            redis_key: A key's name in Redis, unique over everything that shares it.

        A key that another task is loading at the moment is waited for; should that task fail
        or be cancelled, it is loaded here. Storing in Redis happens behind the answer.

        Cost: nothing but look-ups if memory holds all; else one trip to Redis (to each node
        of a cluster, side by side), else one ``load``.
        """
        found = self.memory.get_many(keys)
        if None not in found:
            return found
        missing = list({key: None for key, value in zip(keys, found, strict=True) if value is None})
        values = await self._fetch(missing, load, redis_key)
        return [
            values.get(key) if value is None else value
            for key, value in zip(keys, found, strict=True)
        ]

    async def _fetch(
        self,
        keys: list[K],
        load: Callable[[Sequence[K]], Awaitable[Mapping[K, bytes]]],
        redis_key: Callable[[K], str],
    ) -> dict[K, bytes]:
        """Share out the keys: some another task fetches already, the rest is fetched here."""
        loading = self._loading.setdefault(asyncio.get_running_loop(), {})
        awaited = {key: loading[key] for key in keys if key in loading}
        own = [key for key in keys if key not in loading]
        values = await self._fetch_alone(own, load, redis_key, loading) if own else {}
        if awaited:
            await asyncio.wait(set(awaited.values()))
            again = list(awaited)
            others = dict(zip(again, self.memory.get_many(again), strict=True))
            values |= {key: value for key, value in others.items() if value is not None}
            left = [key for key in again if key not in values]
            if left:
                values |= await self._fetch_alone(left, load, redis_key, loading)
        return values

    async def _fetch_alone(
        self,
        keys: list[K],
        load: Callable[[Sequence[K]], Awaitable[Mapping[K, bytes]]],
        redis_key: Callable[[K], str],
        loading: dict[K, asyncio.Future[None]],
    ) -> dict[K, bytes]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        loading |= dict.fromkeys(keys, done)
        try:
            link = state.link() if self._redis is CONFIGURED else self._redis
            values = {} if link is None else await self._from_redis(link, keys, redis_key)
            missing = [key for key in keys if key not in values]
            loaded = await load(missing) if missing else {}
            self.memory.set_many(values)
            self.memory.set_many(loaded)
        finally:
            for key in [key for key in keys if loading.get(key) is done]:
                del loading[key]
            done.set_result(None)
        if link is not None and loaded:
            self._store(link, [(redis_key(key), value) for key, value in loaded.items()])
        return values | dict(loaded)

    async def _from_redis(
        self, link: Link, keys: list[K], redis_key: Callable[[K], str]
    ) -> dict[K, bytes]:
        names = [self._name(redis_key(key)) for key in keys]
        answer = await link.get_many(names)
        if answer is AWAY:
            return {}
        values: dict[K, bytes] = {}
        corrupt: list[str] = []
        for key, name, stored in zip(keys, names, answer, strict=True):
            if stored is not None:
                try:
                    values[key] = unpack(stored)
                except Corrupt:
                    corrupt.append(name)
        if corrupt:
            metrics.errors_total.labels("cache").inc(len(corrupt))
            await link.run_many([("UNLINK", name) for name in corrupt])
        self._counts.hits += len(values)
        self._counts.misses += len(keys) - len(values)
        return values

    def _store(self, link: Link, entries: list[tuple[str, bytes]]) -> None:
        store = self._stores.setdefault(asyncio.get_running_loop(), _Store())
        for name, value in entries:
            if link.is_away or store.waiting_bytes + len(value) > _MOST_WAITING_BYTES:
                self.dropped += 1
                continue
            store.waiting.append((self._name(name), value))
            store.waiting_bytes += len(value)
        if store.waiting and (store.task is None or store.task.done()):
            store.task = asyncio.create_task(self._drain(link, store))

    async def _drain(self, link: Link, store: _Store) -> None:
        ttl_s = state.configuration.default_ttl_s if self._ttl_s is None else self._ttl_s
        while store.waiting:
            count = min(len(store.waiting), _STORED_AT_ONCE)
            entries = [store.waiting.popleft() for _ in range(count)]
            store.waiting_bytes -= sum(len(value) for _, value in entries)
            lifetime_ms = max(1, round(1000 * ttl_s * (1 - 0.1 * state.share())))
            commands: list[tuple[Any, ...]] = [
                ("SET", name, pack(value), "PX", lifetime_ms) for name, value in entries
            ]
            answers = await link.run_many(commands)
            self.dropped += count if answers is AWAY else answers.count(AWAY)

    async def stored(self) -> None:
        """Return once everything that is on its way to Redis has arrived or was given up."""
        store = self._stores.get(asyncio.get_running_loop())
        if store is not None and store.task is not None:
            await store.task

    @staticmethod
    def _name(name: str) -> str:
        return f"{state.configuration.namespace}:{name}"

"""What a cached function knows: its keys, its tiers, and how long a value lives."""

from __future__ import annotations

import functools
import math
import threading
import weakref
from collections.abc import Callable, Collection
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from app.utils import metrics
from app.utils._cache_codec import Codec, hints_of, is_immutable, size_of
from app.utils._cache_entries import Entry, EntryStore
from app.utils._cache_flights import TaskFlights, ThreadFlights
from app.utils._cache_keys import KeyBuilder
from app.utils._cache_link import Link
from app.utils._cache_packing import Corrupt, pack, unpack
from app.utils._cache_second import Stored
from app.utils._cache_settings import state
from app.utils._cache_tiers import RedisCounts

FORMAT = 1
"""Part of every name in Redis; grows when what is written there changes."""

_JITTER = 0.1

computing: ContextVar[frozenset[tuple[int, bytes]]] = ContextVar("computing", default=frozenset())
"""What the current task or thread is in the middle of computing."""


@dataclass(frozen=True)
class Options:
    """What the decorator was told."""

    ttl_s: float | None
    has_default_ttl: bool
    uses_redis: bool
    memory_ttl_s: float
    stale_ttl_s: float
    refresh_at: float | None
    compress: bool
    max_entries: int
    max_bytes: int
    ignore: Collection[str]
    key: Callable[..., Any] | None
    model: Any
    version: str


class Core:
    """The part of a cached function that is the same whether it is async or not."""

    def __init__(self, function: Callable[..., Any], options: Options) -> None:
        self.function = function
        self.options = options
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.key_of = KeyBuilder(function, ignore=options.ignore, key=options.key)
        self.store = EntryStore(
            self.name, max_entries=options.max_entries, max_bytes=options.max_bytes
        )
        self.second_counts = RedisCounts(self.name, is_shown=options.uses_redis)
        self.task_flights: TaskFlights[Entry] = TaskFlights()
        self.thread_flights: ThreadFlights[Entry] = ThreadFlights()
        self.stale_served = 0
        with _lock:
            _cores.add(self)

    @functools.cached_property
    def codec(self) -> Codec:
        """Made at the first value: an annotation may name what is defined further down."""
        model = self.options.model
        return Codec(hints_of(self.function).get("return") if model is None else model)

    @functools.cached_property
    def identity(self) -> str:
        """This function in Redis; another version or shape of its values is another one."""
        digest = blake2b(f"{self.options.version} {self.codec.schema}".encode(), digest_size=6)
        return f"{FORMAT}:{self.name}:{digest.hexdigest()}"

    def link(self) -> Link | None:
        """The way to the second tier; None where there is none."""
        return state.link() if self.options.uses_redis else None

    def prefix(self) -> str:
        """Begin of this function's names in Redis."""
        return f"{state.configuration.namespace}:f:{self.identity}:"

    def name_in_redis(self, key: bytes) -> str:
        """The name of one value there; in braces, what a cluster places it by, and its lock."""
        return f"{self.prefix()}{{{blake2b(key, digest_size=20).hexdigest()}}}"

    def ttl_s(self) -> float:
        """How long a new value lives, a little less each time; infinite without an end.

        The share that is taken off keeps what was stored together from expiring together.
        """
        options = self.options
        ttl_s = state.configuration.default_ttl_s if options.has_default_ttl else options.ttl_s
        return float("inf") if ttl_s is None else ttl_s * (1 - _JITTER * state.share())

    def entry(self, value: Any, content: bytes | None, lifetime_s: float) -> Entry:
        """Something to keep: the value itself if nobody can change it, its bytes otherwise.

        Raises:
            TypeError: The value would not come back as it was.
        """
        now = state.clock()
        immutable = content is None and is_immutable(value) and not self.options.compress
        if immutable:
            held, size = value, size_of(value)
        else:
            held = content if content is not None else self.codec.encode(value)
            held = pack(held) if self.options.compress else held
            size = len(held)
        fresh_until = now + lifetime_s
        share = self.options.refresh_at
        refreshed_from = fresh_until if share is None else now + share * lifetime_s
        return Entry(
            held,
            is_packed=not immutable,
            size=size,
            refreshed_from=refreshed_from,
            fresh_until=fresh_until,
            kept_until=fresh_until + self.options.stale_ttl_s,
            quick_until=refreshed_from if state.is_real_time else -math.inf,
        )

    def value_of(self, entry: Entry) -> Any:
        """The value of an entry; a fresh one each time unless nobody can change it."""
        if not entry.is_packed:
            return entry.value
        return self.codec.decode(unpack(entry.value) if self.options.compress else entry.value)

    def keep(self, key: bytes, entry: Entry, as_of: int) -> Entry:
        """Hold it in memory if it may live at all and nothing was revoked meanwhile."""
        now = state.clock()
        if state.is_on and entry.kept_until > now:
            self.store.put(key, entry, now=now, as_of=as_of)
        return entry

    def keep_stored(self, key: bytes, stored: Stored, as_of: int) -> Entry:
        """Hold in memory what Redis had, for a short while only: it may be revoked elsewhere.

        Raises:
            Corrupt: It is not what this function's values look like.
        """
        value = self.codec.decode(stored.content)
        left_s = max(0.0, stored.fresh_until - state.wall_clock())
        lifetime_s = min(left_s, self.options.memory_ttl_s)
        content = None if is_immutable(value) else stored.content
        return self.keep(key, self.entry(value, content, lifetime_s), as_of)

    def keep_computed(self, key: bytes, value: Any, as_of: int) -> tuple[Entry, Stored | None]:
        """Hold in memory what was computed; also tells what is to be held in Redis."""
        lifetime_s = self.ttl_s()
        if not self.options.uses_redis:
            return self.keep(key, self.entry(value, None, lifetime_s), as_of), None
        content = self.codec.encode(value)
        stored = None
        if self.link() is not None and lifetime_s > 0:
            stored = Stored(content, state.wall_clock() + lifetime_s)
            lifetime_s = min(lifetime_s, self.options.memory_ttl_s)
        kept = None if is_immutable(value) else content
        entry = self.keep(key, self.entry(value, kept, lifetime_s), as_of)
        return entry, stored if as_of == self.store.revoked and state.is_on else None

    def kept_in_redis_s(self, stored: Stored) -> float:
        """How long Redis is to hold a value: beyond its freshness, if stale ones may be served."""
        return stored.fresh_until - state.wall_clock() + self.options.stale_ttl_s

    def count_second(self, *, is_hit: bool) -> None:
        """Count what the second tier said."""
        self.second_counts.hits += is_hit
        self.second_counts.misses += not is_hit

    def stale(self, key: bytes) -> Entry | None:
        """What was kept beyond its time for the case that the function fails."""
        entry = self.store.entries.get(key)
        return entry if entry is not None and state.clock() < entry.kept_until else None

    def stale_stored(self, stored: Stored | None) -> Entry | None:
        """The same from Redis."""
        if stored is None or self.options.stale_ttl_s == 0:
            return None
        with suppress(Corrupt):
            return self.entry(self.codec.decode(stored.content), stored.content, 0.0)
        return None

    def serve_stale(self, entry: Entry) -> Entry:
        """Count that an old value stood in for an error."""
        self.stale_served += 1
        metrics.errors_total.labels("cache_source").inc()
        return entry


_lock = threading.Lock()
_cores: weakref.WeakSet[Core] = weakref.WeakSet()


def all_cores() -> list[Core]:
    """Every cached function of the process."""
    with _lock:
        return list(_cores)

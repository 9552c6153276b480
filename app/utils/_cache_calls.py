"""What happens when the value of a call is not simply there, in coroutines and in threads."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from app.utils import _cache_second as second
from app.utils import metrics
from app.utils._cache_core import Core, computing
from app.utils._cache_driving import drive, drive_blocking
from app.utils._cache_entries import Entry
from app.utils._cache_link import Link
from app.utils._cache_packing import Corrupt
from app.utils._cache_revoking import ears
from app.utils._cache_second import CALL, Found, Steps
from app.utils._cache_settings import state


async def answer(core: Core, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """The value of a call of an async function."""
    key = core.key_of(args, kwargs)
    call = functools.partial(core.function, *args, **kwargs)
    if not state.is_on or (id(core), key) in computing.get():
        return await call()

    async def compute() -> Entry:
        # Runs in a task of its own: the context is its own, too, and needs no undoing.
        computing.set(computing.get() | {(id(core), key)})
        link = core.link()
        return await drive(_steps(core, key, link), link, call)

    entry = _fresh(core, key)
    if entry is None:
        entry = await core.task_flights.join(key, compute)
    elif state.clock() >= entry.refreshed_from:
        core.task_flights.start(key, compute)
    return core.value_of(entry)


def answer_blocking(core: Core, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """The value of a call of any other function."""
    key = core.key_of(args, kwargs)
    call = functools.partial(core.function, *args, **kwargs)
    if not state.is_on or (id(core), key) in computing.get():
        return call()

    def compute() -> Entry:
        before = computing.set(computing.get() | {(id(core), key)})
        try:
            link = core.link()
            return drive_blocking(_steps(core, key, link), link, call)
        finally:
            computing.reset(before)

    entry = _fresh(core, key)
    if entry is None or (
        state.clock() >= entry.refreshed_from and not core.thread_flights.is_under_way(key)
    ):
        entry = core.thread_flights.join(key, compute)
    return core.value_of(entry)


def _fresh(core: Core, key: bytes) -> Entry | None:
    entry = core.store.entries.get(key)
    if entry is None or state.clock() >= entry.fresh_until:
        core.store.misses += 1
        return None
    core.store.hits += 1
    entry.was_used = True
    return entry


def _steps(core: Core, key: bytes, link: Link | None) -> Steps[Entry]:
    """Redis, if there is one; else the function, and then store in both."""
    as_of = core.store.revoked
    if link is None:
        return (yield from _from_source(core, key, Found(), as_of))[0]
    ears.listen(link)
    name = core.name_in_redis(key)
    found = yield from second.find(name, now=state.wall_clock())
    core.count_second(is_hit=found.is_fresh)
    if found.is_fresh and found.stored is not None:
        try:
            return core.keep_stored(key, found.stored, as_of)
        except Corrupt:
            metrics.errors_total.labels("cache").inc()
    try:
        entry, stored = yield from _from_source(core, key, found, as_of)
        if stored is not None and not found.is_away:
            yield from second.store(name, stored, kept_s=core.kept_in_redis_s(stored))
    except Exception:
        yield from second.unlock(name, found)
        raise
    yield from second.unlock(name, found)
    return entry


def _from_source(
    core: Core, key: bytes, found: Found, as_of: int
) -> Steps[tuple[Entry, second.Stored | None]]:
    try:
        value = yield CALL
    except Exception:
        stale = core.stale(key) or core.stale_stored(found.stored)
        if stale is None:
            raise
        return core.serve_stale(stale), None
    return core.keep_computed(key, value, as_of)

"""Taking values back: here at once, in Redis and in the other processes soon after."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from typing import Any

from app.utils import _cache_second as second
from app.utils._cache_core import Core, all_cores
from app.utils._cache_driving import drive, drive_blocking
from app.utils._cache_link import Link
from app.utils._cache_news import Listener, channel_of, news_of
from app.utils._cache_second import Steps
from app.utils._cache_settings import state

_tasks: set[asyncio.Task[None]] = set()


class Revoked:
    """Taken back in this process already; await it for Redis and the other processes.

    Awaiting is a choice: what is left to do is done all the same.
    """

    def __init__(self, task: asyncio.Task[None] | None = None) -> None:
        self._task = task

    def __await__(self) -> Generator[Any, None, None]:
        if self._task is not None:
            yield from self._task.__await__()


def revoke(core: Core, key: bytes | None = None) -> Revoked:
    """Take back one value of a function, or all of them.

    What is being computed at the moment is given to those who wait for it, and not kept.
    """
    revoke_here(core, key)
    link = core.link()
    if link is None:
        return Revoked()
    channel = channel_of(state.configuration.namespace)
    news = news_of(core.identity, key)
    steps: Steps[None] = (
        second.remove_all(core.prefix(), channel, news)
        if key is None
        else second.remove(core.name_in_redis(key), channel, news)
    )
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        drive_blocking(steps, link)
        return Revoked()
    task = loop.create_task(drive(steps, link))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return Revoked(task)


def revoke_here(core: Core, key: bytes | None = None) -> None:
    """Take back one value of a function, or all of them, in the memory of this process."""
    core.store.revoke(key)
    core.task_flights.forget(key)
    core.thread_flights.forget(key)


class _Ears:
    """The listener of this process, if anything was ever asked of Redis."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self.link: Link | None = None
        self._lock = threading.Lock()

    def listen(self, link: Link) -> None:
        """Have one thread that listens to this Redis, and no other."""
        with self._lock:
            if not self._hears(link):
                self._end()
                self.link = link
                self.listener = Listener(link, channel_of(state.configuration.namespace), _heard)

    def close(self) -> None:
        """Listen no more; waits for the thread to end, up to a fifth of a second."""
        with self._lock:
            self._end()

    def _hears(self, link: Link) -> bool:
        return self.link is link and self.listener is not None and self.listener.is_alive()

    def _end(self) -> None:
        if self.listener is not None:
            self.listener.close()
        self.listener = self.link = None


ears = _Ears()


def _heard(identity: str | None, key: bytes | None) -> None:
    for core in all_cores():
        if core.options.uses_redis and (identity is None or core.identity == identity):
            revoke_here(core, key)

"""One computation for all who want the same at the same time: of tasks, and of threads."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

R = TypeVar("R")


class TaskFlights(Generic[R]):
    """Computations that are under way, each in a task of its own, apart for each event loop.

    A caller that is cancelled leaves the computation to the others, and to whoever comes next.
    """

    def __init__(self) -> None:
        self._tasks: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[bytes, asyncio.Task[R]]
        ] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    async def join(self, key: bytes, compute: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """The result of the computation that is under way, started here if there is none."""
        return await asyncio.shield(self.start(key, compute))

    def start(self, key: bytes, compute: Callable[[], Coroutine[Any, Any, R]]) -> asyncio.Task[R]:
        """The task of the computation; its error may be left unread."""
        with self._lock:
            tasks = self._tasks.setdefault(asyncio.get_running_loop(), {})
        task = tasks.get(key)
        if task is None:
            task = tasks[key] = asyncio.create_task(compute())
            task.add_done_callback(lambda done: _landed(tasks, key, done))
        return task

    def forget(self, key: bytes | None = None) -> None:
        """Who comes from now on does not join what is under way."""
        with self._lock:
            under_way = list(self._tasks.values())
        for tasks in under_way:
            if key is None:
                tasks.clear()
            else:
                tasks.pop(key, None)


def _landed(tasks: dict[bytes, asyncio.Task[R]], key: bytes, task: asyncio.Task[R]) -> None:
    if tasks.get(key) is task:
        del tasks[key]
    if not task.cancelled():
        task.exception()  # read, so that nobody is told it never was


class _Flight(Generic[R]):
    def __init__(self) -> None:
        self.is_done = threading.Event()
        self.outcome: Callable[[], R] | None = None


class ThreadFlights(Generic[R]):
    """Computations that are under way, each in the thread that came first."""

    def __init__(self) -> None:
        self._flights: dict[bytes, _Flight[R]] = {}
        self._lock = threading.Lock()

    def join(self, key: bytes, compute: Callable[[], R]) -> R:
        """The result of the computation that is under way, or of one made here.

        A first thread that is interrupted (by ``KeyboardInterrupt``, say) leaves the
        computation to the next.
        """
        while True:
            with self._lock:
                flight = self._flights.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if leads:
                return self._lead(key, flight, compute)
            flight.is_done.wait()
            if flight.outcome is not None:
                return flight.outcome()

    def is_under_way(self, key: bytes) -> bool:
        """Whether a thread computes this now."""
        return key in self._flights

    def forget(self, key: bytes | None = None) -> None:
        """Who comes from now on does not join what is under way."""
        with self._lock:
            if key is None:
                self._flights.clear()
            else:
                self._flights.pop(key, None)

    def _lead(self, key: bytes, flight: _Flight[R], compute: Callable[[], R]) -> R:
        try:
            result = compute()
        except Exception as error:
            flight.outcome = _raising(error)
            raise
        else:
            flight.outcome = lambda: result
            return result
        finally:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.is_done.set()


def _raising(error: Exception) -> Callable[[], Any]:
    def outcome() -> Any:
        raise error

    return outcome

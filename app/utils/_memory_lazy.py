"""Values that are made when they are first asked for, and once."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future
from functools import partial
from typing import Any, Final, Generic, TypeVar, cast, overload

T_co = TypeVar("T_co", covariant=True)
X = TypeVar("X")

_UNSET: Final = object()


class LazyLoader(Generic[T_co]):
    """Makes a value when it is first asked for, once, whoever asks meanwhile.

    With a plain factory ``value`` is what it returns; threads that ask together wait for
    the one that makes it. With an ``async`` factory ``value`` is an awaitable of the result,
    which any number of tasks, in any event loop, may await any number of times; the work
    starts with the first ``await``, and a caller that is cancelled does not stop it. ``await
    get()`` is the result in both cases.

    A factory that raises is called again by the next who asks. Whoever waited for that call
    sees its exception where the factory is ``async``; with a plain one, each tries anew.

    Args:
        factory: Takes nothing. A plain one runs on the thread that asks first, so in an event
            loop it holds the loop up.

    Cost: 0.1 µs once loaded.

    >>> numbers = LazyLoader(lambda: list(range(1_000)))
    >>> len(numbers.value)
    1000
    """

    def __init__(self, factory: Callable[[], T_co]) -> None:
        self._factory = factory
        self._lock = threading.RLock()  # so that a factory that asks for its own value is found
        self._is_loading = False
        self._value: Any = _UNSET

    @property
    def value(self) -> T_co:
        """The value; for an ``async`` factory an awaitable of it.

        Raises:
            RuntimeError: The factory asks for the value that it is making.
        """
        if self._value is _UNSET:
            with self._lock:
                if self._value is _UNSET:
                    self._value = self._load()
        return cast("T_co", self._value)

    @overload
    async def get(self: LazyLoader[Awaitable[X]]) -> X: ...
    @overload
    async def get(self) -> T_co: ...
    async def get(self) -> Any:
        """The value, awaited where the factory is ``async``."""
        value: Any = self.value
        return await value if isinstance(value, _Shared) else value

    @property
    def is_loaded(self) -> bool:
        """Whether the value is there, so that asking costs nothing."""
        value = self._value
        return value.is_done if isinstance(value, _Shared) else value is not _UNSET

    def reset(self) -> None:
        """Forget the value: the next who asks makes it anew.

        Waits for a plain factory that runs in another thread. An awaitable that was given
        out before still ends with its own result.
        """
        with self._lock:
            self._value = _UNSET

    def _load(self) -> Any:
        if self._is_loading:
            raise RuntimeError("the factory asks for the value that it is making")
        self._is_loading = True
        try:
            made: Any = self._factory()
        finally:
            self._is_loading = False
        return _Shared(self._factory, made) if inspect.isawaitable(made) else made


class _AbandonedError(Exception):
    """The event loop that did the work ended before it."""


class _Shared(Awaitable[Any]):
    """The result of an awaitable, for many, from one run."""

    def __init__(self, factory: Callable[[], Any], first: Awaitable[Any]) -> None:
        self._factory = factory
        self._first: Awaitable[Any] | None = first
        self._lock = threading.Lock()
        self._task: asyncio.Task[Any] | None = None
        self._outcome: Future[None] = Future()
        self._result: Any = _UNSET

    @property
    def is_done(self) -> bool:
        return self._result is not _UNSET

    def __await__(self) -> Generator[Any, None, Any]:
        return self._wait().__await__()

    def __del__(self) -> None:
        # Nobody awaited it: not the mistake that a forgotten coroutine is warned of.
        if inspect.iscoroutine(self._first):
            self._first.close()

    async def _wait(self) -> Any:
        while not self.is_done:
            with self._lock:
                if self._task is None or self._task.get_loop().is_closed():
                    self._start()
                outcome = self._outcome
            try:
                # Running as it is, it cannot be cancelled by one of those who wait.
                await asyncio.wrap_future(outcome)
            except _AbandonedError:
                continue
        return self._result

    def _start(self) -> None:
        made, self._first = self._first, None
        work = _run(self._factory() if made is None else made)
        outcome: Future[None] = Future()
        self._outcome = outcome
        outcome.set_running_or_notify_cancel()
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(partial(self._finish, outcome))

    def _finish(self, outcome: Future[None], task: asyncio.Task[Any]) -> None:
        self._task = None
        if task.cancelled():
            outcome.set_exception(_AbandonedError())
        elif (error := task.exception()) is not None:
            outcome.set_exception(error)
        else:
            self._result = task.result()
            outcome.set_result(None)


async def _run(made: Awaitable[Any]) -> Any:
    return await made

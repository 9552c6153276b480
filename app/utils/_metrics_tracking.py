"""``track_request``: how long functions take, and how many run."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import nullcontext
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from prometheus_client import Gauge, Histogram

from app.utils._metrics_families import is_enabled, operation_duration, operations_in_progress

P = ParamSpec("P")
R = TypeVar("R")


class _Operation:
    """One function's series, made when it is first called while metrics are on."""

    def __init__(self, name: str) -> None:
        self._name = name

    @functools.cached_property
    def duration(self) -> Histogram:
        return operation_duration.labels(self._name)

    @functools.cached_property
    def in_progress(self) -> Gauge:
        return operations_in_progress.labels(self._name)


class _Run:
    """From here to the end of the block: one run of the operation, however it ends."""

    __slots__ = ("_operation", "_started")

    def __init__(self, operation: _Operation) -> None:
        self._operation = operation

    def __enter__(self) -> None:
        self._operation.in_progress.inc()
        self._started = time.perf_counter()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._operation.duration.observe(time.perf_counter() - self._started)
        self._operation.in_progress.dec()


def track_request() -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Measure a function: ``operation_duration{operation="<its name>"}`` and those in progress.

    Takes plain and ``async`` functions, generators of both kinds, and what ``classmethod`` and
    ``staticmethod`` made of them. What is awaited or yielded counts in, and so do errors and
    cancellation; a generator counts from its first item to its end or its closing. Functions
    of one name share a series. It never touches ``request_count``, so a route may be tracked
    without being counted twice. While metrics are off the function is called and no more.

    Cost: about 4 µs a call.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if isinstance(function, classmethod | staticmethod):
            return cast("Callable[P, R]", type(function)(_tracked(function.__func__)))
        return cast("Callable[P, R]", _tracked(function))

    return decorate


def _tracked(function: Callable[..., Any]) -> Callable[..., Any]:
    operation = _Operation(getattr(function, "__name__", type(function).__name__))
    if inspect.iscoroutinefunction(function):
        return _tracked_coroutine(function, operation)
    if inspect.isasyncgenfunction(function):
        return _tracked_async_generator(function, operation)
    if inspect.isgeneratorfunction(function):
        return _tracked_generator(function, operation)
    return _tracked_plain(function, operation)


def _tracked_plain(function: Callable[..., Any], operation: _Operation) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not is_enabled():
            return function(*args, **kwargs)
        with _Run(operation):
            return function(*args, **kwargs)

    return wrapper


def _tracked_coroutine(function: Callable[..., Any], operation: _Operation) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not is_enabled():
            return await function(*args, **kwargs)
        with _Run(operation):
            return await function(*args, **kwargs)

    return wrapper


def _tracked_generator(function: Callable[..., Any], operation: _Operation) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with _Run(operation) if is_enabled() else nullcontext():
            return (yield from function(*args, **kwargs))

    return wrapper


def _tracked_async_generator(
    function: Callable[..., Any], operation: _Operation
) -> Callable[..., Any]:
    """What is sent, thrown and closed reaches the function, as by ``yield from``."""

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with _Run(operation) if is_enabled() else nullcontext():
            inner = function(*args, **kwargs)
            try:
                item = await anext(inner)
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as error:  # noqa: BLE001 - it is the function's to judge
                        item = await inner.athrow(error)
                    else:
                        item = await inner.asend(sent)
            except StopAsyncIteration:
                return
            finally:
                await inner.aclose()

    return wrapper

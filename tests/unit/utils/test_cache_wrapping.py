"""The function that callers see: bound as the cached one is, whichever way a value is found."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from app.utils.caching import memory_cache


def plain(a: int, /, b: int = 2, *more: int, c: int = 3, **rest: int) -> tuple[object, ...]:
    return (a, b, more, c, tuple(rest.items()))


def fixed(a: int, /, b: Any = 2, *, c: int = 3) -> tuple[object, ...]:
    return (a, b, c)


def oddly_named(key__: int, find__: int = 5) -> tuple[object, ...]:
    return (key__, find__)


async def later(a: int, /, b: Any = 2, *, c: int = 3) -> tuple[object, ...]:
    return (a, b, c)


def asked(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    answer = function(*args, **kwargs)
    return asyncio.run(_awaited(answer)) if inspect.isawaitable(answer) else answer


async def _awaited(answer: Any) -> Any:
    return await answer


@pytest.mark.parametrize("function", [plain, fixed, later])
def test_calls_that_are_equal_share_a_value_however_they_are_spelled(
    function: Callable[..., Any],
) -> None:
    cached = memory_cache(ttl=300)(function)
    value = asked(function, 1)
    for _ in range(2):
        assert asked(cached, 1) == asked(cached, 1, 2) == asked(cached, 1, b=2, c=3) == value
        assert asked(cached, 1, 2, c=3) == value
        assert asked(cached, 1, 3, c=3) == asked(cached, 1, 3) == asked(function, 1, 3)
        assert asked(cached, 1, c=2) == asked(function, 1, c=2)
        assert asked(cached, True) == asked(function, True)
    info = cached.cache_info()
    assert (info.misses, info.size, info.hits) == (4, 4, 12)


@pytest.mark.parametrize("function", [fixed, later])
def test_calls_that_do_not_fit_are_refused_in_the_functions_name(
    function: Callable[..., Any],
) -> None:
    cached = memory_cache(ttl=300)(function)
    asked(cached, 1, 2, c=4)
    for args, kwargs in (((), {}), ((1, 2, 4), {}), ((1,), {"d": 1}), ((), {"a": 1})):
        with pytest.raises(TypeError, match=rf"^{function.__name__}\(\) "):
            asked(cached, *args, **kwargs)


def test_a_parameter_may_have_any_name() -> None:
    cached = memory_cache(ttl=300)(oddly_named)
    assert cached(1) == cached(1, find__=5) == (1, 5)
    assert cached.cache_info().hits == 1


def test_a_value_that_can_be_changed_is_found_the_short_way_and_decoded() -> None:
    @memory_cache(ttl=300)
    def members(a: int) -> list[int]:
        return [a]

    members(1).append(2)
    assert members(1) == members(a=1) == [1]
    assert members.cache_info().hits == 2


def test_floats_alone_are_told_from_all_that_is_equal_to_them() -> None:
    seen: list[tuple[Any, ...]] = []

    @memory_cache(ttl=300)
    def between(a: Any, b: Any = 2.5, *, c: Any = 0.0) -> str:
        seen.append((a, b, c))
        return repr((a, b, c))

    calls: list[tuple[Any, Any]] = [(1.0, 0.0), (1, 0), (True, False), (1.0, -0.0), (1.0, 0)]
    for a, c in calls * 2:
        assert between(a, c=c) == between(a, 2.5, c=c) == repr((a, 2.5, c))
    assert len(seen) == len(calls)
    assert between.cache_info().hits == 3 * len(calls)


def test_a_call_without_arguments_is_found_the_short_way() -> None:
    cached = memory_cache(ttl=300)(lambda: 5)
    assert [cached(), cached(), cached()] == [5, 5, 5]
    assert cached.cache_info().hits == 2


def test_what_no_key_can_be_written_of_is_keyed_the_long_way() -> None:
    cached = memory_cache(ttl=300)(fixed)
    assert cached(1, frozenset({2})) == cached(1, b=frozenset({2}))
    with pytest.raises(TypeError, match="'b'"):
        cached(1, object())
    assert cached.cache_info().hits == 1


def test_time_passes_the_short_way_too() -> None:
    cached = memory_cache(ttl=1e-9)(fixed)
    assert cached(1) == cached(1) == (1, 2, 3)
    assert cached.cache_info().hits == 0

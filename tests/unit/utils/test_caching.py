from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.utils import caching, metrics
from app.utils._cache_core import all_cores
from app.utils._cache_settings import state
from app.utils.caching import TestClock, memory_cache, redis_cache


@pytest.fixture(autouse=True)
def clock() -> Iterator[TestClock]:
    with caching.testing() as stopped:
        yield stopped


class Counter:
    """Counts how often a function really ran."""

    def __init__(self) -> None:
        self.calls = 0

    def plain(self, a: Any, b: Any = 2, *, c: Any = None) -> Any:
        self.calls += 1
        return a


BOTH = pytest.mark.parametrize("decorate", [memory_cache, redis_cache])


def counted(decorate: Any = memory_cache, **options: Any) -> tuple[Any, Counter]:
    counter = Counter()

    def function(a: Any, b: Any = 2, *, c: Any = None) -> Any:
        return counter.plain(a, b, c=c)

    return decorate(**options)(function), counter


@BOTH
def test_equal_calls_are_computed_once(decorate: Any) -> None:
    function, counter = counted(decorate)
    spellings = [
        function(1), function(1, 2), function(a=1), function(b=2, a=1), function(1, c=None)
    ]  # fmt: skip
    assert (spellings, counter.calls) == ([1] * 5, 1)
    info = function.cache_info()
    assert (info.hits, info.misses, info.size) == (4, 1, 1)


@BOTH
def test_values_of_other_types_are_other_calls(decorate: Any) -> None:
    function, counter = counted(decorate)
    for _ in range(2):
        assert [repr(function(a)) for a in (1, True, 1.0, "1", -0.0, 0.0)] == [
            "1", "True", "1.0", "'1'", "-0.0", "0.0"
        ]  # fmt: skip
    assert counter.calls == 6


@BOTH
def test_none_is_kept(decorate: Any) -> None:
    function, counter = counted(decorate)
    assert (function(None), function(None), counter.calls) == (None, None, 1)


@BOTH
def test_callers_cannot_change_what_is_kept(decorate: Any) -> None:
    function, counter = counted(decorate)
    for _ in range(3):
        value = function({"rows": [1]})
        assert value == {"rows": [1]}
        value["rows"].append(2)
    assert counter.calls == 1


def test_a_list_as_argument_is_keyed_by_its_content() -> None:
    function, counter = counted()
    rows = [1, 2]
    assert function(rows) == [1, 2]
    rows.append(3)
    assert function(rows) == [1, 2, 3]
    assert counter.calls == 2


def test_values_expire(clock: TestClock) -> None:
    function, counter = counted(ttl=10)
    function(1)
    clock.advance(9.999)
    function(1)
    assert counter.calls == 1
    clock.advance(0.001)
    function(1)
    assert counter.calls == 2


def test_without_an_end_values_stay(clock: TestClock) -> None:
    function, counter = counted(ttl=None)
    function(1)
    clock.advance(1e9)
    function(1)
    assert counter.calls == 1


def test_a_lifetime_of_zero_keeps_nothing() -> None:
    function, counter = counted(ttl=0)
    assert (function([1]), function([1]), counter.calls) == ([1], [1], 2)
    assert function.cache_info().size == 0


def test_the_configured_lifetime_is_read_at_the_call(clock: TestClock) -> None:
    function, counter = counted(redis_cache)
    caching.configure_caching(default_ttl_s=7)
    function(1)
    clock.advance(6.9)
    function(1)
    clock.advance(0.1)
    function(1)
    assert counter.calls == 2


def test_lifetimes_are_spread_over_the_last_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    function, _ = counted(ttl=100)
    for share in (0.0, 0.5, 0.999):
        monkeypatch.setattr(state, "share", lambda share=share: share)
        function(share)
    now = state.clock()
    core = next(core for core in all_cores() if core.function is function.__wrapped__)
    lives = [round(entry.fresh_until - now) for entry in core.store.entries.values()]
    assert lives == [100, 95, 90]


@pytest.mark.parametrize(
    "options",
    [
        {"ttl": -1}, {"ttl": float("nan")}, {"stale_ttl": -1}, {"refresh_at": 0},
        {"refresh_at": 1.1}, {"max_entries": 0}, {"max_bytes": 0},
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"ttl|refresh_at|room"):
        memory_cache(**options)


def test_only_functions_can_be_cached() -> None:
    def generator() -> Iterator[int]:
        yield 1

    async def stream() -> Any:
        yield 1

    for wrong, fault in [
        (generator, "is a generator"),
        (stream, "is a generator"),
        (staticmethod(len), "put @staticmethod above"),
        (classmethod(repr), "put @classmethod above"),
        (Counter, "only functions"),
        (functools.partial(len), "only functions"),
    ]:
        with pytest.raises(TypeError, match=fault):
            memory_cache()(wrong)  # type: ignore[arg-type] # - on purpose


def test_methods_are_refused_until_told_what_self_means() -> None:
    class Finder:
        @memory_cache
        def refused(self, x: int) -> int:
            return x

        @memory_cache(ignore=("self",))
        def shared(self, x: int) -> int:
            return x + 1

        @staticmethod
        @memory_cache
        def alone(x: int) -> int:
            return x + 2

    with pytest.raises(TypeError, match=r"argument 'self'.*ignore="):
        Finder().refused(1)
    assert (Finder().shared(1), Finder().shared(1), Finder.alone(1)) == (2, 2, 3)
    assert vars(Finder)["shared"].cache_info().hits == 1


@dataclass(frozen=True)
class Zone:
    name: str

    @memory_cache
    def upper(self) -> str:
        return self.name.upper()


def test_a_frozen_self_is_a_key() -> None:
    assert (Zone("a").upper(), Zone("a").upper(), Zone("b").upper()) == ("A", "A", "B")
    assert vars(Zone)["upper"].cache_info().misses == 2


def test_what_cannot_be_kept_is_refused_and_named() -> None:
    function, _ = counted()
    with pytest.raises(TypeError, match="bytearray has no stable key"):
        function(bytearray())

    @memory_cache(ignore=("row",))
    def passing(row: Any) -> Any:
        return row

    with pytest.raises(TypeError, match=r"Counter cannot be cached"):
        passing(Counter())


def test_a_refused_argument_that_looks_like_a_kept_one_is_refused_still() -> None:
    """A buffer is written like its bytes: it must not find what was kept for others."""
    function, _ = counted()
    function(b"x")
    for _ in range(2):
        with pytest.raises(TypeError, match="bytearray"):
            function(bytearray(b"x"))


def test_invalidation_takes_back_one_call_and_clearing_all() -> None:
    function, counter = counted()
    function(1)
    function(2)
    function.invalidate(b=2, a=1)
    function(1)
    function(2)
    assert counter.calls == 3
    function.cache_clear()
    assert function.cache_info().size == 0
    function(2)
    assert counter.calls == 4


def test_an_error_is_not_kept() -> None:
    outcomes: list[Any] = [ValueError("no"), 7]

    @memory_cache
    def flaky() -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(ValueError, match="no"):
        flaky()
    assert (flaky(), flaky()) == (7, 7)


@BOTH
def test_a_stale_value_stands_in_for_an_error(decorate: Any, clock: TestClock) -> None:
    is_broken = [False]

    def fetch() -> list[int]:
        if is_broken[0]:
            raise OSError("away")
        return [1]

    source = decorate(ttl=10, stale_ttl=60)(fetch)

    source()
    is_broken[0] = True
    clock.advance(30)
    with metrics.testing() as changed:
        assert source() == [1]
        assert changed("errors_total", type="cache_source") == 1
    assert source.cache_info().stale_served == 1
    clock.advance(40)
    with pytest.raises(OSError, match="away"):
        source()


def test_values_are_renewed_before_they_expire(clock: TestClock) -> None:
    function, counter = counted(ttl=10, refresh_at=0.8)
    function(1)
    clock.advance(8)
    function(1)
    assert counter.calls == 2
    clock.advance(7)
    function(1)
    assert counter.calls == 2


def test_compressed_values_take_less_room() -> None:
    big, _ = counted(compress=True)
    plain, _ = counted()
    for function in (big, plain):
        assert function("a" * 10_000) == function("a" * 10_000) == "a" * 10_000
    assert big.cache_info().bytes < 500
    assert plain.cache_info().bytes > 10_000


def test_bounds_hold() -> None:
    function, _ = counted(max_entries=5)
    for number in range(20):
        function(number)
    info = function.cache_info()
    assert (info.size, info.evicted) == (5, 15)


def test_switched_off_every_call_is_computed() -> None:
    function, counter = counted()
    function(1)
    with caching.testing(enabled=False):
        function(1)
        function(1)
    assert counter.calls == 3
    assert function.cache_info().size == 0


def test_resetting_forgets_values_and_counts() -> None:
    function, counter = counted()
    function(1)
    caching.reset_caching()
    assert function.cache_info()[:3] == (0, 0, 0)
    function(1)
    assert counter.calls == 2


def test_the_signature_and_the_kind_of_function_are_kept() -> None:
    @memory_cache
    async def find(a: int, *, b: str = "x") -> str:
        """Find it."""
        return b

    assert inspect.iscoroutinefunction(find)
    assert str(inspect.signature(find)) == "(a: 'int', *, b: 'str' = 'x') -> 'str'"
    assert (find.__name__, find.__doc__) == ("find", "Find it.")
    assert asyncio.run(_twice(find)) == ["x", "x"]


async def _twice(find: Any) -> list[Any]:
    return [await find(1), await find(a=1)]


def test_taking_back_can_be_awaited_without_a_redis() -> None:
    @redis_cache
    async def find(a: int) -> int:
        return a

    async def use() -> None:
        await find(1)
        await find.invalidate(1)
        await find.cache_clear()

    asyncio.run(use())
    assert find.cache_info().size == 0


def test_the_metrics_tell_each_function_apart() -> None:
    function, _ = counted()
    name = f"{__name__}.counted.<locals>.function"
    with metrics.testing() as changed:
        function(1)
        function(1)
        assert changed("cache_hits_total", cache=name, tier="memory") == 1
        assert changed("cache_misses_total", cache=name, tier="memory") == 1

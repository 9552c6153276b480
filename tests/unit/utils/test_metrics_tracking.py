"""``track_request`` on everything that can be called, however it ends."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator

import pytest
from prometheus_client import Histogram

from app.utils import metrics
from app.utils.metrics import Changes, track_request


@pytest.fixture
def changed() -> Iterator[Changes]:
    with metrics.testing() as changes:
        yield changes


def runs(changed: Changes, operation: str) -> float:
    return changed("operation_duration_count", operation=operation)


def running(changed: Changes, operation: str) -> float:
    return changed("operations_in_progress", operation=operation)


def test_a_plain_function_is_measured_also_when_it_raises(changed: Changes) -> None:
    @track_request()
    def fails_plainly() -> None:
        assert running(changed, "fails_plainly") == 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails_plainly()
    assert runs(changed, "fails_plainly") == 1
    assert running(changed, "fails_plainly") == 0


@pytest.mark.anyio
async def test_what_is_awaited_counts_in_and_cancelled_is_over(changed: Changes) -> None:
    begun = asyncio.Event()

    @track_request()
    async def waits_forever() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(waits_forever())
    await begun.wait()
    assert (running(changed, "waits_forever"), runs(changed, "waits_forever")) == (1, 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (running(changed, "waits_forever"), runs(changed, "waits_forever")) == (0, 1)


def test_a_generator_is_measured_from_its_first_item_to_its_end(changed: Changes) -> None:
    @track_request()
    def echoes() -> Generator[str, str, int]:
        heard = "begin"
        while heard != "end":
            try:
                heard = yield heard
            except KeyError:
                heard = "thrown"
        return 7

    never_begun = echoes()
    echo = echoes()
    assert running(changed, "echoes") == 0
    assert next(echo) == "begin"
    assert echo.send("a") == "a"
    assert echo.throw(KeyError()) == "thrown"
    assert running(changed, "echoes") == 1
    with pytest.raises(StopIteration) as ended:
        echo.send("end")
    assert ended.value.value == 7
    never_begun.close()
    assert (running(changed, "echoes"), runs(changed, "echoes")) == (0, 1)


def test_a_generator_that_is_dropped_is_over(changed: Changes) -> None:
    @track_request()
    def drops() -> Iterator[int]:
        yield 1

    dropped = drops()
    next(dropped)
    del dropped
    gc.collect()
    assert (running(changed, "drops"), runs(changed, "drops")) == (0, 1)


def _make_echoes(closed: list[str]) -> Callable[[], AsyncGenerator[str, str]]:
    @track_request()
    async def echoes_slowly() -> AsyncGenerator[str, str]:
        heard = "begin"
        try:
            while heard != "end":
                await asyncio.sleep(0)
                try:
                    heard = yield heard
                except KeyError:
                    heard = "thrown"
        finally:
            await asyncio.sleep(0)
            closed.append(heard)

    return echoes_slowly


@pytest.mark.anyio
async def test_an_async_generator_is_passed_what_is_sent_and_thrown(changed: Changes) -> None:
    closed: list[str] = []
    echo = _make_echoes(closed)()
    assert await anext(echo) == "begin"
    assert await echo.asend("a") == "a"
    assert await echo.athrow(KeyError()) == "thrown"
    assert running(changed, "echoes_slowly") == 1
    with pytest.raises(StopAsyncIteration):
        await echo.asend("end")
    assert closed == ["end"]
    assert (running(changed, "echoes_slowly"), runs(changed, "echoes_slowly")) == (0, 1)


@pytest.mark.anyio
async def test_an_async_generator_that_is_closed_closes_the_function(changed: Changes) -> None:
    closed: list[str] = []
    echo = _make_echoes(closed)()
    await anext(echo)
    await echo.aclose()
    assert closed == ["begin"]
    assert (running(changed, "echoes_slowly"), runs(changed, "echoes_slowly")) == (0, 1)


@pytest.mark.anyio
async def test_an_async_generator_that_fails_tells_so(changed: Changes) -> None:
    @track_request()
    async def breaks() -> AsyncIterator[int]:
        yield 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        _ = [item async for item in breaks()]
    assert (running(changed, "breaks"), runs(changed, "breaks")) == (0, 1)


def test_class_and_static_methods_stay_what_they_are(changed: Changes) -> None:
    class Shop:
        @track_request()
        @classmethod
        def opens(cls) -> str:
            return cls.__name__

        @track_request()
        @staticmethod
        def adds(a: int, b: int) -> int:
            return a + b

        @classmethod
        @track_request()
        def closes(cls) -> str:
            return cls.__name__

        @track_request()
        def sells(self, what: str) -> str:
            return what

    assert (Shop.opens(), Shop.closes(), Shop.adds(1, 2)) == ("Shop", "Shop", 3)
    assert Shop().adds(1, 2) == 3
    assert Shop().sells("tea") == "tea"
    assert [runs(changed, name) for name in ("opens", "closes", "adds", "sells")] == [1, 1, 2, 1]


def test_what_has_no_name_counts_by_its_kind(changed: Changes) -> None:
    assert track_request()(functools.partial(int, base=2))("11") == 3
    assert runs(changed, "partial") == 1


def test_the_signature_and_the_kind_stay() -> None:
    @track_request()
    async def named(a: int, *, b: str = "x") -> str:
        """Say so."""
        return b * a

    @track_request()
    async def items() -> AsyncIterator[int]:
        yield 1

    @track_request()
    def pieces() -> Iterator[int]:
        yield 1

    assert inspect.iscoroutinefunction(named)
    assert str(inspect.signature(named)) == "(a: 'int', *, b: 'str' = 'x') -> 'str'"
    assert (named.__doc__, named.__name__) == ("Say so.", "named")
    assert inspect.isasyncgenfunction(items)
    assert inspect.isgeneratorfunction(pieces)


def test_a_tracked_function_never_counts_as_a_request(changed: Changes) -> None:
    @track_request()
    def answers() -> None:
        return

    answers()
    assert not {name for name in changed.new_series() if name.startswith("request")}


@pytest.mark.anyio
async def test_with_metrics_off_calls_make_no_series() -> None:
    @track_request()
    def off_plain() -> int:
        return 1

    @track_request()
    async def off_awaited() -> int:
        return 2

    @track_request()
    def off_items() -> Iterator[int]:
        yield 3

    @track_request()
    async def off_items_awaited() -> AsyncIterator[int]:
        yield 4

    with metrics.testing(enabled=False) as changed:
        assert off_plain() == 1
        assert await off_awaited() == 2
        assert list(off_items()) == [3]
        assert [item async for item in off_items_awaited()] == [4]
        assert changed.new_series() == set()


def test_decorating_makes_no_series() -> None:
    with metrics.testing() as changed:

        @track_request()
        def never_called() -> None: ...

        assert changed.new_series() == set()


def test_the_series_are_looked_up_once(monkeypatch: pytest.MonkeyPatch, changed: Changes) -> None:
    looked_up: list[str] = []
    find = metrics.operation_duration.labels

    def labels(name: str) -> Histogram:
        looked_up.append(name)
        return find(name)

    monkeypatch.setattr(metrics.operation_duration, "labels", labels)

    @track_request()
    def often() -> None:
        return

    for _ in range(5):
        often()
    assert looked_up == ["often"]
    assert runs(changed, "often") == 5

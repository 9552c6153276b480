"""Lazy values: made once, whoever asks; errors are not kept."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.utils.memory_optimization import LazyLoader


def test_nothing_is_made_before_it_is_asked_for() -> None:
    calls: list[int] = []
    lazy = LazyLoader(lambda: calls.append(1))
    assert not lazy.is_loaded
    assert calls == []
    assert lazy.value is None, "a value of None is a value"
    assert lazy.value is None
    assert lazy.is_loaded
    assert calls == [1]


def test_threads_that_ask_together_share_one_call() -> None:
    together = threading.Barrier(16)
    calls: list[object] = []
    begun, go_on = threading.Event(), threading.Event()

    def make() -> object:
        calls.append(object())
        begun.set()
        go_on.wait()
        return calls[-1]

    lazy = LazyLoader(make)

    def ask() -> object:
        together.wait()
        return lazy.value

    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(ask) for _ in range(16)]
        begun.wait()
        go_on.set()
        values = {id(one.result()) for one in asked}
    assert len(calls) == 1
    assert values == {id(calls[0])}


def test_an_error_is_not_kept() -> None:
    outcomes: list[int] = []

    def make() -> int:
        outcomes.append(1)
        if len(outcomes) == 1:
            raise OSError("not yet")
        return 7

    lazy = LazyLoader(make)
    with pytest.raises(OSError, match="not yet"):
        _ = lazy.value
    assert not lazy.is_loaded
    assert lazy.value == 7


def test_a_reset_value_is_made_anew() -> None:
    values = iter([1, 2])
    lazy = LazyLoader(lambda: next(values))
    assert lazy.value == 1
    lazy.reset()
    assert not lazy.is_loaded
    assert lazy.value == 2


def test_a_factory_that_asks_for_its_own_value_is_told_so() -> None:
    lazy: LazyLoader[int] = LazyLoader(lambda: lazy.value)
    with pytest.raises(RuntimeError, match="asks for the value that it is making"):
        _ = lazy.value


@pytest.mark.anyio
async def test_get_is_the_value_of_a_plain_factory() -> None:
    assert await LazyLoader(lambda: 7).get() == 7


class Slow:
    """An async factory that waits to be let go, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.go_on = asyncio.Event()

    async def make(self) -> int:
        self.calls += 1
        await self.go_on.wait()
        return self.calls


@pytest.mark.anyio
async def test_tasks_that_await_together_share_one_run() -> None:
    slow = Slow()
    lazy = LazyLoader(lambda: slow.make())  # noqa: PLW0108 - as its users write it
    value = lazy.value
    assert lazy.value is value
    asked = [asyncio.ensure_future(lazy.get()) for _ in range(20)]
    await asyncio.sleep(0)
    assert not lazy.is_loaded
    slow.go_on.set()
    assert set(await asyncio.gather(*asked)) == {1}
    assert lazy.is_loaded
    assert await value == 1, "an awaitable may be awaited again"
    assert slow.calls == 1


@pytest.mark.anyio
async def test_a_cancelled_caller_does_not_stop_the_work_of_others() -> None:
    slow = Slow()
    lazy = LazyLoader(slow.make)
    first, second = (asyncio.ensure_future(lazy.get()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    slow.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == 1
    assert slow.calls == 1


@pytest.mark.anyio
async def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    calls = 0

    async def make() -> int:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        if calls == 1:
            raise OSError("not yet")
        return calls

    lazy = LazyLoader(make)
    value = lazy.value
    failures = await asyncio.gather(lazy.get(), lazy.get(), return_exceptions=True)
    assert [str(one) for one in failures] == ["not yet", "not yet"]
    assert not lazy.is_loaded
    assert await value == 2
    assert await lazy.get() == 2


def test_an_awaitable_that_nobody_awaits_is_no_mistake() -> None:
    slow = Slow()
    lazy = LazyLoader(slow.make)
    _ = lazy.value
    del lazy
    gc.collect()
    assert slow.calls == 0


def test_the_result_is_for_every_event_loop() -> None:
    slow = Slow()
    slow.go_on.set()
    lazy = LazyLoader(slow.make)
    assert asyncio.run(lazy.get()) == 1
    assert asyncio.run(lazy.get()) == 1
    assert slow.calls == 1


def test_work_that_ended_with_its_loop_begins_anew() -> None:
    slow = Slow()
    lazy = LazyLoader(slow.make)

    async def give_up() -> None:
        waiting = asyncio.ensure_future(lazy.get())
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(give_up())  # which cancels what still runs
    slow.go_on.set()
    assert asyncio.run(lazy.get()) == 2


def test_those_who_waited_for_a_loop_that_ended_do_the_work_themselves() -> None:
    begun, ended = threading.Event(), threading.Event()
    calls: list[int] = []

    async def make() -> int:
        calls.append(1)
        if len(calls) == 1:
            begun.set()
            await asyncio.Event().wait()
        return len(calls)

    lazy = LazyLoader(make)

    async def lead() -> None:
        waiting = asyncio.ensure_future(lazy.get())
        await asyncio.to_thread(ended.wait)
        waiting.cancel()

    async def follow() -> int:
        waiting = asyncio.ensure_future(lazy.get())
        await asyncio.sleep(0)
        ended.set()
        return await waiting

    leader = threading.Thread(target=asyncio.run, args=(lead(),))
    leader.start()
    begun.wait()
    assert asyncio.run(follow()) == 2
    leader.join()


def test_a_loop_that_was_closed_in_the_middle_is_not_waited_for() -> None:
    calls: list[int] = []

    async def make() -> int:
        calls.append(1)
        if len(calls) == 1:
            await asyncio.Event().wait()
        return len(calls)

    lazy = LazyLoader(make)
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(lazy.get())
    loop.run_until_complete(asyncio.sleep(0))
    left = asyncio.all_tasks(loop)
    assert waiting in left
    loop.close()
    assert asyncio.run(lazy.get()) == 2
    for task in left:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # left behind on purpose


@pytest.mark.anyio
async def test_an_awaitable_given_out_before_a_reset_ends_with_its_own_result() -> None:
    slow = Slow()
    slow.go_on.set()
    lazy = LazyLoader(slow.make)
    before = lazy.value
    assert await before == 1
    lazy.reset()
    assert await lazy.get() == 2
    assert await before == 1

"""Cached functions under many callers at once: tasks, threads, loops, and themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.utils import caching
from app.utils._cache_flights import TaskFlights, ThreadFlights
from app.utils.caching import TestClock, memory_cache
from app.utils.context import request_id

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def clock() -> Iterator[TestClock]:
    with caching.testing() as stopped:
        yield stopped


class Gated:
    """A function that waits at a gate, and counts its calls."""

    def __init__(self, outcome: Any = 7) -> None:
        self.calls = 0
        self.gate = asyncio.Event()
        self.entered = asyncio.Semaphore(0)
        self._outcome = outcome

        @memory_cache(ttl=100, refresh_at=0.5)
        async def function(number: int = 0) -> list[Any]:
            self.calls += 1
            self.entered.release()
            await self.gate.wait()
            if isinstance(self._outcome, Exception):
                raise self._outcome
            return [self._outcome]

        self.function = function

    async def started(self, count: int) -> list[asyncio.Task[Any]]:
        async def call() -> Any:
            return await self.function()

        tasks = [asyncio.create_task(call()) for _ in range(count)]
        await self.entered.acquire()
        return tasks


async def test_fifty_tasks_share_one_computation_and_no_value() -> None:
    gated = Gated()
    tasks = await gated.started(50)
    gated.gate.set()
    values = await asyncio.gather(*tasks)
    assert (values, gated.calls) == ([[7]] * 50, 1)
    assert len({id(value) for value in values}) == 50


async def test_a_cancelled_leader_leaves_the_others_their_value() -> None:
    gated = Gated()
    leader, follower = await gated.started(2)
    leader.cancel()
    await asyncio.sleep(0)
    gated.gate.set()
    assert await follower == [7]
    assert leader.cancelled()
    assert (await gated.function(), gated.calls) == ([7], 1)


async def test_all_waiters_get_the_error_and_nobody_is_told_twice() -> None:
    gated = Gated(ValueError("no"))
    tasks = await gated.started(10)
    gated.gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"no"}
    assert gated.calls == 1
    with pytest.raises(ValueError, match="no"):
        await gated.function()


async def test_an_error_that_nobody_waits_for_is_no_warning() -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    gated = Gated(ValueError("no"))
    (task,) = await gated.started(1)
    task.cancel()
    gated.gate.set()
    await asyncio.gather(task, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
    assert complaints == []


async def test_what_is_revoked_while_it_is_computed_is_given_but_not_kept() -> None:
    gated = Gated()
    (early,) = await gated.started(1)
    gated.function.invalidate()
    late = asyncio.create_task(_awaited(gated.function()))
    await gated.entered.acquire()
    gated.gate.set()
    assert (await early, await late) == ([7], [7])


async def _awaited(call: Any) -> Any:
    return await call


async def test_renewing_happens_behind_the_answer(clock: TestClock) -> None:
    gated = Gated()
    gated.gate.set()
    await gated.function()
    gated.gate.clear()
    clock.advance(60)
    assert [await gated.function() for _ in range(3)] == [[7]] * 3
    gated.gate.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert gated.calls == 2
    clock.advance(60)
    assert (await gated.function(), gated.calls) == ([7], 2)


async def test_the_computation_sees_the_context_of_its_caller() -> None:
    @memory_cache
    async def who() -> str | None:
        return request_id.get()

    token = request_id.set("r-1")
    assert await who() == "r-1"
    request_id.reset(token)


async def test_a_function_that_needs_itself_is_computed_plainly() -> None:
    depth = [0]

    @memory_cache
    async def again() -> int:
        depth[0] += 1
        return depth[0] if depth[0] > 2 else await again()

    assert await asyncio.wait_for(again(), timeout=10) == 3


def test_a_function_that_needs_itself_in_a_thread_does_so_too() -> None:
    depth = [0]

    @memory_cache
    def again() -> int:
        depth[0] += 1
        return depth[0] if depth[0] > 2 else again()

    @memory_cache
    def fibonacci(n: int) -> int:
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    assert again() == 3
    assert (fibonacci(50), fibonacci.cache_info().misses) == (12586269025, 51)


def test_threads_share_one_computation() -> None:
    calls, gate = [0], threading.Event()

    @memory_cache
    def slow() -> list[int]:
        calls[0] += 1
        gate.wait()
        return [1]

    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(slow) for _ in range(20)]
        gate.set()
        assert [future.result() for future in futures] == [[1]] * 20
    assert calls[0] == 1


def test_threads_share_an_error() -> None:
    flights: ThreadFlights[int] = ThreadFlights()
    calls, gate, waiting = [0], threading.Event(), threading.Semaphore(0)

    def fail() -> int:
        calls[0] += 1
        gate.wait()
        raise ValueError("no")

    def join() -> int:
        waiting.release()
        return flights.join(b"k", fail)

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(join)
        while not flights.is_under_way(b"k"):
            waiting.acquire()
        others = [pool.submit(join) for _ in range(3)]
        for _ in others:
            waiting.acquire()
        gate.set()
        assert {str(future.exception()) for future in [first, *others]} == {"no"}
    assert 1 <= calls[0] <= 4


def test_an_interrupted_thread_leaves_the_computation_to_the_next() -> None:
    flights: ThreadFlights[int] = ThreadFlights()
    is_in, go_on = threading.Event(), threading.Event()

    def interrupted() -> int:
        is_in.set()
        go_on.wait()
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(flights.join, b"k", interrupted)
        is_in.wait()
        second = pool.submit(flights.join, b"k", lambda: 2)
        go_on.set()
        assert second.result() == 2
        assert isinstance(first.exception(), KeyboardInterrupt)


def test_what_is_forgotten_is_not_joined() -> None:
    flights: ThreadFlights[int] = ThreadFlights()

    def outer() -> int:
        flights.forget(b"k")
        return flights.join(b"k", lambda: 2) + 1

    assert flights.join(b"k", outer) == 3


def test_event_loops_share_values_and_no_futures() -> None:
    calls = [0]

    @memory_cache
    async def find(number: int) -> list[int]:
        calls[0] += 1
        await asyncio.sleep(0)
        return [number]

    def in_a_loop(number: int) -> list[int]:
        return asyncio.run(_awaited(find(number)))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(in_a_loop, [1, 2, 1, 2] * 5)) == [[1], [2], [1], [2]] * 5
    assert 2 <= calls[0] <= 8


async def test_keywords_and_ignored_arguments_share_in_async_functions() -> None:
    calls: list[int] = []

    @memory_cache(ignore=("session",))
    async def find(session: object, number: int) -> list[int]:
        calls.append(number)
        return [number]

    for _ in range(2):
        assert await find(object(), 1) == await find(number=1, session=object()) == [1]
    assert calls == [1]


async def test_a_cancelled_computation_is_no_complaint() -> None:
    flights: TaskFlights[int] = TaskFlights()
    gate = asyncio.Event()

    async def compute() -> int:
        await gate.wait()
        return 1

    task = flights.start(b"k", compute)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flights.join(b"k", compute)
    gate.set()
    assert await flights.join(b"k", compute) == 1

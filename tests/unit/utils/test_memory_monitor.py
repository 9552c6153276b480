"""The memory monitor: numbers, hysteresis, rate limit, and callbacks that may fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils.memory_optimization import MemoryMonitor, MemoryUsage
from app.utils.metrics import errors_total, get_metrics

MIB = 1 << 20


class World:
    """Memory and a clock that the test sets."""

    def __init__(self) -> None:
        self.rss_mb = 100.0
        self.now_s = 1_000.0
        self.warned: list[MemoryUsage] = []
        self.monitor = MemoryMonitor(
            500,
            read=lambda: int(self.rss_mb * MIB),
            limit_bytes=1 << 40,
            clock=lambda: self.now_s,
        )
        self.monitor.add_callback(self.warned.append)

    def look(self, rss_mb: float, *, after_s: float = 10.0) -> int:
        self.rss_mb = rss_mb
        self.now_s += after_s
        self.monitor.check()
        return len(self.warned)


@contextmanager
def records() -> Iterator[list[logging.LogRecord]]:
    """What the monitor logs."""
    seen: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    logger, handler = logging.getLogger("app.memory"), Keep()
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    try:
        yield seen
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def test_reaching_the_threshold_calls_back_once() -> None:
    world = World()
    assert world.look(499) == 0
    assert world.look(500) == 1
    assert world.look(900) == 1
    assert world.warned[0].rss_bytes == 500 * MIB
    assert world.warned[0].is_above


def test_hovering_about_the_threshold_is_one_warning() -> None:
    world = World()
    for _ in range(30):
        world.look(505)
        world.look(455)
    assert len(world.warned) == 1


def test_falling_well_below_and_growing_again_is_another() -> None:
    world = World()
    assert world.look(505) == 1
    assert world.look(449) == 1
    assert world.look(505, after_s=60) == 2


def test_two_warnings_are_a_while_apart_however_memory_swings() -> None:
    world = World()
    assert world.look(505) == 1
    assert world.look(100, after_s=10) == 1
    assert world.look(505, after_s=10) == 1
    assert world.look(505, after_s=39) == 1
    assert world.look(505, after_s=1) == 2


def test_memory_that_stays_high_is_told_again_after_a_long_while() -> None:
    world = World()
    assert world.look(505) == 1
    assert world.look(505, after_s=599) == 1
    assert world.look(505, after_s=1) == 2


@settings(max_examples=100, deadline=None)
@given(looks=st.lists(st.tuples(st.integers(300, 700), st.integers(1, 200)), max_size=40))
def test_warnings_come_only_above_the_threshold_and_never_too_close(
    looks: list[tuple[int, int]],
) -> None:
    world = World()
    times: list[float] = []
    for rss_mb, after_s in looks:
        before = len(world.warned)
        if world.look(rss_mb, after_s=after_s) > before:
            assert rss_mb >= 500
            times.append(world.now_s)
    assert all(later - earlier >= 60 for earlier, later in pairwise(times))


def test_a_callback_that_fails_keeps_no_other_from_running() -> None:
    world = World()
    errors = errors_total.labels("memory")
    before = errors._value.get()

    def fail(_usage: MemoryUsage) -> None:
        raise OSError

    later: list[MemoryUsage] = []
    world.monitor.add_callback(fail)
    world.monitor.add_callback(later.append)
    with records() as seen:
        assert world.look(505) == 1
    assert len(later) == 1
    assert errors._value.get() == before + 1
    assert [record.getMessage() for record in seen] == [
        "memory is above its threshold",
        "memory could not be freed",
        "memory was freed where it could be",
    ]


def test_without_callbacks_there_is_only_the_warning() -> None:
    monitor = MemoryMonitor(1, read=lambda: 2 * MIB)
    with records() as seen:
        assert monitor.check().is_above
    assert [record.levelname for record in seen] == ["WARNING"]


def test_the_threshold_stays_below_the_limit_of_the_group() -> None:
    assert MemoryMonitor(500, limit_bytes=200 * MIB).threshold_bytes == 180 * MIB
    assert MemoryMonitor(100, limit_bytes=200 * MIB).threshold_bytes == 100 * MIB


def test_a_threshold_is_above_nothing() -> None:
    with pytest.raises(ValueError, match="threshold_mb is above 0, not 0"):
        MemoryMonitor(threshold_mb=0)


def test_the_log_line_has_the_numbers() -> None:
    world = World()
    world.rss_mb = 1_000_000
    with records() as seen:
        assert world.monitor.log_memory_usage().peak_bytes == 1_000_000 * MIB
        world.rss_mb = 1.5
        assert world.monitor.log_memory_usage().peak_bytes == 1_000_000 * MIB
    assert [record.levelname for record in seen] == ["WARNING", "INFO"]
    assert vars(seen[1])["rss_mb"] == 1.5
    assert vars(seen[1])["threshold_mb"] == 500
    assert vars(seen[1])["peak_mb"] == 1_000_000
    assert vars(seen[1])["limit_mb"] == 1 << 20


def test_the_numbers_are_real_by_default() -> None:
    usage = MemoryMonitor().usage()
    assert 5 * MIB < usage.rss_bytes <= usage.peak_bytes


def test_the_metrics_have_the_memory_of_the_moment_they_are_read() -> None:
    MemoryMonitor()
    (line,) = [one for one in get_metrics().splitlines() if one.startswith("memory_rss_bytes ")]
    assert float(line.split()[1]) > 5 * MIB


class Turns:
    """A pause that ends when the test says so, and tells when it begins."""

    def __init__(self) -> None:
        self.began: asyncio.Queue[float] = asyncio.Queue()
        self.goes_on = asyncio.Semaphore(0)

    async def pause(self, seconds: float) -> None:
        self.began.put_nowait(seconds)
        await self.goes_on.acquire()


@pytest.mark.anyio
async def test_it_looks_again_and_again_while_its_block_runs() -> None:
    world, turns = World(), Turns()
    async with world.monitor.watching(7.0, pause=turns.pause) as monitor:
        assert monitor is world.monitor
        assert await turns.began.get() == 7.0
        assert world.warned == []
        world.rss_mb = 505
        turns.goes_on.release()
        await turns.began.get()
        assert len(world.warned) == 1
    assert [task for task in asyncio.all_tasks() if task.get_name() == "memory monitor"] == []


@pytest.mark.anyio
async def test_a_look_that_fails_is_not_the_last_one() -> None:
    looks = 0

    def read() -> int:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise OSError
        return 2 * MIB

    turns, warned = Turns(), list[MemoryUsage]()
    monitor = MemoryMonitor(1, read=read)
    monitor.add_callback(warned.append)
    async with monitor.watching(pause=turns.pause):
        await turns.began.get()
        turns.goes_on.release()
        await turns.began.get()
    assert len(warned) == 1

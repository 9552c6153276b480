"""Cached functions beside a real Redis that stops, hangs, is full, or refuses."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.utils import caching, metrics
from app.utils._cache_core import all_cores
from app.utils._cache_redis import AWAY
from app.utils._cache_second import Stored
from app.utils._cache_settings import state
from app.utils.caching import (
    RedisLink,
    TestClock,
    close_caching,
    configure_caching,
    redis_cache,
    reset_caching,
)
from tests.fixtures.servers import RedisServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def clock(own_redis: RedisServer) -> AsyncIterator[TestClock]:
    """Caches over ``own_redis``, with a clock that the test moves."""
    with caching.testing() as stopped:
        configure_caching(redis_url=own_redis.url, redis_timeout_s=1.0)
        yield stopped
        await close_caching()


class Counted:
    """Two cached functions, one of them async, that count their calls."""

    def __init__(self, **options: Any) -> None:
        self.calls = 0

        decorate: Any = functools.partial(redis_cache, **{"ttl": 100, "memory_ttl": 0, **options})

        async def awaited(number: int) -> list[int]:
            self.calls += 1
            return [number]

        def plain(number: int) -> list[int]:
            self.calls += 1
            return [number]

        self.awaited, self.plain = decorate()(awaited), decorate()(plain)


async def raw(*command: Any) -> Any:
    link = state.link()
    assert link is not None
    return await link.run(*command)


async def test_values_are_found_in_redis_by_both_kinds_of_function(clock: TestClock) -> None:
    counted = Counted()
    for _ in range(2):
        assert await counted.awaited(1) == [1]
        assert counted.plain(1) == [1]
    assert counted.calls == 2
    info = counted.awaited.cache_info()
    assert (info.redis_hits, info.redis_misses) == (1, 1)
    assert sorted(await raw("KEYS", "*:lock")) == []
    clock.advance(100)
    await counted.awaited(1)
    assert counted.calls == 3


async def test_memory_answers_before_redis_is_asked(
    clock: TestClock, own_redis: RedisServer
) -> None:
    counted = Counted(memory_ttl=5)
    await counted.awaited(1)
    own_redis.stop()
    with metrics.testing() as changed:
        assert await counted.awaited(1) == [1]
        assert changed("errors_total", type="cache") == 0


async def test_another_process_version_or_shape_has_other_keys(clock: TestClock) -> None:
    counted, newer = Counted(), Counted(version="2")
    await counted.awaited(1)
    await newer.awaited(1)
    assert newer.calls == 1
    assert len(await raw("KEYS", "voltway:f:*")) == 2


async def test_invalidation_reaches_redis_awaited_or_not(clock: TestClock) -> None:
    counted = Counted(memory_ttl=5)
    for number in (1, 2):
        await counted.awaited(number)
        counted.plain(number)
    await counted.awaited.invalidate(1)
    await counted.plain.invalidate(number=1)
    assert len(await raw("KEYS", "*")) == 2
    await counted.awaited.cache_clear()
    await counted.plain.cache_clear()
    assert await raw("DBSIZE") == 0


async def test_a_stopped_redis_is_a_miss_then_left_alone_then_back(
    clock: TestClock, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    counted = Counted()
    await counted.awaited(1)
    own_redis.stop()
    with metrics.testing() as changed, caplog.at_level(logging.WARNING):
        for _ in range(20):
            assert await counted.awaited(1) == [1]
            assert counted.plain(1) == [1]
        assert changed("errors_total", type="cache") == 2
    assert counted.calls == 41
    assert [record.name for record in caplog.records] == ["app.utils.caching"]
    assert own_redis.url not in caplog.text
    own_redis.start()
    clock.advance(1)
    await counted.awaited(1)
    await counted.awaited(1)
    assert counted.calls == 42


async def test_a_hanging_redis_is_waited_for_twice_and_not_again(
    clock: TestClock, own_redis: RedisServer
) -> None:
    configure_caching(redis_url=own_redis.url, redis_timeout_s=0.05)
    counted = Counted()
    own_redis.pause()
    try:
        with metrics.testing() as changed:
            for _ in range(10):
                assert await counted.awaited(1) == [1]
                assert counted.plain(1) == [1]
            assert changed("errors_total", type="cache") == 2
        await counted.awaited.invalidate(1)
        await counted.awaited.cache_clear()
    finally:
        own_redis.resume()


async def test_answers_do_not_get_mixed_up_after_a_hang(own_redis: RedisServer) -> None:
    """What a connection was still owed must not be taken for the answer to the next question."""
    clock = TestClock()
    link = RedisLink(own_redis.url, timeout_s=0.1, clock=clock)
    for number in range(5):
        await link.run("SET", f"k{number}", str(number))
    own_redis.pause()
    assert await link.run("GET", "k0") is AWAY
    assert link.run_blocking("GET", "k1") is AWAY
    assert link.is_away
    own_redis.resume()
    answers = []
    for number in range(5):
        clock.advance(5)
        answers.append(await link.run("GET", f"k{number}"))
    assert [answer for answer in answers if answer is not AWAY] == [
        str(number).encode() for number, answer in enumerate(answers) if answer is not AWAY
    ]
    await link.close()


@pytest.fixture
def full_redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
    server.start()
    yield server
    server.stop()


async def test_a_full_redis_refuses_to_store_and_nothing_fails(full_redis: RedisServer) -> None:
    with caching.testing(), metrics.testing() as changed:
        configure_caching(redis_url=full_redis.url, redis_timeout_s=1.0)
        counted = Counted()
        for _ in range(3):
            assert await counted.awaited(1) == [1]
        link = state.link()
        assert link is not None
        assert not link.is_away
        assert await link.run_many([("SET", "a", "b"), ("GET", "a")]) != [True, b"b"]
        assert changed("errors_total", type="cache") >= 3
        await close_caching()


async def test_a_wrong_password_is_a_miss_and_is_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = RedisServer(tmp_path, "--requirepass", "right-word")
    server.start()
    with caching.testing():
        configure_caching(
            redis_url=server.url.replace("redis://", "redis://:wrong-word@"), redis_timeout_s=1.0
        )
        counted = Counted()
        assert await counted.awaited(1) == [1]
        assert counted.plain(1) == [1]
        await close_caching()
    server.stop()
    assert caplog.records
    assert "wrong-word" not in caplog.text


async def test_values_of_another_kind_are_dropped_and_computed(clock: TestClock) -> None:
    counted = Counted()
    await counted.awaited(1)
    (name,) = await raw("KEYS", "voltway:f:*")
    whole = await raw("GET", name)
    for content in (b"\x00nonsense", whole[:9] + b"\xc1"):
        await raw("SET", name, content)
        assert await counted.awaited(1) == [1]
        assert await raw("GET", name) == whole
    assert counted.calls == 3


async def test_a_stale_value_from_redis_stands_in_for_an_error(clock: TestClock) -> None:
    is_broken = [False]

    @redis_cache(ttl=10, stale_ttl=50)
    async def source() -> dict[str, int]:
        if is_broken[0]:
            raise OSError("away")
        return {"a": 1}

    await source()
    core = next(core for core in all_cores() if core.function is source.__wrapped__)
    core.store.revoke()
    is_broken[0] = True
    clock.advance(20)
    assert await source() == {"a": 1}
    assert await raw("KEYS", "*:lock") == []
    await source.cache_clear()
    with pytest.raises(OSError, match="away"):
        await source()
    assert await raw("KEYS", "*:lock") == []


async def test_a_program_without_a_loop_takes_back_at_once(own_redis: RedisServer) -> None:
    with caching.testing():
        configure_caching(redis_url=own_redis.url, redis_timeout_s=1.0)
        counted = Counted(memory_ttl=5)
        await asyncio.to_thread(counted.plain, 1)
        await asyncio.to_thread(counted.plain.invalidate, 1)
        assert await raw("DBSIZE") == 0
        await asyncio.to_thread(counted.plain.cache_clear)
        await close_caching()


async def test_cancelled_callers_never_get_anothers_answer(own_redis: RedisServer) -> None:
    link = RedisLink(own_redis.url, timeout_s=5.0)
    for number in range(8):
        await link.run("SET", f"k{number}", str(number))
    randomness = random.Random(7)  # noqa: S311 - any order will do, the same each time
    wrong = 0
    for _ in range(60):
        tasks = [asyncio.create_task(link.run("GET", f"k{number}")) for number in range(8)]
        for _ in range(randomness.randrange(12)):
            await asyncio.sleep(0)
        for task in randomness.sample(tasks, 4):
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        wrong += sum(
            isinstance(answer, bytes) and answer != b"%d" % number
            for number, answer in enumerate(answers)
        )
    assert wrong == 0
    await link.close()


async def test_several_commands_at_once_are_given_up_together(own_redis: RedisServer) -> None:
    link = RedisLink(own_redis.url, timeout_s=1.0)
    assert await link.run_many([("SET", "a", "b"), ("GET", "a")]) == [True, b"b"]
    link._process = 0  # as after a fork: connections of the parent are left to it
    inherited = link._clients
    assert await link.run("GET", "a") == b"b"
    own_redis.stop()
    assert [await link.run_many([("GET", "a")]) for _ in range(3)] == [AWAY] * 3
    assert link.is_away
    await link.close()
    for client in inherited.values():
        await client.aclose()
        await client.connection_pool.disconnect()


async def test_a_stale_value_that_cannot_be_read_is_none(clock: TestClock) -> None:
    counted = Counted(stale_ttl=5)
    core = next(core for core in all_cores() if core.function is counted.plain.__wrapped__)
    assert core.stale_stored(Stored(b"\xc1", 0.0)) is None


async def test_closing_what_was_never_opened_is_fine() -> None:
    with caching.testing():
        await close_caching()


def hang_up_on_everyone(server: socket.socket, asked: list[int], ends: threading.Event) -> None:
    while True:
        connection, _ = server.accept()
        connection.close()
        if ends.is_set():
            return
        asked.append(1)


async def test_a_broken_connection_is_not_tried_again_and_again() -> None:
    """A pool replaces a connection that it finds closed, once; retries would make it many."""
    asked: list[int] = []
    ends = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        thread = threading.Thread(target=hang_up_on_everyone, args=(server, asked, ends))
        thread.start()
        link = RedisLink(f"redis://127.0.0.1:{address[1]}/0", timeout_s=2.0, clock=TestClock())
        assert await link.run("GET", "a") is AWAY
        assert await asyncio.to_thread(link.run_blocking, "GET", "a") is AWAY
        await link.close()
        ends.set()
        socket.create_connection(address).close()
        thread.join()
    assert 2 <= len(asked) <= 4


async def test_resetting_leaves_redis_unasked(own_redis: RedisServer) -> None:
    configure_caching(redis_url=own_redis.url)
    reset_caching()
    assert state.link() is None

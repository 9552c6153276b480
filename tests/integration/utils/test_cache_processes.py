"""Cached functions of several processes that share a Redis."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.utils import _cache_revoking as revoking
from app.utils import caching
from app.utils._cache_core import all_cores
from app.utils._cache_news import news_of
from app.utils._cache_settings import state
from app.utils.caching import close_caching, configure_caching
from tests.fixtures.redis_cluster import RedisCluster
from tests.fixtures.servers import RedisServer

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]

WORKER = """
import asyncio, sys
from pathlib import Path
from app.utils.caching import close_caching, configure_caching, redis_cache

url, log, order = sys.argv[1:]

@redis_cache(ttl=600, memory_ttl=600)
async def slow(number: int) -> list[int]:
    with Path(log).open("a") as lines:
        lines.write("computed\\n")
    if order == "die":
        print("computing", flush=True)
        sys.stdin.read()
    await asyncio.sleep(0.3)
    return [number]

async def main() -> None:
    configure_caching(redis_url=url, redis_timeout_s=5.0)
    if order == "gather":
        print("ready", flush=True)
        sys.stdin.readline()
    if order == "invalidate":
        await slow.invalidate(1)
    else:
        assert await slow(1) == [1]
    await close_caching()

asyncio.run(main())
print("done", flush=True)
"""


class Workers:
    """Processes that run ``slow``, and the log of its computations."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        self.log = directory / "computed"
        self.log.touch()
        self.script = directory / "worker.py"
        self.script.write_text(WORKER)

    def start(self, order: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.script), self.url, str(self.log), order],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def computed(self) -> int:
        return len(self.log.read_text().splitlines())


@pytest.fixture
def workers(redis_url: str, tmp_path: Path) -> Workers:
    return Workers(redis_url, tmp_path)


@pytest.fixture(params=["one server", "a cluster"])
def workers_of_either(request: pytest.FixtureRequest, tmp_path: Path) -> Workers:
    if request.param == "a cluster":
        cluster: RedisCluster = request.getfixturevalue("redis_cluster")
        return Workers(cluster.url, tmp_path)
    return Workers(request.getfixturevalue("redis_url"), tmp_path)


def test_processes_share_one_computation(workers_of_either: Workers) -> None:
    workers = workers_of_either
    processes = [workers.start("gather") for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in processes] == ["done\n"] * 3
    assert workers.computed() == 1


async def test_a_process_that_dies_over_it_does_not_stop_the_others(workers: Workers) -> None:
    dying = workers.start("die")
    assert dying.stdout is not None
    assert dying.stdout.readline() == "computing\n"
    dying.kill()
    dying.communicate()
    link = caching.RedisLink(workers.url, timeout_s=5.0)
    (lock,) = await link.run("KEYS", "*:lock")
    assert 0 < await link.run("PTTL", lock) <= 10_000
    await link.run("PEXPIRE", lock, 50)
    await link.close()
    assert workers.start("call").communicate()[0] == "done\n"
    assert workers.computed() == 2


@pytest.fixture
async def configured(own_redis: RedisServer) -> AsyncIterator[str]:
    configure_caching(redis_url=own_redis.url, redis_timeout_s=5.0)
    yield own_redis.url
    await close_caching()
    caching.reset_caching()


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another thread makes it true
            await asyncio.sleep(0)


async def listening() -> None:
    listener = revoking.ears.listener
    assert listener is not None
    await until(listener.is_listening.is_set)


def counted() -> tuple[Any, list[int]]:
    calls: list[int] = []

    @caching.redis_cache(ttl=600, memory_ttl=600)
    async def slow(number: int) -> list[int]:
        calls.append(number)
        return [number]

    return slow, calls


async def test_what_another_process_takes_back_is_forgotten_here(configured: str) -> None:
    slow, _ = counted()
    await slow(1)
    await slow(2)
    await listening()
    core = next(core for core in all_cores() if core.function is slow.__wrapped__)
    other = caching.RedisLink(configured, timeout_s=5.0)
    channel = "voltway:revoked"
    for nonsense in (b"\xc1", b"\x90"):
        await other.run("PUBLISH", channel, nonsense)
    key = core.key_of((1,), {})
    news = news_of(core.identity, key).replace(
        f":{os.getpid()}".encode(), f":{'9' * len(str(os.getpid()))}".encode()
    )
    await other.run("PUBLISH", channel, news)
    await until(lambda: slow.cache_info().size == 1)
    await other.close()


async def test_ones_own_word_is_not_heard_again(configured: str) -> None:
    slow, calls = counted()
    await slow(1)
    await listening()
    await slow.invalidate(1)
    await slow(1)
    assert calls == [1, 1]
    assert slow.cache_info().size == 1


async def test_after_an_interruption_nothing_in_memory_is_trusted(
    configured: str, own_redis: RedisServer
) -> None:
    slow, _ = counted()
    await slow(1)
    await listening()
    listener = revoking.ears.listener
    assert listener is not None
    own_redis.stop()
    await until(lambda: not listener.is_listening.is_set())
    assert await slow(1) == [1]
    own_redis.start()
    await until(lambda: slow.cache_info().size == 0)


def test_a_forked_process_opens_connections_of_its_own(redis_url: str) -> None:
    program = f"""
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on, of forks beside threads
from app.utils import _cache_revoking as revoking
from app.utils.caching import configure_caching, redis_cache, reset_caching
configure_caching(redis_url={redis_url!r}, redis_timeout_s=5.0)

@redis_cache(ttl=600, memory_ttl=0)
def find(number: int) -> list[int]:
    return [number]

assert find(1) == [1]
child = os.fork()
assert find(1) == [1]
assert revoking.ears.listener.is_alive()
info = find.cache_info()
assert info.redis_hits == 1, info
reset_caching()
if child == 0:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (0, "")


async def test_a_listener_of_the_parent_is_not_waited_for(configured: str) -> None:
    slow, _ = counted()
    await slow(1)
    listener = revoking.ears.listener
    assert listener is not None
    thread = listener._thread
    listener._process = 0  # as in a forked child
    assert not listener.is_alive()
    await slow(2)
    assert revoking.ears.listener is not listener
    await asyncio.to_thread(thread.join)


async def test_a_listener_that_is_there_is_kept(configured: str) -> None:
    slow, _ = counted()
    await slow(1)
    listener = revoking.ears.listener
    await slow(2)
    assert revoking.ears.listener is listener
    assert state.link() is revoking.ears.link

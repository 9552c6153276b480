"""The load generator, against a server of a few lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from app.bench.load import ask_each, measure_rate

pytestmark = pytest.mark.anyio


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):  # a client that ends leaves an answer unread
        await _answer_all(reader, writer)
    writer.close()


async def _answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        path = line.split()[1]
        while (await reader.readline()).strip():
            pass
        status = b"404 Not Found" if path == b"/missing" else b"200 OK"
        # In two pieces, as large answers come.
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(path))
        await writer.drain()
        writer.write(path)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_answers_come_whole_and_in_order(port: int) -> None:
    answers = await ask_each(port, ["/a", "/missing", "/long" * 1000])
    assert [answer.status for answer in answers] == [200, 404, 200]
    assert [len(answer.body) for answer in answers] == [2, 8, 5000]


async def test_every_connection_asks_until_the_time_is_over(port: int) -> None:
    rate = await measure_rate(port, ["/a", "/b"], seconds=0.2, connections=3)
    assert rate.requests_per_s > 0
    assert 0 < rate.median_ms <= rate.p99_ms
    assert rate.failures == 0


async def test_answers_other_than_200_are_counted(port: int) -> None:
    rate = await measure_rate(port, ["/missing"], seconds=0.1, connections=1)
    assert rate.failures > 0

"""Heads of answers wait for their bodies, and for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.web.protocol import GatheringTransport

pytestmark = pytest.mark.anyio

LIMIT_S = 10.0

Answer = Callable[[GatheringTransport], Awaitable[None]]


@asynccontextmanager
async def client_of(answer: Answer) -> AsyncIterator[asyncio.StreamReader]:
    """Reads an answer over TCP; what the loop itself complains of fails."""
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    tasks: list[asyncio.Task[None]] = []

    class Server(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            tasks.append(loop.create_task(self.answer(GatheringTransport(transport, loop))))

        async def answer(self, transport: GatheringTransport) -> None:
            transport.begin_answer()
            await answer(transport)
            await asyncio.sleep(0)  # a turn of the loop

    server = await loop.create_server(Server, "127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader
        writer.close()
        await asyncio.wait_for(asyncio.gather(*tasks), LIMIT_S)
        assert complaints == []
    finally:
        server.close()
        loop.set_exception_handler(None)


async def test_what_is_written_arrives_in_its_order() -> None:
    async def answer(transport: GatheringTransport) -> None:
        for part in (b"head ", b"body ", b"more"):
            transport.write(part)
        transport.begin_answer()
        transport.write(b" next")
        transport.close()

    async with client_of(answer) as reader:
        assert await asyncio.wait_for(reader.read(), LIMIT_S) == b"head body more next"


async def test_a_head_that_nothing_follows_leaves_by_itself() -> None:
    seen = asyncio.Event()

    async def answer(transport: GatheringTransport) -> None:
        transport.write(b"head")
        await asyncio.wait_for(seen.wait(), LIMIT_S)
        transport.write(b"event")
        transport.close()

    async with client_of(answer) as reader:
        assert await asyncio.wait_for(reader.readexactly(4), LIMIT_S) == b"head"
        seen.set()
        assert await asyncio.wait_for(reader.read(), LIMIT_S) == b"event"


async def test_a_connection_that_is_gone_is_not_written_to() -> None:
    async def answer(transport: GatheringTransport) -> None:
        transport.write(b"head")
        transport.plain.close()

    async with client_of(answer) as reader:
        assert await asyncio.wait_for(reader.read(), LIMIT_S) == b""

"""A small HTTP load generator: keep-alive connections that ask again as soon as answered.

It is part of the benchmark so that it always runs, and the same everywhere. Its own cost
is some 30 µs a request, on the machine of the server: compare its rates only with each other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import cycle, islice
from statistics import median
from typing import NamedTuple

CONNECTIONS = 16
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Rate(NamedTuple):
    """What a server did in one run."""

    requests_per_s: float
    median_ms: float
    p99_ms: float
    failures: int
    """Answers other than 200."""


class Answer(NamedTuple):
    """One answer: status and body."""

    status: int
    body: bytes


async def measure_rate(
    port: int, targets: Sequence[str], *, seconds: float, connections: int = CONNECTIONS
) -> Rate:
    """Ask a server on loopback for ``targets``, over and over, for some seconds.

    Each connection begins at another target, so that no two ask for the same at once.
    """
    requests = [_request(target) for target in targets]
    clients = []
    for number in range(connections):
        first = number * len(requests) // connections
        _, client = await asyncio.get_running_loop().create_connection(
            partial(_Client, islice(cycle(requests), first, None)), "127.0.0.1", port
        )
        clients.append(client)
    began_s = time.perf_counter()
    for client in clients:
        client.ask()
    await asyncio.sleep(seconds)
    for client in clients:
        client.stop()
    elapsed_s = time.perf_counter() - began_s
    times_s = sorted(taken for client in clients for taken in client.times_s)
    return Rate(
        requests_per_s=round(len(times_s) / elapsed_s, 1),
        median_ms=round(median(times_s) * 1000, 3) if times_s else 0.0,
        p99_ms=round(times_s[int(len(times_s) * 0.99)] * 1000, 3) if times_s else 0.0,
        failures=sum(client.failures for client in clients),
    )


async def ask_each(port: int, targets: Sequence[str]) -> list[Answer]:
    """The answers to some targets, one after another."""
    answers = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for target in targets:
        writer.write(_request(target))
        head = await reader.readuntil(_END_OF_HEAD)
        body = await reader.readexactly(_body_length(head))
        answers.append(Answer(_status(head), body))
    writer.close()
    await writer.wait_closed()
    return answers


def _request(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".encode()


def _status(head: bytes) -> int:
    return int(head[9:12])


def _body_length(head: bytes) -> int:
    start = head.lower().index(_LENGTH) + len(_LENGTH)
    return int(head[start : head.index(b"\r\n", start)])


class _Client(asyncio.Protocol):
    """One connection: at most one request under way."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.times_s: list[float] = []
        self.failures = 0
        self._requests = requests
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer_length = 0
        self._asked_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells mypy what TCP gives
        self._transport = transport

    def ask(self) -> None:
        """Send the next request."""
        if self._transport is not None:
            self._asked_s = time.perf_counter()
            self._transport.write(next(self._requests))

    def stop(self) -> None:
        """Close; an answer still under way is not counted."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def data_received(self, data: bytes) -> None:
        """Wait for the whole answer, then ask again."""
        self._received += data
        if not self._answer_length:
            end = self._received.find(_END_OF_HEAD)
            if end < 0:
                return
            head = bytes(self._received[: end + len(_END_OF_HEAD)])
            self._answer_length = len(head) + _body_length(head)
            self.failures += _status(head) != 200  # noqa: PLR2004 - HTTP's own number
        if self._transport is not None and len(self._received) >= self._answer_length:
            self.times_s.append(time.perf_counter() - self._asked_s)
            del self._received[: self._answer_length]
            self._answer_length = 0
            self.ask()

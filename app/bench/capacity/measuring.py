"""Rates, processor time, memory and connections of one running service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any, NamedTuple

from app.bench.capacity.deployment import Service
from app.bench.load import Rate, measure_rate

_HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
_MOST_OPENED_AT_ONCE = 50


class Burden(NamedTuple):
    """A stretch of load and what it took."""

    rate: Rate
    cpu_s: float
    seconds: float

    @property
    def cpu_us_per_request(self) -> float:
        """Processor time of the service for one answer, in µs."""
        return self.cpu_s / max(1.0, self.rate.requests_per_s * self.seconds) * 1e6

    @property
    def cores(self) -> float:
        """Cores that the service kept busy."""
        return self.cpu_s / self.seconds


async def burden(service: Service, targets: Sequence[str], *, seconds: float) -> Burden:
    """Ask for ``targets`` for some seconds, from as many connections as keep it busy."""
    began_s, cpu_s = time.perf_counter(), service.cpu_s()
    rate = await measure_rate(service.port, targets, seconds=seconds)
    return Burden(rate, service.cpu_s() - cpu_s, time.perf_counter() - began_s)


def summary(burdens: Sequence[Burden], memory_mb: float, workers: int) -> dict[str, Any]:
    """Medians of some stretches, JSON values only."""
    return {
        "requests_per_s": median(each.rate.requests_per_s for each in burdens),
        "median_ms": median(each.rate.median_ms for each in burdens),
        "p99_ms": median(each.rate.p99_ms for each in burdens),
        "failures": sum(each.rate.failures for each in burdens),
        "cpu_us_per_request": round(median(each.cpu_us_per_request for each in burdens), 1),
        "cores": round(median(each.cores for each in burdens), 3),
        "memory_mb_per_worker": round(memory_mb / workers, 1),
    }


async def bytes_per_socket(service: Service, sockets: int) -> float:
    """Memory of the service for one connection that has been answered and waits.

    Args:
        service: Of one worker.
        sockets: How many are opened; below the system's limit of open files.
    """
    before_mb = service.memory_mb()
    async with _opened(service.port, sockets):
        return max(0.0, (service.memory_mb() - before_mb) * 1e6 / sockets)


@asynccontextmanager
async def _opened(port: int, sockets: int) -> AsyncIterator[None]:
    writers: list[asyncio.StreamWriter] = []
    turn = asyncio.Semaphore(_MOST_OPENED_AT_ONCE)

    async def open_one() -> None:
        async with turn:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            writer.write(_HEALTH)
            await reader.readuntil(b"\r\n\r\n")

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(sockets):
                group.create_task(open_one())
        yield
    finally:
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)

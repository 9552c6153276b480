"""A whole service as an operator starts it: ``voltway serve`` with its worker processes."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from app.bench.errors import MeasurementFailed

_STARTING_S = 120.0
_LISTENS = re.compile(r"VoltWay listens on \S+:(\d+) ")
_STARTED = '"message":"started"'
"""What each worker logs when it answers; until then, requests wait at the port."""
_MB = 1e6


class Deployment(NamedTuple):
    """What is started."""

    data_dir: Path
    database: str
    """``SQLite`` or ``PostgreSQL``, for people."""
    database_url: str
    workers: int


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers.

    Attributes:
        port: On loopback.
        process: The one that was started; workers are its children.
        workers: How many answer.
    """

    port: int
    process: psutil.Process
    workers: int

    def cpu_s(self) -> float:
        """Processor time of all its processes since they began, in seconds."""
        taken = [process.cpu_times() for process in self._processes()]
        return float(sum(each.user + each.system for each in taken))

    def memory_mb(self) -> float:
        """Resident memory of the processes that answer, shared pages counted by share, in MB.

        Cost: the kernel walks their pages, some ms.
        """
        answering = self._processes()[1:] if self.workers > 1 else self._processes()
        return float(sum(process.memory_full_info().pss for process in answering)) / _MB

    def _processes(self) -> list[psutil.Process]:
        """The first one, then its workers; helpers of the interpreter have ended or sleep."""
        return [self.process, *self.process.children(recursive=True)]


@asynccontextmanager
async def running(deployment: Deployment, environment: Mapping[str, str]) -> AsyncIterator[Service]:
    """Start a service on a free port, yield it once all its workers answer, end it.

    Args:
        deployment: What to start.
        environment: Settings beside those of the deployment.

    Raises:
        MeasurementFailed: It ended before it answered.
    """
    deployment.data_dir.mkdir(parents=True, exist_ok=True)
    log = deployment.data_dir / f"serve-{deployment.database}-{deployment.workers}.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "serve", "--port", "0"),
            *("--workers", str(deployment.workers)),
            stdout=out,
            stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                **environment,
                "DATA_DIR": str(deployment.data_dir),
                "DATABASE_URL": deployment.database_url,
            },
        )
    assert process.stderr is not None  # noqa: S101 - it is piped
    draining = None
    try:
        async with asyncio.timeout(_STARTING_S):
            port = await _port_once_ready(process.stderr, deployment.workers)
        draining = asyncio.create_task(process.stderr.read())
        yield Service(port, psutil.Process(process.pid), deployment.workers)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if draining is not None:
            await draining


async def _port_once_ready(said: asyncio.StreamReader, workers: int) -> int:
    lines: list[str] = []
    port, started = None, 0
    async for line in said:
        lines.append(line.decode(errors="replace"))
        if match := _LISTENS.search(lines[-1]):
            port = int(match[1])
        started += _STARTED in lines[-1]
        if port is not None and started == workers:
            return port
    raise MeasurementFailed("the service", "".join(lines))

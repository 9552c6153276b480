"""``voltway bench capacity``: services of several sizes, and the model held against them."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from app.bench.capacity.connections import connections_in_use, most_connections
from app.bench.capacity.deployment import Deployment, Service, running
from app.bench.capacity.measuring import Burden, burden, bytes_per_socket, summary
from app.bench.capacity.model import Load, Model, Point
from app.bench.capacity.report import described
from app.bench.child import Run, run_child
from app.bench.machine import describe_run
from app.bench.questions import draw_questions, sample_places
from app.bench.report import Result
from app.bench.seeding import CATALOGUE_FILE, catalogue_url, empty, fill_catalogue, require_empty_at
from app.db.engine import open_database

Say = Callable[[str], None]


class Effort(NamedTuple):
    """How much is asked."""

    queries: int
    rounds: int
    seconds: float
    sockets: int


FULL = Effort(queries=200, rounds=3, seconds=3.0, sockets=500)
QUICK = Effort(queries=20, rounds=1, seconds=0.3, sockets=50)

SETTINGS = {
    "REDIS_URL": "",
    "DATABASE_REPLICA_URLS": "",
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "json",
    "LOG_SCHEMA": "default",
    "RATE_LIMIT": "off",
    "RATE_LIMIT_ENDPOINT": "off",
}
"""Of every service: as an operator has it, but for the limits that a load would run into."""


async def measure_capacity(
    sizes: Sequence[int],
    *,
    effort: Effort,
    seed: int,
    folder: Path,
    say: Say,
    postgresql_url: str | None = None,
    most_workers: int | None = None,
    run_task: Run = run_child,
) -> Result:
    """Measure services of one worker and of one a core, on catalogues of some sizes.

    Args:
        sizes: Stations; two at least, or there is nothing to fit.
        effort: How much is asked.
        seed: Of catalogues and queries.
        folder: For catalogues; they are removed again.
        say: Told what is being done.
        postgresql_url: A database without stations, where the middle size is served from too;
            it is left empty.
        most_workers: Of the larger services; default: one a core.
        run_task: Runs a task of ``bench.child``; in a process of its own, unless tested.

    Raises:
        DatabaseNotEmpty: ``postgresql_url`` has stations.
        MeasurementFailed: A service did not start.
    """
    sizes = sorted(set(sizes))
    run = describe_run(seed=seed)
    if postgresql_url is not None:
        await require_empty_at(postgresql_url)
    workers = sorted({1, most_workers or os.cpu_count() or 1})
    measured = []
    for size in sizes:
        say(f"filling a catalogue of {size:,} stations")
        data_dir = folder / str(size)
        await run_task("seed", data_dir=str(data_dir), stations=size, seed=seed)
        is_middle = size == sizes[len(sizes) // 2]
        async with _stores(
            data_dir, size, seed, postgresql_url if is_middle else None, say
        ) as stores:
            measured += await _Site(data_dir, size, stores, effort, say).measure(workers, seed)
        shutil.rmtree(data_dir)
    model = _fitted(measured)
    held = [_held_against(model, service) for service in measured]
    findings = {"model": asdict(model), "services": held}
    return described(run, {"sizes": sizes, **effort._asdict()}, findings)


@asynccontextmanager
async def _stores(
    data_dir: Path, stations: int, seed: int, postgresql_url: str | None, say: Say
) -> AsyncIterator[dict[str, str]]:
    """The databases to serve from, by name; PostgreSQL's is emptied afterwards."""
    stores = {"SQLite": catalogue_url(data_dir)}
    if postgresql_url is None:
        yield stores
        return
    say(f"filling PostgreSQL with {stations:,} stations")
    await fill_catalogue(postgresql_url, stations, seed)
    try:
        yield stores | {"PostgreSQL": postgresql_url}
    finally:
        database = open_database(postgresql_url)
        await empty(database)
        await database.close()


class _Site(NamedTuple):
    """A catalogue, and the databases that hold it."""

    data_dir: Path
    stations: int
    stores: dict[str, str]
    effort: Effort
    say: Say

    async def measure(self, numbers: Sequence[int], seed: int) -> list[dict[str, Any]]:
        """Services of some numbers of workers, from each database."""
        places = sample_places(self.data_dir / CATALOGUE_FILE, self.effort.queries, seed)
        targets = [question.target for question in draw_questions(places, seed).nearest]
        measured = []
        for workers in numbers:
            self.say(f"{self.stations:,} stations, {workers} workers")
            measured += await self._side_by_side(workers, targets)
        return measured

    async def _side_by_side(self, workers: int, targets: list[str]) -> list[dict[str, Any]]:
        """The same service from each database, under load in turns."""
        async with AsyncExitStack() as stack:
            services: dict[str, Service] = {}
            for name, url in self.stores.items():
                deployment = Deployment(self.data_dir / name, name, url, workers)
                services[name] = await stack.enter_async_context(running(deployment, SETTINGS))
            burdens: dict[str, list[Burden]] = {name: [] for name in services}
            for number in range(self.effort.rounds + 1):
                for name, service in services.items():
                    taken = await burden(service, targets, seconds=self.effort.seconds)
                    if number:  # the first warms the caches
                        burdens[name].append(taken)
            return [
                await self._described(name, service, burdens[name])
                for name, service in services.items()
            ]

    async def _described(
        self, name: str, service: Service, burdens: list[Burden]
    ) -> dict[str, Any]:
        found = {
            "stations": self.stations,
            "database": name,
            "workers": service.workers,
            **summary(burdens, service.memory_mb(), service.workers),
        }
        if name == "PostgreSQL":
            url = self.stores[name]
            found["connections"] = await connections_in_use(url)
            found["connections_at_most"] = await most_connections(url, service.workers)
        if service.workers == 1:
            found["bytes_per_socket"] = round(await bytes_per_socket(service, self.effort.sockets))
        return found


def _fitted(services: list[dict[str, Any]]) -> Model:
    on_sqlite = [each for each in services if each["database"] == "SQLite"]
    alone = [each for each in on_sqlite if each["workers"] == 1]
    points = [
        Point(each["stations"], each["cpu_us_per_request"], each["memory_mb_per_worker"])
        for each in (alone[0], alone[-1])
    ]
    sockets = [each["bytes_per_socket"] for each in alone]
    together = next((each for each in on_sqlite if each["workers"] > 1), None)
    return Model.fitted(
        points,
        bytes_per_socket=sum(sockets) / len(sockets),
        memory_mb_of_another=None if together is None else _of_another_mb(alone[0], together),
    )


def _of_another_mb(alone: dict[str, Any], together: dict[str, Any]) -> float:
    """What each worker but the first adds, at the same number of stations."""
    workers: int = together["workers"]
    whole_mb: float = workers * together["memory_mb_per_worker"]
    first_mb: float = alone["memory_mb_per_worker"]
    return (whole_mb - first_mb) / (workers - 1)


def _held_against(model: Model, service: dict[str, Any]) -> dict[str, Any]:
    """A service with what the model says of it."""
    load = Load(service["requests_per_s"], service["stations"], sockets=0)
    need = model.need(load, workers=service["workers"])
    return {
        **service,
        "model_cores": round(need.cores, 3),
        "model_memory_mb_per_worker": round(need.memory_mb / service["workers"], 1),
    }

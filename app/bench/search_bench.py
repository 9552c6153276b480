"""``voltway bench search``: every kind of search, in process and over HTTP, at several sizes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from app.bench import http_rates, in_process
from app.bench.child import Run, run_child
from app.bench.http_rates import COLD
from app.bench.machine import describe_run
from app.bench.questions import Questions, draw_questions, sample_places
from app.bench.report import Aim, Result, Table
from app.bench.seeding import CATALOGUE_FILE

AIMED_SIZE = 300_000
"""The size that the aims speak of; the nearest one measured stands for it."""

NOTE = (
    "Stations beyond the first 100,000 of a catalogue are copies of those, some km away."
    " Times are of one client in one process; rates are of one worker and a load generator on the"
    " same machine: compare them with the floor of the same run only."
)

Say = Callable[[str], None]


class Effort(NamedTuple):
    """How much is asked."""

    queries: int
    rounds: int
    http_rounds: int
    http_seconds: float
    commits: int


FULL = Effort(queries=200, rounds=2, http_rounds=3, http_seconds=2.0, commits=10)
QUICK = Effort(queries=20, rounds=1, http_rounds=1, http_seconds=0.5, commits=2)


async def measure_search(
    sizes: list[int],
    *,
    quick: bool,
    http: bool,
    seed: int,
    folder: Path,
    say: Say,
    run_task: Run = run_child,
) -> Result:
    """Measure on seeded catalogues of some sizes.

    Args:
        sizes: Stations.
        quick: A tenth of the effort, to see that it works.
        http: Whether to start servers.
        seed: Of catalogues and queries.
        folder: For catalogues; they are removed again.
        say: Told what is being done.
        run_task: Runs a task of ``bench.child``; in a process of its own, unless tested.

    Raises:
        MeasurementFailed: A process of the benchmark failed.
    """
    sizes = sorted(set(sizes))
    run = describe_run(seed=seed)
    effort = QUICK if quick else FULL
    say(f"filling catalogues of {', '.join(f'{size:,}' for size in sizes)} stations")
    async with asyncio.TaskGroup() as group:
        # The largest takes as long as the others together: each gets a core.
        fillings = [
            group.create_task(_fill(folder, part, seed, run_task))
            for part in (sizes[:-1], sizes[-1:])
        ]
    origins = [origin for filling in fillings for origin in filling.result()]
    served = _served(sizes) if http else set()
    measured = [
        await _measure_size(
            folder / str(size), size, effort, http=size in served, seed=seed, say=say
        )
        for size in sizes
    ]
    return _result(run, {"sizes": sizes, "catalogues": origins, **effort._asdict()}, measured)


def _served(sizes: list[int]) -> set[int]:
    """Sizes that are measured over HTTP too: each takes half a minute."""
    return {sizes[0], _aimed(sizes), sizes[-1]}


def _aimed(sizes: Iterable[int]) -> int:
    """The size that stands for ``AIMED_SIZE``."""
    return min(sizes, key=lambda size: abs(size - AIMED_SIZE))


async def _fill(folder: Path, sizes: list[int], seed: int, run_task: Run) -> list[dict[str, Any]]:
    return [
        await run_task("seed", data_dir=str(folder / str(size)), stations=size, seed=seed)
        for size in sizes
    ]


async def _measure_size(
    data_dir: Path, size: int, effort: Effort, *, http: bool, seed: int, say: Say
) -> dict[str, Any]:
    say(f"{size:,} stations: in process")
    places = sample_places(data_dir / CATALOGUE_FILE, effort.queries, seed)
    questions: Questions = draw_questions(places, seed)
    measured = await in_process.measure(
        data_dir, questions, rounds=effort.rounds, commits=effort.commits
    )
    rates = {}
    if http:
        say(f"{size:,} stations: over HTTP")
        rates = await http_rates.measure(
            data_dir, questions, rounds=effort.http_rounds, seconds=effort.http_seconds
        )
    shutil.rmtree(data_dir)
    return {"stations": size, **measured, "http": rates}


def _result(run: dict[str, Any], data: dict[str, Any], sizes: list[dict[str, Any]]) -> Result:
    return Result(
        name="search",
        run=run,
        data=data,
        findings={"sizes": sizes},
        tables=(_times_table(sizes), _index_table(sizes), *_rates_tables(sizes)),
        aims=tuple(_aims(sizes)),
        notes=(NOTE,),
    )


def _times_table(sizes: list[dict[str, Any]]) -> Table:
    return Table(
        "In process: median (99th percentile), ms",
        ("", *(f"{size['stations']:,} stations" for size in sizes)),
        tuple(
            (name, *(_spread(size["in_process"][name]) for size in sizes))
            for name in sizes[0]["in_process"]
        ),
    )


def _spread(spread: dict[str, float]) -> str:
    return f"{spread['median_ms']:.3f} ({spread['p99_ms']:.2f})"


def _index_table(sizes: list[dict[str, Any]]) -> Table:
    labels = {
        "build_s": "index built from the catalogue (s)",
        "open_saved_s": "saved index opened (s)",
        "bytes_per_station": "index, bytes a station",
        "seen_after_ms": "commit of another process seen after, median (ms)",
        "seen_after_worst_ms": "the same, worst (ms)",
        "answers_that_differ": "peers' answers that differ from ours",
    }
    return Table(
        "The index",
        ("", *(f"{size['stations']:,} stations" for size in sizes)),
        tuple((label, *(size["index"][key] for size in sizes)) for key, label in labels.items()),
    )


def _rates_tables(sizes: list[dict[str, Any]]) -> list[Table]:
    return [
        Table(
            f"Over HTTP, {size['stations']:,} stations: nearest 50, one worker",
            ("", "requests per s", "of the floor", "median (ms)", "p99 (ms)"),
            tuple(
                (
                    name,
                    rate["requests_per_s"],
                    rate["share_of_floor"],
                    rate["median_ms"],
                    rate["p99_ms"],
                )
                for name, rate in size["http"].items()
            ),
        )
        for size in sizes
        if size["http"]
    ]


def _aims(sizes: list[dict[str, Any]]) -> list[Aim]:
    aimed_size = _aimed(size["stations"] for size in sizes)
    aimed = next(size for size in sizes if size["stations"] == aimed_size)
    times, index = aimed["in_process"], aimed["index"]
    at = f"at {aimed['stations']:,}"
    aims = [
        Aim(f"nearest, index, {at}", "ms", 0.2, times[in_process.INDEX]["median_ms"]),
        Aim(f"nearest, answer, {at}", "ms", 0.35, times[in_process.ANSWER]["median_ms"]),
        Aim(f"300 km corridor, {at}", "ms", 10, times[in_process.CORRIDOR]["median_ms"]),
        Aim(f"saved index opened, {at}", "s", 0.5, index["open_saved_s"]),
        Aim(f"commit seen, worst, {at}", "ms", 250, index["seen_after_worst_ms"]),
        Aim(
            "index, bytes a station, largest size", "", 110, sizes[-1]["index"]["bytes_per_station"]
        ),
        *(
            Aim(f"{name}: largest size to smallest", "×", 2, _growth(sizes, name))
            for name in (
                in_process.INDEX,
                in_process.WARM,
                in_process.ANSWER,
                in_process.FULL_PAGE,
            )
        ),
        Aim(
            "answers that differ",
            "",
            0,
            sum(size["index"]["answers_that_differ"] for size in sizes),
        ),
    ]
    if aimed["http"]:
        cold, warm = (aimed["http"][peer]["share_of_floor"] for peer in (COLD, "ours"))
        aims += [
            Aim(
                f"rate over HTTP without cards in memory, of the floor, {at}",
                "×",
                0.35,
                cold,
                at_least=True,
            ),
            Aim(f"rate over HTTP, of the floor, {at}", "×", 0.45, warm, at_least=True),
        ]
    return aims


def _growth(sizes: list[dict[str, Any]], name: str) -> float:
    smallest, largest = (size["in_process"][name]["median_ms"] for size in (sizes[0], sizes[-1]))
    growth: float = largest / smallest
    return growth

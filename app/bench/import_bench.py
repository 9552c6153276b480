"""``voltway bench import``: speed beside its floor, memory and growth with file size."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from app.bench import irve_file
from app.bench.child import Run, run_child
from app.bench.machine import describe_run
from app.bench.report import Aim, Result, Table
from app.bench.seeding import CATALOGUE_FILE

RATIO_AIM = 3.0
MEMORY_AIM_MB = 150.0
POSTGRESQL_AIM = 1.5
LINEAR_AIM = 1.2
"""Greatest time of the longest file, in times of twice the time of its half."""

NOTE = (
    "The floor reads the file with csv.reader and stores ready tuples by executemany, into the same"
    " tables and indices under the same pragmas. Every measurement is a process of its own, so"
    " its first use of tables of zones, phones and countries (about 0.3 s) counts as the import's."
)

SHARES_OF_SCALE = (1 / 40, 1 / 20, 1 / 10, 1 / 4, 1 / 2, 1)
SYNTHETIC_ROWS = 56_507

Say = Callable[[str], None]


async def measure_import(
    rows_file: Path | None,
    *,
    scale: float,
    rounds: int,
    seed: int,
    folder: Path,
    say: Say,
    synthetic_rows: int = SYNTHETIC_ROWS,
    postgresql_url: str | None = None,
    run_task: Run = run_child,
) -> Result:
    """Import a static IRVE file, its floor, and files up to ``scale`` times as long.

    Every measurement runs in a process of its own, in a fresh catalogue. Floor and import
    take turns; the first import warms the disk and is not counted.

    Args:
        rows_file: The file; ``None`` makes one up from the demo.
        scale: The longest file, in multiples of the file.
        rounds: Turns of floor and import.
        seed: Of the demo, where it is used.
        folder: For files and catalogues; they are removed again.
        say: Told what is being done.
        synthetic_rows: Rows of a file that is made up.
        postgresql_url: A database without stations to import into beside SQLite; it is left
            empty.
        run_task: Runs a task of ``bench.child``; in a process of its own, unless tested.

    Raises:
        RowsFileRefused: The file cannot be read, or is no IRVE file.
        MeasurementFailed: An import failed.
    """
    run = describe_run(seed=seed)
    if rows_file is None:
        say("writing an IRVE-like file from the demo")
        source = folder / "synthetic-irve.csv.gz"
        irve_file.write_synthetic(source, synthetic_rows, seed)
    else:
        source = rows_file
    rows = irve_file.count_rows(source)
    say("importing once, to have the rows of the floor")
    reference = folder / "reference"
    importing = _Importing(source, folder, reference, run_task, postgresql_url)
    first = await importing.once(source, reference)
    turns = []
    for number in range(rounds):
        say(f"turn {number + 1}: floor, import, import again")
        turns.append(await importing.take_turn(number))
    growth = []
    for share in SHARES_OF_SCALE:
        row_count = max(1, round(rows * scale * share))
        say(f"importing {row_count:,} rows")
        growth.append(await importing.measure_size(row_count))
    shutil.rmtree(reference)
    return _result(
        run,
        data={
            "file": rows_file.name if rows_file else "synthetic (demo)",
            "rows": rows,
            "stations": first["report"]["stations_total"],
            "outcome": first["report"],
            "rounds": rounds,
            "scale": scale,
        },
        turns=turns,
        growth=growth,
    )


class _Importing(NamedTuple):
    """What every measurement of one run shares."""

    source: Path
    folder: Path
    reference: Path
    """A catalogue with the file imported: the rows of the floor."""
    run: Run
    postgresql_url: str | None

    async def once(
        self,
        rows_file: Path,
        data_dir: Path,
        *,
        again: bool = False,
        database_url: str | None = None,
    ) -> dict[str, Any]:
        """One import into a fresh catalogue; then, if asked, the same again."""
        return await self.run(
            "import",
            rows_file=str(rows_file),
            data_dir=str(data_dir),
            again=again,
            database_url=database_url,
        )

    async def take_turn(self, number: int) -> dict[str, Any]:
        """The floor, then the import, then the same import again."""
        turn = self.folder / f"turn-{number}"
        floor = await self.run(
            "floor",
            rows_file=str(self.source),
            catalogue=str(self.reference / CATALOGUE_FILE),
            data_dir=str(turn / "floor"),
        )
        ours = await self.once(self.source, turn / "ours", again=True)
        measured = {"floor": floor, "import": ours, "again": ours["again"]}
        if self.postgresql_url is not None:
            there = await self.once(
                self.source, turn / "there", again=True, database_url=self.postgresql_url
            )
            measured |= {"postgresql": there, "postgresql again": there["again"]}
        shutil.rmtree(turn)
        again = ours["again"]
        return {
            "seconds": _by_variant("seconds", measured),
            "cpu_seconds": _by_variant("cpu_seconds", measured),
            "again_unchanged": again["report"]["unchanged"],
            "peak_above_start_mb": ours["peak_above_start_mb"],
        }

    async def measure_size(self, row_count: int) -> dict[str, Any]:
        """One import of a file of so many rows."""
        rows_file, size = self.folder / "size.csv", self.folder / "size"
        irve_file.write_multiple(self.source, rows_file, row_count)
        measured = await self.once(rows_file, size)
        shutil.rmtree(size)
        rows_file.unlink()
        return {
            "rows": row_count,
            "stations": measured["report"]["stations_total"],
            "seconds": measured["seconds"],
            "rows_per_s": round(row_count / measured["seconds"], 1),
            "peak_above_start_mb": measured["peak_above_start_mb"],
        }


def _by_variant(key: str, measured: dict[str, dict[str, Any]]) -> dict[str, float]:
    return {name: round(of_variant[key], 4) for name, of_variant in measured.items()}


def _medians(turns: list[dict[str, Any]], key: str) -> dict[str, float]:
    return {name: round(median(turn[key][name] for turn in turns), 3) for name in turns[0][key]}


def _result(
    run: dict[str, Any],
    *,
    data: dict[str, Any],
    turns: list[dict[str, Any]],
    growth: list[dict[str, Any]],
) -> Result:
    rows = data["rows"]
    seconds, cpu_seconds = _medians(turns, "seconds"), _medians(turns, "cpu_seconds")
    ratio = round(seconds["import"] / seconds["floor"], 3)
    half, longest = growth[-2:]
    peaks = [point["peak_above_start_mb"] or 0.0 for point in growth]
    findings = {
        "median_seconds": seconds,
        "median_cpu_seconds": cpu_seconds,
        "rows_per_s": {name: round(rows / value) for name, value in seconds.items()},
        "ratio_to_floor": ratio,
        "cpu_ratio_to_floor": round(cpu_seconds["import"] / cpu_seconds["floor"], 3),
        "turns": turns,
        "growth": growth,
        "longest_to_twice_its_half": round(longest["seconds"] / (2 * half["seconds"]), 3),
        "peak_above_start_mb": max(peaks),
    }
    beside: tuple[Aim, ...] = ()
    if "postgresql" in seconds:
        findings["postgresql_ratio"] = round(seconds["postgresql"] / seconds["import"], 3)
        what = "time of an import into PostgreSQL, in times SQLite's"
        beside = (Aim(what, "×", POSTGRESQL_AIM, findings["postgresql_ratio"]),)
    return Result(
        name="import",
        run=run,
        data=data,
        findings=findings,
        tables=(_speed_table(findings, data), _growth_table(growth)),
        aims=(
            Aim("time of an import, in times its floor", "×", RATIO_AIM, ratio),
            Aim("peak memory above start, any size", "MB", MEMORY_AIM_MB, max(peaks)),
            Aim(
                "time of the longest file, in times of twice its half (linear: 1)",
                "×",
                LINEAR_AIM,
                findings["longest_to_twice_its_half"],
            ),
            *beside,
        ),
        notes=(NOTE,),
    )


def _speed_table(findings: dict[str, Any], data: dict[str, Any]) -> Table:
    seconds, cpu_seconds = findings["median_seconds"], findings["median_cpu_seconds"]
    rates = findings["rows_per_s"]
    names = {
        "floor": "floor",
        "import": "import",
        "again": "import again",
        "postgresql": "into PostgreSQL",
        "postgresql again": "into PostgreSQL again",
    }
    return Table(
        f"{data['file']}: {data['rows']:,} rows, {data['stations']:,} stations,"
        f" medians of {data['rounds']}",
        ("", "seconds", "rows per s", "× floor", "processor s", "× floor"),
        tuple(
            (
                label,
                seconds[name],
                rates[name],
                round(seconds[name] / seconds["floor"], 2),
                cpu_seconds[name],
                round(cpu_seconds[name] / cpu_seconds["floor"], 2),
            )
            for name, label in names.items()
            if name in seconds
        ),
    )


def _growth_table(growth: list[dict[str, Any]]) -> Table:
    columns = ("rows", "stations", "seconds", "rows per s", "peak above start (MB)")
    keys = ("rows", "stations", "seconds", "rows_per_s", "peak_above_start_mb")
    return Table(
        "Growth with the length of the file",
        columns,
        tuple(tuple(point[key] for key in keys) for point in growth),
    )

"""Tables for the eye, JSON for the record, plots."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from app.bench import plots
from app.bench.machine import describe_run
from app.bench.memory import PeakMemory
from app.bench.report import Aim, Result, Table, new_folder, print_result
from app.bench.timing import Spread, take_turns


def _result() -> Result:
    return Result(
        name="sample",
        run=describe_run(seed=5),
        data={"rows": 3},
        findings={"seconds": 1.5},
        tables=(
            Table("Some table", ("what", "value"), (("a", 12_345), ("b", 0.1234), ("c", None))),
        ),
        aims=(
            Aim("fast", "s", 2.0, 1.5),
            Aim("many", "×", 0.35, 0.2, at_least=True),
        ),
        notes=("A note with [brackets].",),
    )


def test_the_record_holds_machine_versions_data_seed_command_and_aims() -> None:
    record = json.loads(_result().as_json())
    assert record["benchmark"] == "sample"
    assert record["run"]["seed"] == 5
    assert record["run"]["machine"]["cores"] >= 1
    assert {"python", "sqlite", "numpy"} <= set(record["run"]["versions"])
    assert record["run"]["command"].startswith("voltway")
    assert [aim["met"] for aim in record["aims"]] == [True, False]
    assert record["findings"] == {"seconds": 1.5}


def test_tables_aims_and_notes_are_printed() -> None:
    out = io.StringIO()
    print_result(_result(), Console(file=out, width=100))
    printed = out.getvalue()
    for piece in ("Some table", "12,345", "0.123", "–", "≤ 2 s", "≥ 0.35 ×", "met", "missed"):
        assert piece in printed
    assert "A note with [brackets]." in printed


def test_each_run_gets_a_folder_of_its_own_name(tmp_path: Path) -> None:
    folder = new_folder("search", tmp_path / "results")
    assert folder.is_dir()
    assert folder.name.startswith("search-20")


def test_a_spread_is_of_all_times() -> None:
    spread = Spread.of([0.001] * 99 + [0.101])
    assert spread == Spread(median_ms=1.0, p99_ms=101.0, mean_ms=2.0, queries=100)
    assert Spread.of([0.002]).p99_ms == 2.0


@pytest.mark.anyio
async def test_variants_take_turns_and_the_first_round_is_not_counted() -> None:
    asked: list[str] = []

    async def ask(query: str) -> None:
        asked.append(query)

    spreads = await take_turns({"a": (ask, ["a1", "a2"]), "b": (ask, ["b1"])}, rounds=2)
    assert asked == ["a1", "a2", "b1"] * 3
    assert (spreads["a"].queries, spreads["b"].queries) == (4, 2)


def test_peak_memory_sees_a_large_block() -> None:
    memory = PeakMemory()
    block = b"x" * 40_000_000
    del block
    peak_mb = memory.above_start_mb()
    assert peak_mb is None or peak_mb > 30


def test_growth_is_drawn(tmp_path: Path) -> None:
    growth = [
        {"rows": 10, "seconds": 0.1, "peak_above_start_mb": 5.0},
        {"rows": 20, "seconds": 0.2, "peak_above_start_mb": None},
    ]
    (path,) = plots.draw_import({"growth": growth}, tmp_path)
    assert "peak memory above start (MB)" not in path.name
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("http", [{}, {"floor": {"requests_per_s": 10.0}}])
def test_searches_are_drawn(tmp_path: Path, http: dict[str, dict[str, float]]) -> None:
    sizes = [
        {"stations": size, "in_process": {"nearest": {"median_ms": 0.1}}, "http": http}
        for size in (100, 1000)
    ]
    assert len(plots.draw_search({"sizes": sizes}, tmp_path)) == 1 + bool(http)

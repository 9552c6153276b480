"""Every benchmark at a tiny size, so that none can rot; counts are asserted, never seconds."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from app.bench.child import run_child, run_here
from app.bench.errors import DatabaseNotEmpty, MeasurementFailed
from app.bench.import_bench import measure_import
from app.bench.report import Result
from app.bench.search_bench import measure_search
from app.bench.seeding import catalogue_url
from app.bench.server import running
from app.db.engine import open_database
from app.importers import synthetic
from app.stations import audit
from tests.fixtures.command import Voltway

pytestmark = pytest.mark.anyio


def _ignore(_: str) -> None:
    pass


async def _seed_mostly_copies(task: str, **arguments: Any) -> dict[str, Any]:
    return await run_here(task, most_stored=120, **arguments)


async def test_copies_make_a_sound_catalogue(tmp_path: Path) -> None:
    await _seed_mostly_copies("seed", data_dir=str(tmp_path), stations=300, seed=1)
    database = open_database(catalogue_url(tmp_path))
    async with database.writes() as session:
        assert await database.dialect.find_damage(session) == []
        await session.rollback()
    async with database.reads() as session:
        assert await audit.count_stations(session) == 300
        assert await audit.find_disagreements(session) == []
    await database.close()


async def test_import_accounts_for_every_row_at_every_size(tmp_path: Path) -> None:
    result = await measure_import(
        None,
        scale=1,
        rounds=1,
        seed=1,
        folder=tmp_path,
        say=_ignore,
        synthetic_rows=80,
        run_task=run_here,
    )
    assert result.data["rows"] == 80
    assert result.data["outcome"]["stored"] == result.data["stations"]
    assert result.data["outcome"]["stored"] + result.data["outcome"]["merged"] == 80
    assert [point["rows"] for point in result.findings["growth"]] == [2, 4, 8, 20, 40, 80]
    assert result.findings["growth"][-1]["stations"] == result.data["stations"]
    assert result.findings["turns"][0]["again_unchanged"] == 80
    assert len(result.aims) == 3
    assert "synthetic (demo)" in result.tables[0].title


async def test_an_import_is_measured_on_postgresql_too_and_leaves_it_empty(
    tmp_path: Path, postgresql_url: str
) -> None:
    async def measure() -> Result:
        return await measure_import(
            None, scale=0.1, rounds=1, seed=1, folder=tmp_path, say=_ignore, synthetic_rows=40,
            postgresql_url=postgresql_url, run_task=run_here,
        )  # fmt: skip

    result = await measure()
    seconds = result.findings["median_seconds"]
    ratio = seconds["postgresql"] / seconds["import"]
    assert result.findings["postgresql_ratio"] == pytest.approx(ratio, abs=1e-3)
    assert "into PostgreSQL again" in {row[0] for row in result.tables[0].rows}
    assert "PostgreSQL" in result.aims[-1].what
    database = open_database(postgresql_url)
    async with database.reads() as session:
        assert await audit.count_stations(session) == 0
    await synthetic.fill(database, 3, seed=1)
    with pytest.raises(DatabaseNotEmpty):
        await measure()
    await database.close()


async def test_search_gives_the_answers_of_its_peers_and_serves_them(tmp_path: Path) -> None:
    result = await measure_search(
        [300],
        quick=True,
        http=True,
        seed=1,
        folder=tmp_path,
        say=_ignore,
        run_task=_seed_mostly_copies,
    )
    assert result.data["catalogues"] == [{"stored": 120, "copied": 180}]
    (size,) = result.findings["sizes"]
    assert size["stations"] == 300
    assert size["index"]["answers_compared"] > 0
    assert size["index"]["answers_that_differ"] == 0
    assert size["index"]["bytes_per_station"] > 0
    assert list(size["http"]) == ["floor", "ours", "ours, no cards in memory", "sql", "orm"]
    assert all(rate["failures"] == 0 for rate in size["http"].values())
    assert size["http"]["ours"]["requests_per_s"] > 0
    assert json.loads(result.as_json())["findings"] == result.findings


async def test_a_task_that_fails_says_why() -> None:
    with pytest.raises(MeasurementFailed, match="seed ended before it had measured: TypeError"):
        await run_child("seed", stations="many")


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(MeasurementFailed, match="the sql server ended"):
        async with running(["sql"], tmp_path):
            pass


def test_the_command_writes_json_and_plots(voltway: Voltway, tmp_path: Path) -> None:
    out = tmp_path / "results"
    outcome = voltway(
        *("bench", "search", "--stations", "200", "--quick", "--no-http"),
        *("--out", str(out), "--json", "-"),
    )
    assert outcome.exit_code == 0, outcome.err
    (folder,) = out.iterdir()
    record = json.loads(outcome.out)
    assert record == json.loads((folder / "result.json").read_text("utf-8"))
    assert record["run"]["command"].startswith("voltway bench search --stations 200")
    assert (folder / "search-growth.svg").is_file()
    assert "Aims" in outcome.err


def test_a_measurement_from_a_file_is_named_after_it(
    voltway: Voltway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.bench.import_bench.run_child", run_here)
    outcome = voltway("bench", "import", "--rows", "0")
    assert outcome.exit_code == 2
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n", encoding="utf-8")
    outcome = voltway("bench", "import", "--file", str(wrong), "--out", str(tmp_path / "out"))
    assert outcome.exit_code == 2
    assert "no column id_pdc_itinerance" in outcome.err


@pytest.mark.parametrize("stations", ["", "many", "0", "10,", "6000000"])
def test_sizes_that_make_no_sense_are_wrong_use(voltway: Voltway, stations: str) -> None:
    outcome = voltway("bench", "search", "--stations", stations)
    assert outcome.exit_code == 2
    assert "--stations" in outcome.err


def test_without_matplotlib_the_remedy_is_named(
    voltway: Voltway, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec

    def find_all_but_matplotlib(name: str, package: str | None = None) -> Any:
        return None if name == "matplotlib" else find_spec(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_all_but_matplotlib)
    outcome = voltway("bench", "search", "--stations", "10")
    assert outcome.exit_code == 2
    assert "voltway[bench]" in outcome.err
    assert "--no-plots" in outcome.err

"""The benchmark of the toolkit at a tiny size: every side of every claim is measured."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from app.bench.child import run_here
from app.bench.toolkit.run import Effort, measure_toolkit
from app.bench.toolkit.section import Claim
from tests.fixtures.command import Voltway

TINY = Effort(calls=20, rows=20, slow_rows=2, big_rows=500, rounds=1)


@pytest.mark.anyio
async def test_both_sides_of_every_claim_are_measured(
    tmp_path: Path, redis_url: str, postgresql_url: str
) -> None:
    result = await measure_toolkit(
        TINY,
        folder=tmp_path,
        say=lambda _: None,
        redis_url=redis_url,
        postgresql_url=postgresql_url,
        run_task=run_here,
    )
    claims = result.findings["claims"]
    assert {claim["what"] for claim in claims} >= {
        "log processing 10×",
        "lists answer with bytes",
        "cached answers 99 % faster",
        "cached answers faster (Redis)",
        "bulk writes 50–100×",
        "bulk writes 50–100×, COPY",
        "memory 20–30 % less",
    }
    assert all(claim["baseline_value"] > 0 and claim["our_value"] > 0 for claim in claims)
    assert result.findings["caches"]["calls_of_a_storm"] == 1
    assert set(result.findings["batches"]["rows_per_s"]) == {"SQLite", "PostgreSQL"}
    assert len(result.aims) >= 10
    assert json.loads(result.as_json())["findings"] == result.findings
    assert result.tables[-1].title == "Claims"


def test_a_claim_compares_times_and_rates_alike() -> None:
    times = Claim("faster", "the other", baseline_value=10.0, our_value=2.0, unit="µs", aim=5)
    rates = Claim("faster", "the other", baseline_value=10.0, our_value=40.0, unit="rows/s", aim=5)
    assert (times.factor, times.as_row()[-1]) == (5.0, "holds")
    assert (rates.factor, rates.as_row()[-1]) == (4.0, "does not")


def test_the_command_draws_and_records_it(
    voltway: Voltway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.bench.toolkit.run.QUICK", TINY)
    monkeypatch.setattr("app.bench.toolkit.run.run_child", run_here)
    out = tmp_path / "results"
    outcome = voltway("bench", "toolkit", "--quick", "--out", str(out), "--json", "-")
    assert outcome.exit_code == 0, outcome.err
    (folder,) = out.iterdir()
    assert (folder / "toolkit-claims.svg").is_file()
    assert (folder / "toolkit-costs.svg").is_file()
    record = json.loads(outcome.out)
    assert record["data"] == TINY._asdict()
    assert any("--redis" in note for note in record["notes"])


def test_without_the_peers_the_remedy_is_named(
    voltway: Voltway, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec

    def find_all_but_structlog(name: str, package: str | None = None) -> Any:
        return None if name == "structlog" else find_spec(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_all_but_structlog)
    outcome = voltway("bench", "toolkit", "--quick")
    assert outcome.exit_code == 2
    assert "structlog" in outcome.err
    assert "voltway[bench]" in outcome.err

"""Numbers in the pages are those of the published runs, written by a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools import publish

RECORD: dict[str, Any] = {
    "run": {
        "command": "voltway bench demo --file far/away/rows.csv",
        "started_at": "2026-01-31T12:00:00Z",
        "seed": 7,
        "machine": {"cpu": "Some CPU", "cores": 2},
        "versions": {"python": "3.11.7", "sqlite": "3.40.1"},
    },
    "aims": [
        {
            "what": "a rate",
            "unit": "×",
            "aim": 0.35,
            "at_least": True,
            "measured": 0.2,
            "met": False,
        },
    ],
}


@pytest.fixture
def benchmarks(tmp_path: Path) -> Path:
    folder = tmp_path / "docs" / "benchmarks"
    for time, measured in (("20260101-000000", 0.1), ("20260102-000000", 1_234.5)):
        run = folder / f"demo-{time}"
        run.mkdir(parents=True)
        aims = [{**RECORD["aims"][0], "measured": measured}]
        (run / "result.json").write_text(json.dumps({**RECORD, "aims": aims}), "utf-8")
        (run / "demo-growth.svg").touch()
    return folder


def test_the_pages_show_the_published_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert publish.main(["--check"]) == 0, capsys.readouterr().err


def test_what_stands_between_the_marks_comes_from_the_newest_run(benchmarks: Path) -> None:
    page = benchmarks.parent / "page.md"
    page.write_text(
        "before\n<!-- bench:demo.aims -->\nold\n<!-- bench:end -->\nbetween\n"
        "<!-- bench:demo.run -->\n<!-- bench:end -->\n"
        "<!-- bench:demo.plots -->\n<!-- bench:end -->\nafter\n",
        "utf-8",
    )
    assert publish.filled(page, benchmarks) == (
        "before\n<!-- bench:demo.aims -->\n| what | aim | measured |  |\n|---|--:|--:|--:|\n"
        "| a rate | ≥ 0.35 × | 1,234 × | **missed** |\n<!-- bench:end -->\nbetween\n"
        "<!-- bench:demo.run -->\n"
        "[`voltway bench demo --file rows.csv`](benchmarks/demo-20260102-000000/result.json),"
        " 2026-01-31, seed 7: Some CPU, 2 cores, Python 3.11.7, SQLite 3.40.1.\n"
        "<!-- bench:end -->\n<!-- bench:demo.plots -->\n"
        "![demo-growth](benchmarks/demo-20260102-000000/demo-growth.svg)\n"
        "<!-- bench:end -->\nafter\n"
    )


def test_a_benchmark_without_a_published_run_is_told(benchmarks: Path) -> None:
    page = benchmarks / "page.md"
    page.write_text("<!-- bench:other.aims -->\n<!-- bench:end -->\n", "utf-8")
    with pytest.raises(SystemExit, match="no run of 'other'"):
        publish.filled(page, benchmarks)


def test_wrong_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert publish.main(["--what"]) == 2
    assert "usage" in capsys.readouterr().err

"""The benchmark of the map page at a tiny size: all is measured, in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.bench.child import run_here
from app.bench.page.browser import PAGE_BUNDLE, require_browser
from app.bench.page.loading import Screen
from app.bench.page.run import CITY, Effort, measure_page
from app.bench.plots import draw_page
from tests.fixtures.command import Voltway
from tests.fixtures.services import missing
from tools.bench_tables import frames, loads, workers


@pytest.mark.browser
@pytest.mark.xdist_group("map")
@pytest.mark.anyio
async def test_waiting_and_panning_are_measured(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        missing("there is no chromium", "apt-get install -y chromium")
    if not PAGE_BUNDLE.exists():
        missing("the map page is not built", "make setup")
    result = await measure_page(
        60,
        chromium=require_browser(None),
        effort=Effort(loads=1, rounds=1, pan_s=0.2),
        seed=1,
        folder=tmp_path,
        say=lambda _: None,
        screens=[Screen("tiny", 320, 480, 1)],
        # Below the zoom where the fine coast comes, which takes longest.
        zooms={CITY: 7},
        run_task=run_here,
    )
    first, linked = result.findings["loads"]
    for load in (first, linked):
        assert 0 < load["first_paint_ms"] <= load["stations_ms"]
        assert load["drawn_ms"] > 0
    assert [(pan["map"], pan["turn"]) for pan in result.findings["pans"]] == [
        ("stations", "new tiles"),
        ("stations", "known tiles"),
        ("base map alone", "new tiles"),
        ("base map alone", "known tiles"),
    ]
    assert all(pan["frames_per_s"] > 0 for pan in result.findings["pans"])
    assert result.data["chromium"]
    assert draw_page(result.findings, tmp_path)[0].is_file()
    record = {"findings": result.findings}
    assert len(loads(record)) == 4
    assert len(frames(record)) == len(workers(record)) == 3


def test_a_browser_that_is_not_there_is_told(voltway: Voltway) -> None:
    outcome = voltway("bench", "page", "--chromium", "/nowhere/chromium")
    assert outcome.exit_code == 2
    assert "is needed" in outcome.err

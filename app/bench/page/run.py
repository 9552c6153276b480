"""``voltway bench page``: waiting and panning in a real browser, over a large catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from app.bench.child import Run, run_child
from app.bench.load import ask_each
from app.bench.machine import describe_run
from app.bench.page.browser import opened
from app.bench.page.loading import SCREENS, Screen, measure_loads
from app.bench.page.panning import measure_pans
from app.bench.page.report import result_of
from app.bench.peers import PATH
from app.bench.report import Result
from app.bench.server import running

CITY = "city"
ZOOMS = {"country": 5, "region": 8, CITY: 12}
"""Clusters; clusters and single stations; single stations in their streets."""

_CLUSTERS = f"{PATH}/clusters?bbox=-180,-85,180,85&zoom=6"

Say = Callable[[str], None]


class Effort(NamedTuple):
    """How often things are done."""

    loads: int
    rounds: int
    pan_s: float


FULL = Effort(loads=5, rounds=3, pan_s=3.0)
QUICK = Effort(loads=1, rounds=1, pan_s=0.5)


async def measure_page(
    stations: int,
    *,
    chromium: str,
    effort: Effort,
    seed: int,
    folder: Path,
    say: Say,
    screens: Sequence[Screen] = SCREENS,
    zooms: Mapping[str, int] = ZOOMS,
    run_task: Run = run_child,
) -> Result:
    """Measure the page on a seeded catalogue.

    Args:
        stations: Size of the catalogue.
        chromium: Path of the browser (``browser.require_browser``).
        effort: How often.
        seed: Of the catalogue.
        folder: For the catalogue.
        say: Told what is being done.
        screens: Windows to measure in.
        zooms: Of the views to pan over, by name; ``CITY`` is among them.
        run_task: Runs a task of ``bench.child``; in a process of its own, unless tested.

    Raises:
        MeasurementFailed: The server did not start.
    """
    run = describe_run(seed=seed)
    say(f"filling a catalogue of {stations:,} stations")
    data_dir = folder / str(stations)
    origin = await run_task("seed", data_dir=str(data_dir), stations=stations, seed=seed)
    loads, pans = [], []
    async with running(["ours"], data_dir) as ports, opened(chromium) as browser:
        port = ports["ours"]
        server = f"http://127.0.0.1:{port}/"
        views = await _views(server, port, zooms)
        addresses = {"where all stations are": server, "a link to a city": views[CITY]}
        for screen in screens:
            say(f"{screen.name}: first visits")
            loads += await measure_loads(browser, screen, addresses, loads=effort.loads)
            say(f"{screen.name}: panning")
            pans += await measure_pans(
                browser, screen, views, port, rounds=effort.rounds, pan_s=effort.pan_s
            )
        version = browser.version
    data = {"stations": stations, **origin, "chromium": version, **effort._asdict()}
    return result_of(run, data, loads, pans)


async def _views(server: str, port: int, zooms: Mapping[str, int]) -> dict[str, str]:
    """Addresses around a station where most stations are, by name."""
    (clusters,) = await ask_each(port, [_CLUSTERS])
    features = json.loads(clusters.body)["features"]
    densest = max(features, key=lambda feature: int(feature["properties"]["count"]))
    longitude, latitude = densest["geometry"]["coordinates"]
    target = f"{PATH}?latitude={latitude}&longitude={longitude}&radius_km=500&limit=1"
    (nearest,) = await ask_each(port, [target])
    (station,) = json.loads(nearest.body)["items"]
    middle = f"{station['latitude']}/{station['longitude']}"
    return {name: f"{server}#map={zoom}/{middle}" for name, zoom in zooms.items()}

"""Frames while the map is dragged, and which processor time they took."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from app.bench.load import ask_each
from app.bench.page.browser import BrowserTimes, quiet, times_of
from app.bench.page.loading import Screen, settle, window
from app.bench.page.probes import PAN

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

PIXELS_PER_S = 500
"""A brisk drag: a phone's width in less than a second."""

STATIONS, BARE = "stations", "base map alone"
FRESH, AGAIN = "new tiles", "known tiles"

_TILES = "/tiles/stations/{z}/{x}/{y}.mvt"
_SLOW_SHARE = 0.95
_NOBODY = "&operator=nobody%20at%20all"
"""A filter that no station passes: its tiles are empty."""


class Served(NamedTuple):
    """What a server has done since it began."""

    cpu_s: float
    tiles: float
    tiles_s: float

    def since(self, before: Served) -> Served:
        """What was done since an earlier reading."""
        return Served(*(now - then for now, then in zip(self, before, strict=True)))


class Reading(NamedTuple):
    """What all have done since they began."""

    at_s: float
    main_thread_s: float
    """That tasks of the page held its thread, also to wait for what they gave to be drawn."""
    served: Served
    browser: BrowserTimes


class Gauges:
    """Readings of the server, of the browser's processes and of the page's main thread."""

    def __init__(self, browser: CDPSession, page: CDPSession, port: int) -> None:
        self._browser, self._page, self._port = browser, page, port

    async def read(self) -> Reading:
        """Sums so far."""
        at_s = time.perf_counter()
        metrics = (await self._page.send("Performance.getMetrics"))["metrics"]
        held_s = next(each["value"] for each in metrics if each["name"] == "TaskDuration")
        return Reading(at_s, held_s, await _served(self._port), await times_of(self._browser))


async def measure_pans(
    browser: Browser, screen: Screen, views: dict[str, str], port: int, *, rounds: int, pan_s: float
) -> list[dict[str, Any]]:
    """Pan over each view, with its stations and over the bare base map.

    Args:
        browser: Its processor time is read, so it does nothing else.
        screen: The window.
        views: By name: the address of the page.
        port: Of the server, whose metrics are read.
        rounds: Windows of each kind; medians are returned.
        pan_s: Seconds in one direction, and back again.
    """
    measured = []
    for name, address in views.items():
        for shown, filters in ((STATIONS, ""), (BARE, _NOBODY)):
            turns: dict[str, list[dict[str, float]]] = {FRESH: [], AGAIN: []}
            for _ in range(rounds):
                async with window(browser, screen, address + filters) as page:
                    for turn, of_turn in (
                        await _there_and_back(browser, page, port, pan_s)
                    ).items():
                        turns[turn].append(of_turn)
            measured += [
                {"screen": screen.name, "view": name, "map": shown, "turn": turn, **_medians(each)}
                for turn, each in turns.items()
            ]
    return measured


async def _there_and_back(
    browser: Browser, page: Page, port: int, pan_s: float
) -> dict[str, dict[str, float]]:
    of_page = await page.context.new_cdp_session(page)
    await of_page.send("Performance.enable")
    of_browser = await browser.new_browser_cdp_session()
    gauges = Gauges(of_browser, of_page, port)
    turns = {}
    for turn, speed in ((FRESH, PIXELS_PER_S), (AGAIN, -PIXELS_PER_S)):
        # The fine coast comes once the map is idle: it is no part of panning.
        await quiet(of_browser)
        turns[turn] = await _pan(page, gauges, pan_s, speed)
        await settle(page)
    return turns


async def _pan(page: Page, gauges: Gauges, pan_s: float, speed: int) -> dict[str, float]:
    before = await gauges.read()
    frames_ms: list[float] = await page.evaluate(PAN, {"seconds": pan_s, "pixelsPerSecond": speed})
    after = await gauges.read()
    seconds = after.at_s - before.at_s
    server, browser = after.served.since(before.served), after.browser.since(before.browser)
    frames_ms.sort()
    frames_per_s = len(frames_ms) / sum(frames_ms) * 1000
    ms_a_frame = 1000 / (frames_per_s * seconds)
    return {
        "frames_per_s": frames_per_s,
        "slow_frame_ms": frames_ms[int(len(frames_ms) * _SLOW_SHARE)],
        "main_thread_held": (after.main_thread_s - before.main_thread_s) / seconds,
        "drawing_ms": browser.drawing * ms_a_frame,
        "page_ms": browser.pages * ms_a_frame,
        "rest_ms": browser.rest * ms_a_frame,
        "server_ms": server.cpu_s * ms_a_frame,
        "tiles": server.tiles,
        "tile_ms": server.tiles_s / server.tiles * 1000 if server.tiles else 0.0,
    }


async def _served(port: int) -> Served:
    (answer,) = await ask_each(port, ["/metrics"])
    samples = {
        (sample.name, sample.labels.get("endpoint")): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }
    return Served(
        cpu_s=samples["process_cpu_seconds_total", None],
        tiles=samples.get(("request_duration_count", _TILES), 0.0),
        tiles_s=samples.get(("request_duration_sum", _TILES), 0.0),
    )


def _medians(pans: list[dict[str, float]]) -> dict[str, float]:
    return {what: round(median(each[what] for each in pans), 3) for what in pans[0]}

"""A real server with a small synthetic catalogue, and Debian's Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Literal
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import Browser, sync_playwright

from app.bench.page.browser import ARGUMENTS, PAGE_BUNDLE
from tests.fixtures.drivers import Person, Station
from tests.fixtures.services import missing
from tests.fixtures.visits import DESK, Visit

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""What comes under an address bar that nobody sees: half the processor time of a window."""
CALLS_AND_HABITS = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
"""Playwright does without them, too, but Chromium heeds only the last list that it is given."""
WITHOUT = f"--disable-features={','.join((*ADDRESS_BAR, *CALLS_AND_HABITS))}"
STATIONS = 3_000
PATIENCE_S = 60


@pytest.fixture(scope="session")
def map_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of ``voltway serve`` with a demo catalogue of 3,000 stations."""
    if not PAGE_BUNDLE.exists():
        missing("the map page is not built", "make setup")
    folder = tmp_path_factory.mktemp("map")
    # All visitors come from one address, and make more accounts than a household.
    limits = {"RATE_LIMIT_LOG_IN": "off", "RATE_LIMIT_REGISTER": "off"}
    environment = {**os.environ, **limits, "DATA_DIR": str(folder / "data")}
    voltway = (sys.executable, "-m", "app")
    subprocess.run(
        [*voltway, "demo", "--stations", str(STATIONS), "--seed", "7"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    with (folder / "server.log").open("w+") as log:
        process = subprocess.Popen(
            [*voltway, "serve", "--port", "0"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        address = _address(process.stderr.readline())
        # A pipe that nobody reads would fill with log lines and hold the server up.
        drain = Thread(target=shutil.copyfileobj, args=(process.stderr, log), daemon=True)
        drain.start()
        try:
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE_S)
            drain.join(timeout=PATIENCE_S)
            process.stderr.close()


def _address(line: str) -> str:
    words = [word for word in line.split() if word.startswith("http://")]
    assert words, f"the server did not say where it listens: {line!r}"
    return words[0]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a screen; WebGL is drawn by the processor.

    Closed with its module: while it is open, an event loop runs in this thread, and async
    tests of other modules could not run theirs.
    """
    if shutil.which(CHROMIUM) is None:
        missing("there is no chromium", "apt-get install -y chromium")
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, WITHOUT]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_window(chromium: Browser, map_server: str) -> Iterator[Callable[..., Visit]]:
    """Windows of a test's own."""
    opened: list[Visit] = []

    def window(
        size: tuple[int, int] = DESK, service_workers: Literal["allow", "block"] = "block"
    ) -> Visit:
        opened.append(Visit(chromium, map_server, size, service_workers=service_workers))
        return opened[-1]

    yield window
    for visit in opened:
        visit.close()


@pytest.fixture
def person(map_server: str) -> Person:
    return Person(f"driver-{uuid4().hex[:12]}", map_server)


@pytest.fixture(scope="module")
def near(map_server: str) -> list[Station]:
    """Stations around the middle of the map, nearest first."""
    place = {"latitude": 48.86, "longitude": 2.35, "limit": 5}
    answer = httpx2.get(f"{map_server}/api/v1/stations", params=place).raise_for_status()
    items: list[Station] = answer.json()["items"]
    return items

"""A Chromium without a screen, and the processor time of its processes."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from app.bench.errors import BrowserMissing, MeasurementFailed
from app.map.bundle import DIST

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    # The same everywhere: WebGL is drawn by the processor, in software.
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LOOK_S = 0.5
_MOST_LOOKS = 60
_RESTING_SHARE = 0.1
"""Of a core: what is left when nothing is drawn any more."""

PAGE_BUNDLE = DIST / "index.html"


class BrowserTimes(NamedTuple):
    """Seconds of processor time since each process of a browser began, summed by kind."""

    pages: float
    """Pages, their workers and service workers: MapLibre's script, tiles read and laid out."""
    drawing: float
    """The GPU process: with software WebGL, all that is rasterised."""
    rest: float
    """The browser itself and its network."""

    def since(self, before: BrowserTimes) -> BrowserTimes:
        """What was used since an earlier reading."""
        return BrowserTimes(*(now - then for now, then in zip(self, before, strict=True)))


def require_browser(chromium: Path | None) -> str:
    """The Chromium to measure with.

    Args:
        chromium: The one that was named; otherwise one is looked for on the path.

    Raises:
        BrowserMissing: Playwright, Chromium or the built page is not there.
    """
    if importlib.util.find_spec("playwright") is None:
        raise BrowserMissing("Playwright", "`pip install 'voltway[bench]'`")
    if not PAGE_BUNDLE.exists():
        raise BrowserMissing("the built map page", "`make setup`")
    names = NAMES if chromium is None else (str(chromium),)
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise BrowserMissing("Chromium", "your system's package `chromium`, or --chromium PATH")
    return found


@asynccontextmanager
async def opened(executable: str) -> AsyncIterator[Browser]:
    """A browser that is closed afterwards.

    Raises:
        MeasurementFailed: It ended, or waited in vain.
    """
    from playwright.async_api import Error, async_playwright  # noqa: PLC0415 - only this needs it

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            yield browser
        except Error as error:
            raise MeasurementFailed("the browser", error.message.partition("\n")[0]) from error
        finally:
            await browser.close()


async def quiet(session: CDPSession) -> None:
    """Wait until a browser's pages and drawing rest, half a minute at most."""
    before = await times_of(session)
    for _ in range(_MOST_LOOKS):
        await asyncio.sleep(_LOOK_S)
        now = await times_of(session)
        since, before = now.since(before), now
        if since.pages + since.drawing < _RESTING_SHARE * _LOOK_S:
            return


async def times_of(session: CDPSession) -> BrowserTimes:
    """Processor time of a browser's processes, from a session of the browser itself."""
    answer = await session.send("SystemInfo.getProcessInfo")
    spent = {"renderer": 0.0, "GPU": 0.0}
    rest = 0.0
    for process in cast("list[dict[str, object]]", answer["processInfo"]):
        seconds = float(cast("float", process["cpuTime"]))
        if process["type"] in spent:
            spent[str(process["type"])] += seconds
        else:
            rest += seconds
    return BrowserTimes(pages=spent["renderer"], drawing=spent["GPU"], rest=rest)

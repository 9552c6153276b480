"""How long a first visit waits: for a paint, for stations, for the whole picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from app.bench.page.probes import LOADED, WATCH

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PATIENCE_MS = 120_000
MEASURED = ("first_paint_ms", "stations_ms", "drawn_ms")


class Screen(NamedTuple):
    """A window: its size in CSS pixels, and how many of the screen's make one."""

    name: str
    width: int
    height: int
    scale: float


SCREENS = (Screen("phone", 390, 844, 2), Screen("desk", 1440, 900, 1))


@asynccontextmanager
async def window(browser: Browser, screen: Screen, address: str) -> AsyncIterator[Page]:
    """The page in a browser that never saw it; stations and base map are drawn."""
    context = await browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        device_scale_factor=screen.scale,
        locale="en",
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = await context.new_page()
        await page.add_init_script(WATCH)
        await page.goto(address)
        await settle(page)
        yield page
    finally:
        await context.close()


async def settle(page: Page) -> None:
    """Wait until all that was asked for is on the screen."""
    await page.wait_for_selector("body[data-page=idle]")


async def measure_loads(
    browser: Browser, screen: Screen, addresses: dict[str, str], *, loads: int
) -> list[dict[str, Any]]:
    """Medians over first visits, by the name of the address: ms since the navigation began."""
    measured = []
    for name, address in addresses.items():
        times: list[dict[str, float]] = []
        for _ in range(loads):
            async with window(browser, screen, address) as page:
                times.append(await page.evaluate(LOADED))
        measured.append(
            {
                "screen": screen.name,
                "address": name,
                **{what: round(median(each[what] for each in times), 1) for what in MEASURED},
            }
        )
    return measured

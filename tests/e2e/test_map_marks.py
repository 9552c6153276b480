"""The marks of stations on the map: what they stand for, and that a tap on one is never lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.drivers import OpenWindow, Station
from tests.fixtures.visits import SMALL_DESK, Held, Visit, open_in_the_middle

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]

PARIS = "#map=7.5/48.86/2.35"
NEAR_TILES = "**/tiles/stations/14/**"
FINE_GROUND = ("**/assets/land-fine-*", "**/assets/borders-fine-*", "**/map/towns/small.json")


@pytest.fixture(scope="module")
def desk(chromium: Browser, map_server: str) -> Iterator[Visit]:
    """A window that tests share."""
    visit = Visit(chromium, map_server, SMALL_DESK)
    yield visit
    visit.close()


def close_up(station: Station) -> str:
    """An address with the station in the middle."""
    return f"#map=15/{station['latitude']}/{station['longitude']}"


def close(page: Page) -> None:
    page.get_by_role("button", name="Close", exact=True).first.click()
    expect(page.get_by_role("heading", level=2)).to_have_count(0)


def test_filters_hold_for_tiles_that_were_under_way(desk: Visit, near: list[Station]) -> None:
    station = near[0]
    assert station["max_power_kw"] < 150
    page = desk.go(f"{PARIS}&power=150")
    tiles = Held(page, NEAR_TILES)
    with page.expect_request(NEAR_TILES):
        page.goto(f"{desk.server}/{close_up(station)}&power=150")
    page.get_by_role("button", name="Clear filters").first.click()
    tiles.let_go()
    desk.settle()
    open_in_the_middle(page, station["name"])


def test_tiles_of_the_filters_alone_are_asked_for_where_an_address_leads(
    desk: Visit, near: list[Station]
) -> None:
    page = desk.go(f"{PARIS}&power=150")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    desk.go(close_up(near[0]))
    tiles = [url for url in asked if "/tiles/stations/14/" in url]
    assert tiles
    assert not [url for url in tiles if "?" in url]


def test_one_tap_is_enough_while_the_ground_is_refined(
    open_window: OpenWindow, near: list[Station]
) -> None:
    station = near[0]
    visit = open_window(SMALL_DESK)
    ground = Held(visit.page, *FINE_GROUND)
    with visit.page.expect_request(FINE_GROUND[0]):
        page = visit.go(close_up(station))
    open_in_the_middle(page, station["name"])
    close(page)
    with page.expect_response(FINE_GROUND[0]):
        ground.let_go()
    open_in_the_middle(page, station["name"])

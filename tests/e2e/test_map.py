"""The map page as a visitor meets it, in a real browser before a real server."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fixtures.visits import (
    DESK,
    PHONE,
    SMALL_DESK,
    Visit,
    open_in_the_middle,
    violations,
    without_map,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]

PARIS = "#map=7.5/48.86/2.35"
OCEAN = "#map=7.5/-45/-120"

THEMES: tuple[Literal["light", "dark"], ...] = ("dark", "light")


@pytest.fixture(scope="module")
def desk(chromium: Browser, map_server: str) -> Iterator[Visit]:
    """A window on a desk that tests share, since the page need not load anew for each."""
    visit = Visit(chromium, map_server, SMALL_DESK)
    yield visit
    visit.close()


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: ``VOLTWAY_SCREENSHOTS``, else a folder of this run."""
    folder = os.environ.get("VOLTWAY_SCREENSHOTS")
    return Path(folder) if folder else tmp_path_factory.mktemp("screenshots")


def ask(server: str, path: str, **parameters: Any) -> Any:
    """An answer of the API, to compare the page with."""
    return httpx2.get(f"{server}/api/v1/{path}", params=parameters).raise_for_status().json()


def rows(page: Page) -> Locator:
    return page.locator("[data-station]")


def count_in_view(page: Page) -> int:
    (digits,) = re.findall(r"[\d,]+", page.locator(".count").inner_text())
    return int(digits.replace(",", ""))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_is_open_to_everyone(
    open_window: Callable[..., Visit], screenshots: Path, size: tuple[int, int]
) -> None:
    """Wide view, list and one station pass axe, light and dark, and leave pictures."""
    visit = open_window(size)
    name = "desk" if size == DESK else "phone"
    page = visit.go()
    assert count_in_view(page) > 2_000, "the first view holds nearly all stations"
    look_at(visit, screenshots / f"map-{name}-world")
    visit.go(f"{PARIS}&connector=ccs2")
    look_at(visit, screenshots / f"map-{name}-list")
    rows(page).first.click()
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    page.get_by_text("Connectors", exact=True).wait_for()
    look_at(visit, screenshots / f"map-{name}-station")


def look_at(visit: Visit, picture: Path) -> None:
    """Let axe judge the page and take its picture, in both themes."""
    for theme in THEMES:
        visit.page.emulate_media(color_scheme=theme)
        assert violations(visit.page) == []
        visit.page.screenshot(path=picture.with_name(f"{picture.name}-{theme}.png"))


def test_the_list_shows_what_the_api_finds_near_the_middle(desk: Visit) -> None:
    page = desk.go(PARIS)
    nearest = ask(desk.server, "stations", latitude=48.86, longitude=2.35, radius_km=100, limit=5)
    shown = rows(page).evaluate_all("rows => rows.map((row) => row.dataset.station)")
    assert shown[:5] == [station["id"] for station in nearest["items"]]
    assert count_in_view(page) >= len(shown)


def test_invented_stations_are_called_so(desk: Visit) -> None:
    page = desk.go(PARIS)
    expect(page.get_by_text("Synthetic demo data", exact=True)).to_be_visible()
    legend = page.get_by_text("Legend and sources")
    legend.click()
    expect(page.get_by_text("VoltWay synthetic demo data")).to_be_visible()
    expect(page.get_by_text("Ultra-fast")).to_be_visible()
    legend.click()


def test_filters_change_what_is_shown_and_the_address(desk: Visit) -> None:
    page = desk.go(PARIS)
    everything = count_in_view(page)
    page.get_by_role("button", name="CHAdeMO", exact=True).click()
    desk.settle()
    assert "connector=chademo" in page.url
    chademo = count_in_view(page)
    assert 0 < chademo < everything
    expect(page.locator(".stations")).to_contain_text("CHAdeMO")
    page.get_by_role("combobox", name="Power").select_option("At least 150 kW")
    desk.settle()
    assert "power=150" in page.url
    assert count_in_view(page) < chademo
    page.get_by_role("button", name="Clear filters").first.click()
    desk.settle()
    assert count_in_view(page) == everything


def test_all_filters_say_how_many_stations_are_left(desk: Visit) -> None:
    page = desk.go(PARIS)
    everything = count_in_view(page)
    page.get_by_role("button", name="More filters").click()
    dialog = page.get_by_role("dialog", name="Filters")
    dialog.get_by_role("checkbox", name="bank card").check()
    desk.settle()
    assert "payment=card" in page.url
    near = ask(desk.server, "stations", latitude=48.86, longitude=2.35, payment="card")["items"]
    operator = next(station["operator"] for station in near if station["operator"])
    dialog.get_by_role("combobox", name="Operator").fill(operator)
    expect(dialog.get_by_role("checkbox", name=operator)).to_be_checked()
    desk.settle()
    show = dialog.get_by_role("button", name=re.compile(r"Show [\d,]+ station"))
    show.click()
    expect(dialog).to_have_count(0)
    assert 0 < count_in_view(page) < everything
    page.get_by_role("button", name=f"Remove filter: {operator}").click()
    page.get_by_role("button", name="Remove filter: bank card").click()
    desk.settle()
    assert count_in_view(page) == everything


def test_an_address_shows_what_its_sender_saw(desk: Visit) -> None:
    page = desk.go(f"{PARIS}&connector=ccs2&power=150")
    expect(page.get_by_role("button", name="CCS 2", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_role("combobox", name="Power")).to_have_value("150")
    assert rows(page).count() > 0


def test_a_station_opens_by_a_click_on_its_mark(desk: Visit) -> None:
    (station,) = ask(desk.server, "stations", latitude=48.86, longitude=2.35, limit=1)["items"]
    page = desk.go(f"#map=15/{station['latitude']}/{station['longitude']}")
    open_in_the_middle(page, station["name"])
    expect(page.get_by_role("link", name="Google Maps")).to_have_attribute(
        "href", re.compile(f"{station['latitude']},{station['longitude']}")
    )
    expect(page.get_by_text(station["attribution"]).last).to_be_visible()
    desk.settle()
    page.go_back()
    expect(page.get_by_role("heading", level=2)).to_have_count(0)


def test_a_station_opens_and_closes_by_keys_alone(desk: Visit) -> None:
    page = desk.go(PARIS)
    page.get_by_role("link", name="Skip to the list").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    row = rows(page).first
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    page.get_by_text("Connectors", exact=True).wait_for()
    page.keyboard.press("Escape")
    expect(rows(page).first).to_be_focused()


def test_the_map_moves_by_keys(desk: Visit) -> None:
    page = desk.go(PARIS)
    page.get_by_role("region", name="Map of charging stations").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda address: PARIS not in address)
    page.keyboard.press("+")
    page.wait_for_url(re.compile(r"map=8\.5/"))
    desk.settle()


def test_a_place_is_found_by_its_name(desk: Visit) -> None:
    page = desk.go(PARIS)
    field = page.get_by_role("combobox", name="Search for a place")
    field.fill("lyo")
    page.get_by_role("option", name="Lyon, France").wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url(re.compile(r"map=12/45\.7\d*/4\.8"))
    desk.settle()
    expect(field).to_have_value("Lyon, France")
    field.fill("Nowhere at all")
    field.press("Enter")
    expect(page.get_by_text("No place called")).to_be_visible()
    field.fill("")


def test_an_empty_view_leads_back_to_stations(desk: Visit) -> None:
    page = desk.go(OCEAN)
    expect(page.get_by_text("No stations in view.")).to_be_visible()
    page.get_by_role("button", name="Show all stations").click()
    page.wait_for_url(lambda address: "-120" not in address)
    desk.settle()
    assert count_in_view(page) > 2_000
    page.locator(".area").first.click()
    page.wait_for_url(re.compile(r"map=[34]\."))
    desk.settle()


def test_a_station_that_is_not_there_is_a_sentence(open_window: Callable[..., Visit]) -> None:
    visit = open_window(PHONE)
    page = visit.go(f"{PARIS}&station=demo%3Anone")
    expect(page.get_by_text("not in the catalogue")).to_be_visible()
    page.get_by_role("button", name="Close").first.click()
    expect(rows(page).first).to_be_visible()
    assert all("404" in trouble for trouble in visit.troubles)
    visit.troubles.clear()


def test_a_server_that_is_away_is_a_sentence_with_a_way_on(desk: Visit) -> None:
    page = desk.go(PARIS)
    page.route("**/api/v1/stations*", lambda route: route.abort())
    page.get_by_role("button", name="Type 2", exact=True).click()
    expect(page.get_by_text("VoltWay does not answer")).to_be_visible()
    page.unroute("**/api/v1/stations*")
    page.get_by_role("button", name="Try again").click()
    desk.settle()
    expect(page.get_by_text("VoltWay does not answer")).to_have_count(0)
    assert rows(page).count() > 0
    assert all("Failed to load resource" in trouble for trouble in desk.troubles)
    desk.troubles.clear()


def test_the_list_works_where_the_map_cannot_be_drawn(open_window: Callable[..., Visit]) -> None:
    visit = without_map(open_window())
    page = visit.go(PARIS)
    expect(page.get_by_text("cannot draw the map")).to_be_visible()
    rows(page).first.click()
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    visit.go(OCEAN)
    expect(page.get_by_text("No stations in view.")).to_be_visible()
    assert visit.troubles == []

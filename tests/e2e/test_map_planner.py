"""The route planner as a driver meets it: on a phone and at a desk, by finger and by keys."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Browser, FilePayload, FloatRect, Locator, Page, Route, expect

from tests.fixtures.visits import DESK, PHONE, SMALL_DESK, Visit, violations, without_map

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]

SIZES = pytest.mark.parametrize("size", [SMALL_DESK, PHONE], ids=["desk", "phone"])
PLANNER = "#map=6/47/3&panel=route"
PARIS, LYON, MARSEILLE = (2.3522, 48.8566), (4.8357, 45.764), (5.3698, 43.2965)
PLAN = "48.8566,2.3522=Paris, France~45.764,4.8357=Lyon, France!20"
PLANNED = f"{PLANNER}&route={quote(PLAN)}"
GPX = (
    '<gpx version="1.1"><trk><trkseg>'
    '<trkpt lat="48.8566" lon="2.3522"/><trkpt lat="47.32" lon="5.04"/>'
    '<trkpt lat="45.764" lon="4.8357"/></trkseg></trk></gpx>'
)
BESIDE = re.compile(r"\d+ stations beside the route")


Visits = dict[tuple[int, int], Visit]


@pytest.fixture(scope="module")
def visits(chromium: Browser, map_server: str) -> Iterator[Visits]:
    """A window of each size that tests share; each test begins with an address of its own."""
    opened = {size: Visit(chromium, map_server, size) for size in (DESK, SMALL_DESK, PHONE)}
    yield opened
    for visit in opened.values():
        visit.close()


@pytest.fixture(scope="module")
def panels(chromium: Browser, map_server: str) -> Iterator[Visits]:
    """Windows without the map: for what the panel says."""
    opened = {size: without_map(Visit(chromium, map_server, size)) for size in (SMALL_DESK, PHONE)}
    yield opened
    for visit in opened.values():
        visit.close()


@pytest.fixture
def desk(panels: Visits) -> Visit:
    return panels[SMALL_DESK]


def place(server: str, name: str) -> tuple[float, float]:
    """Where a name leads to."""
    found = httpx2.get(f"{server}/api/v1/places", params={"q": name}).json()["items"][0]
    return found["longitude"], found["latitude"]


def along(
    server: str, corridor_km: int, *points: tuple[float, float], **filters: Any
) -> list[dict[str, Any]]:
    """What the API finds beside the straight way through points, else from Paris to Lyon."""
    body = {"points": points or (PARIS, LYON)}
    way = httpx2.post(f"{server}/api/v1/directions", json=body).json()
    found = httpx2.post(
        f"{server}/api/v1/stations/along-route",
        params={"corridor_km": corridor_km, "limit": 500, **filters},
        json=way["geometry"],
    )
    items: list[dict[str, Any]] = found.raise_for_status().json()["items"]
    return items


def planned(visit: Visit) -> Page:
    """The page with a plan from Paris to Lyon, once its stations are listed."""
    page = visit.go(PLANNED)
    expect_listed(page, along(visit.server, 20))
    return page


def listed(page: Page) -> list[str]:
    rows = page.locator(".planner [data-station]")
    ids: list[str] = rows.evaluate_all("rows => rows.map((row) => row.dataset.station)")
    return ids


def expect_listed(page: Page, stations: list[dict[str, Any]]) -> None:
    expect(page.locator(".planner [data-station]")).to_have_count(len(stations))
    assert listed(page) == [station["id"] for station in stations]


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("combobox", name=label, exact=True)


def gpx_file(text: str) -> FilePayload:
    return {"name": "ride.gpx", "mimeType": "application/gpx+xml", "buffer": text.encode()}


def middle(box: FloatRect | None) -> tuple[float, float]:
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def refusal(status: int, slug: str) -> Callable[[Route], None]:
    """A refusal that a small catalogue without a router cannot be brought to."""
    problem = {"type": f"urn:voltway:problem:{slug}", "detail": "As it is.", "status": status}
    return lambda route: route.fulfill(status=status, json=problem)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_route_is_planned_by_names_of_places(
    visits: Visits,
    size: tuple[int, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    visit = visits[size]
    page = visit.go("#map=6/47/3")
    page.get_by_role("button", name="Route", exact=True).click()
    for label, text, title in (("From", "paris", "Paris, France"), ("To", "lyo", "Lyon, France")):
        field(page, label).fill(text)
        page.get_by_role("option", name=title).first.click()
    expect(page.get_by_text("km as the crow flies")).to_be_visible()
    page.get_by_label("Stations within").select_option("20 km")
    expected = along(visit.server, 20, place(visit.server, "Paris"), place(visit.server, "Lyon"))
    expect(page.get_by_role("status").filter(has_text=BESIDE)).to_contain_text(
        f"{len(expected)} stations"
    )
    expect_listed(page, expected)
    expect(page.locator(".planner [data-station]").last).to_contain_text(
        f"km {round(expected[-1]['along_m'] / 1000)}"
    )
    pictures = os.environ.get("VOLTWAY_SCREENSHOTS")
    folder = Path(pictures) if pictures else tmp_path_factory.mktemp("screenshots")
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        assert violations(page) == []
        visit.settle()
        name = "desktop" if size == DESK else "phone"
        page.screenshot(path=folder / f"map-route-{name}-{theme}.png")


@SIZES
def test_a_link_brings_the_plan_back(visits: Visits, size: tuple[int, int]) -> None:
    page = planned(visits[size])
    visits[size].settle()
    address = page.url
    page.reload()
    expect(page.get_by_text(BESIDE)).to_be_visible()
    expect(field(page, "From")).to_have_value("Paris, France")
    expect(page.get_by_label("Stations within")).to_have_value("20")
    visits[size].settle()
    assert page.url == address, "the view stays where it was"


def test_a_link_without_a_view_shows_the_whole_route(open_window: Callable[..., Visit]) -> None:
    visit = open_window(PHONE)
    page = visit.go(f"#panel=route&route={quote(PLAN)}")
    page.wait_for_url(re.compile(r"map=4\.\d+/4[78]\."))
    expect(page.get_by_label("Stop B: Lyon, France")).to_be_visible()


def test_filters_and_corridor_hold_beside_the_route(desk: Visit) -> None:
    page = planned(desk)
    page.get_by_role("combobox", name="Power").select_option("At least 150 kW")
    expect_listed(page, along(desk.server, 20, min_power_kw=150))
    page.get_by_label("Stations within").select_option("50 km")
    expect_listed(page, along(desk.server, 50, min_power_kw=150))
    assert page.url.endswith("!50")


def test_a_station_opens_from_the_list_and_closes_back_to_it(desk: Visit) -> None:
    page = planned(desk)
    row = page.locator(".planner [data-station]").nth(2)
    row.click()
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    page.get_by_text("Connectors", exact=True).wait_for()
    page.keyboard.press("Escape")
    expect(row).to_be_focused()


def test_stops_are_set_and_ordered_by_keys_alone(desk: Visit) -> None:
    page = desk.go(PLANNER)
    field(page, "From").focus()
    page.keyboard.type("48.8566, 2.3522")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Remove stop A")).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(field(page, "To")).to_be_focused()
    page.keyboard.type("lyo")
    page.get_by_role("option", name="Lyon, France").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("km as the crow flies")).to_be_visible()
    page.get_by_role("button", name="Add stop").focus()
    page.keyboard.press("Enter")
    field(page, "Via").focus()
    page.keyboard.type("dijon")
    page.get_by_role("option", name="Dijon, France").wait_for()
    # Whoever leaves the field means the best place of that name.
    page.keyboard.press("Tab")
    expect(field(page, "Via")).to_have_value("Dijon, France")
    page.get_by_label("Move stop B down").focus()
    page.keyboard.press("Enter")
    expect(field(page, "To")).to_have_value("Dijon, France")
    page.get_by_label("Swap the order of the stops").focus()
    page.keyboard.press("Enter")
    expect(field(page, "From")).to_have_value("Dijon, France")
    page.get_by_label("Remove stop B").focus()
    page.keyboard.press("Space")
    expect(field(page, "Via")).to_have_count(0)
    assert violations(page) == []
    page.get_by_role("button", name="Clear", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Say where you start")).to_be_visible()
    expect(page.locator(".planner")).to_be_focused()
    assert "route=" not in page.url


def test_a_place_that_is_not_there_is_a_sentence(desk: Visit) -> None:
    page = desk.go(PLANNER)
    field(page, "From").fill("Nowhere at all")
    field(page, "From").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No place called")
    field(page, "From").fill("")


@SIZES
def test_a_file_is_followed(visits: Visits, size: tuple[int, int]) -> None:
    visit = visits[size]
    page = visit.go(PLANNER)
    page.get_by_text("Use a route that you have").click()
    upload = page.get_by_label("GPX or GeoJSON file")
    upload.set_input_files(gpx_file(GPX[:80]))
    expect(page.get_by_role("alert")).to_contain_text("no whole GPX")
    assert violations(page) == []
    upload.set_input_files(gpx_file(GPX))
    expect(page.get_by_text("along your line")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_text("The route follows your line.")).to_be_visible()
    expect(page.locator(".planner [data-station]").first).to_be_visible()
    stations = listed(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as GPX").click()
    assert '<trkpt lat="47.320000" lon="5.040000">' in Path(saved.value.path()).read_text("utf-8")
    page.reload()
    expect(page.get_by_text("along your line")).to_be_visible()
    expect(page.locator(".planner [data-station]")).to_have_count(len(stations))


def test_a_file_may_be_dropped_and_files_of_others_are_named(desk: Visit) -> None:
    page = desk.go(PLANNER)
    drop = """(text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "line.geojson"));
      const where = document.querySelector(".drop-zone");
      where.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
    }"""
    page.evaluate(drop, "a letter")
    expect(page.get_by_role("alert")).to_contain_text("neither GPX nor GeoJSON")
    page.evaluate(drop, json.dumps({"type": "LineString", "coordinates": [PARIS, LYON]}))
    expect(page.get_by_text("391 km along your line")).to_be_visible()
    page.get_by_role("button", name="Plan by stops").click()
    expect(field(page, "From")).to_have_value("")


def test_a_way_by_road_tells_its_time(desk: Visit) -> None:
    """As a router would answer; there is none without the internet."""
    line = {"type": "LineString", "coordinates": [PARIS, (5.04, 47.32), LYON]}
    road = {"geometry": line, "distance_m": 465_300, "duration_s": 15_300, "router": "osrm"}
    desk.page.route("**/api/v1/directions", lambda route: route.fulfill(json=road))
    page = desk.go(f"{PLANNER}&route=48.8566,2.3522~45.764,4.8358")
    expect(page.get_by_text("465 km by road, 4 h 15 min without charging")).to_be_visible()
    page.unroute("**/api/v1/directions")


def test_coordinates_are_pasted(desk: Visit) -> None:
    page = desk.go(PLANNER)
    page.get_by_text("Use a route that you have").click()
    page.get_by_label("Coordinates such as").fill("somewhere nice")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("alert")).to_contain_text("neither a list of coordinates")
    page.get_by_label("Coordinates such as").fill("48.8566, 2.3522; 45.764, 4.8357")
    page.get_by_role("button", name="Use it").click()
    expect(field(page, "To")).to_have_value("45.7640, 4.8357")
    expect(page.get_by_text("km as the crow flies")).to_be_visible()


def test_stops_are_chosen_and_moved_on_the_map(visits: Visits) -> None:
    desk = visits[SMALL_DESK]
    page = desk.go(PLANNER)
    chart = page.get_by_role("region", name="Map of charging stations")
    page.get_by_role("button", name="On the map").click()
    chart.click(position={"x": 200, "y": 150})
    expect(field(page, "From")).not_to_have_value("")
    chart.click(position={"x": 400, "y": 350})
    expect(page.get_by_text("km as the crow flies")).to_be_visible()
    page.get_by_role("button", name="On the map").click()
    desk.settle()
    pin = page.get_by_label("Stop B:")
    before = field(page, "To").input_value()
    x, y = middle(pin.bounding_box())
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 80, steps=4)
    page.mouse.up()
    expect(field(page, "To")).not_to_have_value(before)
    dragged = field(page, "To").input_value()
    pin.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(field(page, "To")).not_to_have_value(dragged)
    expect(pin).to_be_focused()


@SIZES
def test_the_range_says_where_the_charge_ends(
    visits: Visits, panels: Visits, size: tuple[int, int]
) -> None:
    """On a phone with the map, which draws how far it is; at a desk in words alone."""
    page = planned((visits if size == PHONE else panels)[size])
    page.get_by_label("Range", exact=True).check()
    reach = page.get_by_role("region", name="How far the charge reaches")
    expect(reach).to_contain_text("to km 233, with 10 % in reserve")
    expect(page.locator(".reach-line")).to_have_count(1)
    charge = page.get_by_label("Charge %")
    charge.fill("170")
    expect(page.get_by_role("alert")).to_contain_text("From 0 to 100")
    charge.fill("30")
    expect(reach).to_contain_text("to km 67")
    expect(page.get_by_text("Out of reach").first).to_be_visible()
    page.reload()
    expect(reach).to_contain_text("to km 67")
    assert violations(page) == []
    page.get_by_label("Charge %").fill("100")
    page.get_by_label("Battery kWh").fill("100")
    expect(reach).to_contain_text("The charge is enough: about 30 % is left")
    page.get_by_label("Range", exact=True).uncheck()
    expect(reach).to_have_count(0)


def test_strong_stations_are_proposed_before_the_charge_ends(desk: Visit) -> None:
    page = desk.go(f"{PLANNER}&route={quote('48.8566,2.3522~45.764,4.8357~43.2965,5.3698!20')}")
    page.get_by_label("Range", exact=True).check()
    # 40 kWh at 10 kWh per 100 km: a little beyond Lyon.
    for label, value in (("Battery", 40), ("Charge %", 100), ("Consumption", 10), ("Reserve", 0)):
        page.get_by_label(label).fill(str(value))
    late = [
        station
        for station in along(desk.server, 20, PARIS, LYON, MARSEILLE)
        if 320_000 < station["along_m"] <= 400_000 - station["distance_m"]
    ]
    strongest = max(late, key=lambda station: station["max_power_kw"] or 0)
    proposals = page.locator(".proposal")
    expect(proposals).to_have_count(3)
    expect(proposals.first).to_contain_text(f"{strongest['max_power_kw']:g} kW")
    expect(proposals.first).to_contain_text(f"km {round(strongest['along_m'] / 1000)}")
    proposals.first.click()
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_label("Range", exact=True).uncheck()


@SIZES
def test_a_server_that_is_away_is_a_sentence_with_a_way_on(
    panels: Visits, size: tuple[int, int]
) -> None:
    visit = panels[size]
    page = planned(visit)
    visit.context.set_offline(True)
    page.get_by_label("Stations within").select_option("50 km")
    expect(page.get_by_role("alert")).to_contain_text("VoltWay does not answer")
    expect(field(page, "From")).to_have_value("Paris, France")
    visit.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect_listed(page, along(visit.server, 50))
    assert all("Failed to" in trouble for trouble in visit.troubles), visit.troubles
    visit.troubles.clear()


def test_refusals_are_sentences_with_a_way_on(desk: Visit) -> None:
    page = planned(desk)
    page.route("**/along-route?corridor_km=50*", refusal(422, "route-too-tangled"))
    page.get_by_label("Stations within").select_option("50 km")
    expect(page.get_by_role("alert")).to_contain_text("too many stations too often")
    page.get_by_role("button", name="Search within 20 km").click()
    expect_listed(page, along(desk.server, 20))
    for status, slug, sentence in (
        (503, "router-unavailable", "that finds roads does not answer"),
        (404, "route-not-found", "No road joins"),
    ):
        page.route("**/api/v1/directions", refusal(status, slug))
        page.get_by_label("Swap the order of the stops").click()
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        page.get_by_role("button", name="Go in a straight line").click()
        expect(page.get_by_text("391 km as the crow flies")).to_be_visible()
        page.unroute("**/api/v1/directions")
    page.get_by_role("combobox", name="Power").select_option("At least 250 kW")
    page.get_by_label("Stations within").select_option("1 km")
    expect(page.get_by_text("No station within 1 km")).to_be_visible()
    page.get_by_role("button", name="Search within 2 km").click()
    expect(page.get_by_label("Stations within")).to_have_value("2")
    desk.troubles.clear()


def test_a_plan_is_made_where_the_map_cannot_be_drawn(open_window: Callable[..., Visit]) -> None:
    visit = without_map(open_window(PHONE))
    page = visit.go(PLANNED)
    expect(page.get_by_text("cannot draw the map")).to_be_visible()
    expect_listed(page, along(visit.server, 20))
    visit.context.grant_permissions(["geolocation"])
    visit.context.set_geolocation({"latitude": 47.32, "longitude": 5.04})
    page.get_by_role("button", name="My position").click()
    expect(field(page, "Via")).to_have_value("47.3200, 5.0400")


def test_the_planner_speaks_german(open_window: Callable[..., Visit]) -> None:
    visit = without_map(open_window(SMALL_DESK))
    visit.page.goto(f"{visit.server}/?lang=de{PLANNED}")
    page = visit.page
    expect(page.get_by_text("Stationen an der Route").first).to_be_visible()
    expect(page.get_by_text("Luftlinie", exact=False)).to_be_visible()
    assert violations(page) == []

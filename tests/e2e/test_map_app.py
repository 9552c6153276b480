"""The map page as an app: without a connection, in other languages and colours, in few bytes."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Response, expect

from tests.fixtures.visits import (
    PHONE,
    SMALL_DESK,
    WORKER_RULES,
    Visit,
    open_in_the_middle,
    violations,
    without_map,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]

PARIS = "#map=7.5/48.86/2.35"
FIRST_LOAD_BYTES = 400_000


def test_the_last_area_is_there_without_a_connection(open_window: Callable[..., Visit]) -> None:
    visit = open_window(PHONE, service_workers="allow")
    page = visit.go(PARIS)
    page.evaluate(WORKER_RULES)
    page.reload()
    visit.settle()
    seen = page.locator("[data-station]").evaluate_all("rows => rows.map((row) => row.id)")
    assert seen
    visit.context.set_offline(True)
    page.reload()
    visit.settle()
    expect(page.get_by_text("No connection.")).to_be_visible()
    expect(page.locator("[data-station]")).to_have_count(len(seen))
    visit.context.set_offline(False)
    page.reload()
    visit.settle()
    expect(page.get_by_text("No connection.")).to_have_count(0)
    visit.troubles.clear()


def test_the_language_changes_at_once_and_is_kept(open_window: Callable[..., Visit]) -> None:
    visit = without_map(open_window())
    page = visit.go(PARIS)
    for language, settings, filters, in_view in (
        ("Deutsch", "Settings", "Mehr Filter", "Stationen im Bild"),
        ("Français", "Einstellungen", "Plus de filtres", "bornes visibles"),
    ):
        page.get_by_role("button", name=settings).click()
        page.get_by_role("dialog", name=settings).get_by_role("combobox").first.select_option(
            language
        )
        expect(page.get_by_role("button", name=filters)).to_be_visible()
        expect(page.locator(".count")).to_contain_text(in_view)
        assert page.evaluate("document.documentElement.lang") == language[:2].lower()
        assert violations(page) == []
        page.keyboard.press("Escape")
    page.reload()
    visit.settle()
    expect(page.get_by_role("button", name="Plus de filtres")).to_be_visible()


def test_the_colours_are_those_that_were_chosen(open_window: Callable[..., Visit]) -> None:
    visit = open_window(PHONE)
    page = visit.go(PARIS)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Colours").select_option("Dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert violations(page) == []
    page.reload()
    visit.settle()
    assert page.evaluate(ground) != light


def test_all_filters_pass_axe(open_window: Callable[..., Visit]) -> None:
    page = without_map(open_window(PHONE)).go(PARIS)
    page.get_by_role("button", name="More filters").click()
    expect(page.get_by_role("dialog", name="Filters")).to_be_visible()
    assert violations(page) == []


def test_the_first_load_is_small_besides_maplibre(open_window: Callable[..., Visit]) -> None:
    visit = open_window(PHONE)
    answers: list[Response] = []
    # Playwright marks the function that it is given, which a builtin does not allow.
    visit.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - as above
    visit.go()
    sizes = {
        answer.url: answer.request.sizes()["responseBodySize"]
        for answer in answers
        if "/maplibre" not in answer.url
    }
    assert len(sizes) > 5
    assert sum(sizes.values()) < FIRST_LOAD_BYTES, sizes


def test_a_link_asks_for_its_stations_once(open_window: Callable[..., Visit]) -> None:
    visit = open_window(PHONE)
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.go(PARIS)
    stations = [url for url in asked if "/api/v1/stations" in url]
    assert len(stations) == len(set(stations)) == 2, "the marks and the list"


def test_the_base_map_of_the_operator_lies_under_the_stations(
    open_window: Callable[..., Visit],
) -> None:
    visit = open_window(SMALL_DESK)
    style = {
        "version": 8,
        "sources": {},
        "layers": [{"id": "ground", "type": "background", "paint": {"background-color": "#f0f"}}],
    }
    visit.page.route("**/own-style.json", lambda route: route.fulfill(json=style))
    config = {"style_url": f"{visit.server}/own-style.json", "router": "great-circle"}
    visit.page.route("**/map/config.json", lambda route: route.fulfill(json=config))
    (station,) = httpx2.get(
        f"{visit.server}/api/v1/stations", params={"latitude": 48.86, "longitude": 2.35, "limit": 1}
    ).json()["items"]
    page = visit.go(f"#map=15/{station['latitude']}/{station['longitude']}")
    open_in_the_middle(page, station["name"])


def test_stations_are_drawn_where_tiles_fail(open_window: Callable[..., Visit]) -> None:
    visit = open_window(SMALL_DESK)
    visit.page.route("**/tiles/**", lambda route: route.abort())
    (station,) = httpx2.get(
        f"{visit.server}/api/v1/stations", params={"latitude": 48.86, "longitude": 2.35, "limit": 1}
    ).json()["items"]
    page = visit.go(f"#map=15/{station['latitude']}/{station['longitude']}")
    open_in_the_middle(page, station["name"])
    assert all(re.search("Failed to load", trouble) for trouble in visit.troubles)
    visit.troubles.clear()


def test_a_place_that_may_not_be_known_is_a_sentence(open_window: Callable[..., Visit]) -> None:
    visit = open_window(PHONE)
    page = visit.go(PARIS)
    page.get_by_role("button", name="Near me").click()
    expect(page.get_by_role("alert")).to_contain_text("may not know where you are")
    visit.context.grant_permissions(["geolocation"])
    visit.context.set_geolocation({"latitude": 45.75, "longitude": 4.85})
    page.get_by_role("button", name="Near me").click()
    page.wait_for_url(re.compile(r"map=13/45\.75"))
    expect(page.get_by_role("alert")).to_have_count(0)

"""The sheet of a station: all that a driver wants to know, in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.fixtures.visits import PHONE, WORKER_RULES, Visit, violations, without_map

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]

PARIS = {"latitude": 48.86, "longitude": 2.35}
MONDAY_NOON_IN_PARIS = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.fixture
def visit(open_window: Callable[..., Visit]) -> Visit:
    return without_map(open_window(PHONE))


def nearest(server: str, count: int) -> list[str]:
    """Ids of stations around Paris."""
    answer = httpx2.get(f"{server}/api/v1/stations", params={**PARIS, "limit": count})
    return [station["id"] for station in answer.json()["items"]]


def tell(visit: Visit, station_id: str, facts: dict[str, Any]) -> None:
    """Let the server's answer for one station hold these facts, too."""

    def add(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), **facts})

    visit.page.route(f"**/api/v1/stations/{quote(station_id, safe='')}", add)


def bay(uid: str, status: str, **facts: Any) -> dict[str, Any]:
    """A bay with one CCS plug."""
    plug = {
        "standard": "IEC_62196_T2_COMBO",
        "source_word": None,
        "format": "CABLE",
        "power_type": "DC",
        "max_power_kw": 150.0,
        "max_voltage_v": None,
        "max_amperage_a": None,
    }
    return {
        "uid": uid,
        "evse_id": None,
        "status": status,
        "status_reason": None,
        "status_updated_at": "2026-01-01T00:00:00Z",
        "power_level": None,
        "connectors": [plug],
        **facts,
    }


def test_what_each_bay_reports_is_told_in_words(visit: Visit) -> None:
    (station_id,) = nearest(visit.server, 1)
    facts = {
        "evses": [bay("1", "AVAILABLE"), bay("2", "OUTOFORDER"), bay("3", "CHARGING")],
        "evse_count": 3,
        "available_count": 1,
        "opening_hours": "Mo-Fr 08:00-20:00; PH off",
        "open_24_7": False,
        "price_text": "0,39 €/kWh",
        "phone": "+33123456789",
        "url": "volt.example/help",
        "licence": "ODbL-1.0",
    }
    tell(visit, station_id, facts)
    page = visit.go(f"#map=14/48.86/2.35&station={station_id}")
    sheet = page.locator(".sheet")
    expect(sheet.get_by_text("1 free, 1 in use, 1 out of order")).to_be_visible()
    expect(sheet.get_by_text("1 of 3 free")).to_be_visible()
    expect(sheet.get_by_text("Public holidays: closed")).to_be_visible()
    expect(sheet.get_by_text("0,39 €/kWh")).to_be_visible()
    expect(sheet.get_by_role("link", name="+33123456789")).to_have_attribute(
        "href", "tel:+33123456789"
    )
    expect(sheet.get_by_role("link", name="volt.example")).to_be_visible()
    expect(sheet.get_by_role("link", name="Licence: ODbL-1.0")).to_be_visible()
    assert violations(page) == []


def test_a_report_that_is_too_old_is_said_to_be(visit: Visit) -> None:
    (station_id,) = nearest(visit.server, 1)
    facts = {
        "evses": [bay("1", "UNKNOWN", status_reason="stale")],
        "available_count": None,
        "status_updated_at": "2026-01-01T00:00:00Z",
    }
    tell(visit, station_id, facts)
    page = visit.go(f"#map=14/48.86/2.35&station={station_id}")
    expect(page.locator(".sheet").get_by_text("too old to count")).to_be_visible()


def test_the_same_place_in_another_source_opens_from_its_link(visit: Visit) -> None:
    first, second = nearest(visit.server, 2)
    page = visit.go(f"#map=14/48.86/2.35&station={first}")
    name = page.get_by_role("heading", level=2).inner_text()
    tell(visit, first, {"same_place": [second]})
    page.reload()
    visit.settle()
    page.locator(".fact", has_text="The same place").get_by_role("link").click()
    page.wait_for_url(re.compile(re.escape(quote(second, safe=""))))
    expect(page.get_by_role("heading", level=2)).not_to_have_text(name)
    page.go_back()
    expect(page.get_by_role("heading", level=2)).to_have_text(name)


def reporting(server: str) -> tuple[str, dict[str, Any]]:
    """A station that reports what its bays do, and its busy hours."""
    answer = httpx2.get(f"{server}/api/v1/stations", params={**PARIS, "limit": 50})
    items = answer.json()["items"]
    station_id = next(item["id"] for item in items if item["available_count"] is not None)
    path = f"/api/v1/stations/{quote(station_id, safe='')}/busy-hours"
    return station_id, httpx2.get(server + path).raise_for_status().json()


def percent(share: float) -> str:
    """As a browser rounds."""
    whole = (100 * Decimal(str(share))).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{whole}%"


def peak(name: str, busy: dict[str, Any], weekday: int) -> re.Pattern[str]:
    """What the page says of a day's busiest hour."""
    shares = [hour["occupied_share"] for hour in busy["hours"] if hour["weekday"] == weekday]
    most = percent(max(share for share in shares if share is not None))
    return re.compile(rf"{name}: busiest at .* \({most} occupied\)")


def chart(page: Page) -> Locator:
    """Once it is in sight: it is asked for no earlier."""
    page.locator(".busy").scroll_into_view_if_needed()
    return page.locator(".busy-chart")


def test_busy_hours_are_a_chart_and_words_and_a_table(visit: Visit) -> None:
    station_id, busy = reporting(visit.server)
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.clock.set_fixed_time(MONDAY_NOON_IN_PARIS)
    page = visit.go(f"#map=14/48.86/2.35&station={station_id}")
    expect(page.locator(".busy")).to_have_count(1)
    assert not [url for url in asked if "busy-hours" in url]
    expect(chart(page)).to_be_visible()
    sheet = page.locator(".sheet")
    noon = next(hour for hour in busy["hours"] if (hour["weekday"], hour["hour"]) == (1, 12))
    now = f"{percent(noon['occupied_share'])} of {noon['reports']} reports said occupied"
    expect(sheet.get_by_text(now)).to_be_visible()
    expect(sheet.get_by_role("img", name=peak("Monday", busy, 1))).to_be_visible()
    expect(page.locator(".busy-bar[data-now=true]")).to_have_count(1)
    sheet.get_by_role("radio", name="Monday").press("ArrowRight")
    expect(sheet.get_by_role("radio", name="Tuesday")).to_be_checked()
    expect(sheet.get_by_text(peak("Tuesday", busy, 2))).to_be_visible()
    expect(page.locator(".busy-bar[data-now=true]")).to_have_count(0)
    sheet.get_by_text("As a table").click()
    expect(sheet.get_by_role("row")).to_have_count(25)
    assert len([url for url in asked if "busy-hours" in url]) == 1
    assert page.evaluate("document.scrollingElement.scrollHeight") == PHONE[1]
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []


def test_busy_hours_that_cannot_be_told_are_a_sentence(visit: Visit) -> None:
    station_id, busy = reporting(visit.server)
    few = [{**hour, "reports": 0, "occupied_share": None} for hour in busy["hours"]]
    visit.page.route(
        "**/busy-hours", lambda route: route.fulfill(json={**busy, "hours": few, "reports": 7})
    )
    page = visit.go(f"#map=14/48.86/2.35&station={station_id}")
    page.locator(".busy").scroll_into_view_if_needed()
    expect(page.get_by_text("Too few reports yet")).to_contain_text("7 so far")
    visit.page.route("**/busy-hours", lambda route: route.abort())
    page.reload()
    visit.settle()
    page.locator(".busy").scroll_into_view_if_needed()
    expect(page.get_by_text("The busy hours cannot be shown now.")).to_be_visible()
    expect(chart(page)).to_have_count(0)
    assert all("Failed to load" in trouble for trouble in visit.troubles)
    visit.troubles.clear()


def test_what_never_reports_has_no_busy_hours(visit: Visit) -> None:
    (station_id,) = nearest(visit.server, 1)
    silent = bay("1", "UNKNOWN", status_reason="not-reported", status_updated_at=None)
    tell(visit, station_id, {"evses": [silent], "available_count": None})
    page = visit.go(f"#map=14/48.86/2.35&station={station_id}")
    expect(page.locator(".sheet").get_by_text("No live status")).to_be_visible()
    expect(page.get_by_text("Busy hours")).to_have_count(0)


def test_busy_hours_that_were_seen_are_there_without_a_connection(
    open_window: Callable[..., Visit],
) -> None:
    visit = without_map(open_window(PHONE, service_workers="allow"))
    station_id, _ = reporting(visit.server)
    page = visit.go(f"#map=14/48.86/2.35&station={station_id}")
    page.evaluate(WORKER_RULES)
    expect(chart(page)).to_be_visible()
    page.reload()
    visit.settle()
    expect(chart(page)).to_be_visible()
    visit.context.set_offline(True)
    page.reload()
    visit.settle()
    expect(page.get_by_text("No connection.")).to_be_visible()
    expect(chart(page)).to_be_visible()
    visit.context.set_offline(False)
    visit.troubles.clear()

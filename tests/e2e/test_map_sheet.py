"""The sheet of a station: all that a driver wants to know, in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Route, expect

from tests.fixtures.visits import PHONE, Visit, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("map")]

PARIS = {"latitude": 48.86, "longitude": 2.35}


@pytest.fixture
def visit(open_window: Callable[..., Visit]) -> Visit:
    return open_window(PHONE)


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

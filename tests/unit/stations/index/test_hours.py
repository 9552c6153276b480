from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.stations.index import hours
from app.stations.index.hours import MINUTES_KEPT, OpenHours
from app.stations.index.registry import Opening, Registry

PARIS = ("Europe/Paris", "FR")
MONDAY_9_UTC = datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_hours_are_those_of_the_place() -> None:
    registry = Registry()
    morning = registry.opening_number("Mo-Fr 08:00-12:00", *PARIS)
    tokyo = registry.opening_number("Mo-Fr 08:00-12:00", "Asia/Tokyo", "JP")
    are_open = OpenHours(registry).are_open(MONDAY_9_UTC)
    assert are_open[morning]
    assert not are_open[tokyo]
    assert not are_open[0]


def test_equal_hours_have_one_number_and_unplaced_ones_none() -> None:
    registry = Registry()
    assert registry.opening_number("24/7", *PARIS) == registry.opening_number("24/7", *PARIS)
    assert registry.opening_number("24/7", None, "FR") == 0
    assert registry.opening_number(None, *PARIS) == 0


@pytest.mark.parametrize(
    "opening",
    [
        Opening("whenever", "Europe/Paris", "FR"),
        Opening("24/7", "Europe/Atlantis", "FR"),
        Opening("24/7", "../etc", "FR"),
    ],
)
def test_what_cannot_be_read_is_never_open(opening: Opening) -> None:
    assert hours.parse(opening) is None
    assert not OpenHours(Registry([opening])).are_open(MONDAY_9_UTC)[1]


def test_a_country_without_holidays_is_no_obstacle() -> None:
    assert OpenHours(Registry([Opening("24/7", "Europe/Paris", "XX")])).are_open(MONDAY_9_UTC)[1]


def test_a_public_holiday_is_the_countrys() -> None:
    new_year = datetime(2026, 1, 1, 11, tzinfo=UTC)
    registry = Registry([Opening("Mo-Su 08:00-20:00; PH off", *PARIS)])
    assert not OpenHours(registry).are_open(new_year)[1]


@pytest.mark.anyio
async def test_a_moment_is_worked_out_ahead_and_kept_for_its_minute() -> None:
    registry = Registry()
    for hour in range(20):
        registry.opening_number(f"Mo-Su {hour:02}:00-{hour + 1:02}:00", *PARIS)
    open_hours = OpenHours(registry)
    await open_hours.prepare(MONDAY_9_UTC)
    flags = open_hours.are_open(MONDAY_9_UTC.replace(second=59))
    assert flags.sum() == 1
    assert open_hours.are_open(MONDAY_9_UTC) is flags
    registry.opening_number("24/7", *PARIS)
    assert open_hours.are_open(MONDAY_9_UTC).sum() == 2


def test_only_the_newest_minutes_are_kept() -> None:
    open_hours = OpenHours(Registry([Opening("24/7", *PARIS)]))
    for minute in range(10):
        open_hours.are_open(MONDAY_9_UTC.replace(minute=minute))
    assert len(open_hours._minutes) == MINUTES_KEPT

"""Reports by hour of the week: what a count by hand over distinct reports gives."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stations.tally import EMPTY, Report, Tally, hour_of_week, report_of, tally

ZONES = {
    1: "Europe/Berlin",
    2: "Asia/Kathmandu",
    3: "America/St_Johns",
    4: "Australia/Lord_Howe",
    5: "Pacific/Apia",
}
"""Quarters and halves of an hour, a summer time of half an hour, a day that never was."""
TURNS = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 5, 30, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
)
"""When a clock of one of the zones is put forward or back."""


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Of a few bays at a few moments, so that there are repeats; most near a turn of clocks."""
    evse_id = draw(st.integers(1, 10))
    turn = draw(st.sampled_from(TURNS))
    moment = turn + timedelta(minutes=draw(st.sampled_from([-90, -31, -1, 0, 29, 60, 1440])))
    is_occupied = (moment.minute + evse_id) % 3 == 0  # one bay says one thing at one moment
    return Report(1 + evse_id % len(ZONES), evse_id, ms(moment), is_occupied)


def by_hand(given_reports: list[Report]) -> dict[int, Tally]:
    found: dict[int, Tally] = {}
    for station_id, zone in ZONES.items():
        own = {report for report in given_reports if report.station_id == station_id}
        seen: Counter[int] = Counter()
        taken: Counter[int] = Counter()
        for report in own:
            utc = datetime.fromtimestamp(report.observed_at_ms / 1000, UTC)
            local = utc + (utc.astimezone(ZoneInfo(zone)).utcoffset() or timedelta())
            hour = (local.isoweekday() - 1) * 24 + local.hour
            seen[hour] += 1
            taken[hour] += report.is_occupied
        if own:
            since = min(report.observed_at_ms for report in own)
            found[station_id] = Tally(since, {hour: (seen[hour], taken[hour]) for hour in seen})
    return found


@given(st.lists(reports()), st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(given_reports: list[Report], random: Random) -> None:
    shuffled = [*given_reports, *given_reports[::2]]
    random.shuffle(shuffled)
    assert tally(shuffled, ZONES) == by_hand(given_reports)


@given(st.lists(reports(), unique=True), st.integers(0, 20))
def test_parts_add_up_to_the_whole(given_reports: list[Report], cut: int) -> None:
    whole = tally(given_reports, ZONES)
    first, second = tally(given_reports[:cut], ZONES), tally(given_reports[cut:], ZONES)
    nothing = Tally.unpacked(ms(datetime(2100, 1, 1, tzinfo=UTC)), EMPTY)
    for station_id, found in whole.items():
        assert first.get(station_id, nothing) + second.get(station_id, nothing) == found


@given(st.lists(reports(), min_size=1))
def test_what_is_packed_comes_back_in_few_bytes(given_reports: list[Report]) -> None:
    for found in tally(given_reports, ZONES).values():
        assert Tally.unpacked(found.since_ms, found.packed()) == found
        assert len(found.packed()) <= 3 + 5 * len(found.hours)


def test_a_full_week_of_many_reports_takes_less_than_two_kilobytes() -> None:
    busiest = Tally(0, dict.fromkeys(range(168), (60_000, 59_999)))
    assert len(busiest.packed()) < 2_000


@pytest.mark.parametrize(
    ("moment", "zone", "hour"),
    [
        ("2026-06-01T00:00:00Z", "UTC", 0),
        ("2026-06-07T23:59:59Z", "UTC", 167),
        ("2026-06-07T22:00:00Z", "Europe/Berlin", 0),
        ("2026-05-31T18:29:59Z", "Asia/Kolkata", 167),
        ("2026-05-31T18:30:00Z", "Asia/Kolkata", 0),
        # Sunday, 2:30, before and after the clock is put back; and the hour that is left out.
        ("2026-10-25T00:30:00Z", "Europe/Berlin", 146),
        ("2026-10-25T01:30:00Z", "Europe/Berlin", 146),
        ("2026-03-29T00:59:00Z", "Europe/Berlin", 145),
        ("2026-03-29T01:00:00Z", "Europe/Berlin", 147),
    ],
)
def test_the_week_begins_on_monday_where_the_station_is(moment: str, zone: str, hour: int) -> None:
    assert hour_of_week(ms(datetime.fromisoformat(moment)), ZoneInfo(zone)) == hour


@pytest.mark.parametrize(
    ("status", "is_occupied"),
    [("AVAILABLE", False), ("CHARGING", True), ("BLOCKED", True), ("RESERVED", True)],
)
def test_a_bay_is_free_or_occupied(status: str, *, is_occupied: bool) -> None:
    assert report_of(1, 2, status, 3) == Report(1, 2, 3, is_occupied)


@pytest.mark.parametrize("status", ["UNKNOWN", "OUTOFORDER", "INOPERATIVE", "PLANNED", "REMOVED"])
def test_a_bay_that_is_neither_is_no_report(status: str) -> None:
    assert report_of(1, 2, status, 3) is None


def test_what_has_no_date_or_no_status_is_no_report() -> None:
    assert report_of(1, 2, "CHARGING", None) is None
    assert report_of(1, 2, None, 3) is None


@pytest.mark.parametrize("zone", [None, "Middle/Earth", "../etc"])
def test_without_a_zone_there_is_no_hour_of_the_week(zone: str | None) -> None:
    assert tally([Report(1, 2, 0, True)], {1: zone}) == {}

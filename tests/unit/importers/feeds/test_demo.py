"""The synthetic catalogue: repeatable, plausible, and recognisable as invented."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from app.importers.feeds import demo
from app.importers.feeds._demo_sites import (
    ACCESS_SHARES,
    HOURS_SHARES,
    PAYMENT_SHARES,
    PAYMENTS,
    SITES,
    STATUS_SHARES,
)
from app.stations.draft import POWER_STEP_W, StationDraft
from app.stations.vocabulary import ConnectorStandard as Standard

COUNT = demo.BATCH_SIZE + 900


@pytest.fixture(scope="module")
def drafts() -> list[StationDraft]:
    return list(demo.synthetic_stations(COUNT, seed=7))


def test_yields_the_number_asked_for_across_batches(drafts: list[StationDraft]) -> None:
    assert len(drafts) == COUNT
    assert list(demo.synthetic_stations(0, seed=7)) == []


def test_the_same_seed_gives_the_same_stations(drafts: list[StationDraft]) -> None:
    assert list(demo.synthetic_stations(COUNT, seed=7)) == drafts


def test_a_shorter_catalogue_is_the_beginning_of_a_longer(drafts: list[StationDraft]) -> None:
    assert list(demo.synthetic_stations(10, seed=7)) == drafts[:10]


def test_another_seed_gives_other_keys_and_places(drafts: list[StationDraft]) -> None:
    others = list(demo.synthetic_stations(500, seed=8))
    assert {d.content.key for d in others}.isdisjoint(d.content.key for d in drafts)
    places = {(d.content.latitude, d.content.longitude) for d in others}
    assert len(places & {(d.content.latitude, d.content.longitude) for d in drafts}) <= 1


def test_keys_and_uids_are_unique(drafts: list[StationDraft]) -> None:
    assert len({d.content.key for d in drafts}) == COUNT
    uids = [evse.uid for d in drafts for evse in d.content.evses]
    assert len(set(uids)) == len(uids)


def test_coordinates_are_on_the_globe_and_near_their_city(drafts: list[StationDraft]) -> None:
    assert all(-90 <= d.content.latitude <= 90 for d in drafts)
    assert all(-180 <= d.content.longitude < 180 for d in drafts)
    paris = [d.content for d in drafts if d.content.name and d.content.name.startswith("Paris ")]
    assert paris
    assert all(abs(c.latitude - 48.85) < 0.3 and abs(c.longitude - 2.35) < 0.4 for c in paris)


def test_about_a_fifth_lies_on_roads_and_charges_fast(drafts: list[StationDraft]) -> None:
    on_road = [d.content for d in drafts if (d.content.name or "").startswith("Services ")]
    assert 0.15 < len(on_road) / COUNT < 0.21
    assert all(
        max(connector.max_power_w or 0 for connector in evse.connectors) >= 50_000
        for content in on_road
        for evse in content.evses
    )


@pytest.mark.parametrize(
    ("country", "usual", "absent"),
    [
        ("DE", Standard.IEC_62196_T2, Standard.SAE_J3400),
        ("US", Standard.SAE_J3400, Standard.IEC_62196_T2_COMBO),
        ("CN", Standard.GBT_DC, Standard.CHADEMO),
        ("JP", Standard.CHADEMO, Standard.IEC_62196_T2),
    ],
)
def test_plugs_are_those_of_the_region(
    drafts: list[StationDraft], country: str, usual: Standard, absent: Standard
) -> None:
    standards = {
        connector.standard
        for d in drafts
        if d.content.country == country
        for evse in d.content.evses
        for connector in evse.connectors
    }
    assert usual in standards
    assert absent not in standards


def test_every_operator_says_that_it_is_invented(drafts: list[StationDraft]) -> None:
    assert all(d.content.operator and d.content.operator.endswith("(demo)") for d in drafts)
    assert {d.content.licence for d in drafts} == {"CC0-1.0"}
    assert {d.content.attribution for d in drafts} == {"VoltWay synthetic demo data"}


def test_powers_are_on_the_step_and_payments_sorted(drafts: list[StationDraft]) -> None:
    powers = [
        connector.max_power_w
        for d in drafts
        for evse in d.content.evses
        for connector in evse.connectors
    ]
    assert all(power and power % POWER_STEP_W == 0 for power in powers)
    assert all(list(payments) == sorted(set(payments)) for payments in PAYMENTS)


def test_free_stations_name_no_price_per_kwh(drafts: list[StationDraft]) -> None:
    prices = {d.content.price_text for d in drafts if "free" in d.content.payments}
    assert prices == {"free of charge"}


def test_half_of_the_bays_report_within_six_hours_before_the_moment() -> None:
    moment = datetime(2026, 11, 24, 12, tzinfo=UTC)
    drafts = list(demo.synthetic_stations(COUNT, seed=7, observed_at=moment))
    statuses = [status for d in drafts for status in d.statuses]
    assert 0.4 < len(statuses) / sum(len(d.content.evses) for d in drafts) < 0.6
    ages = [moment - status.observed_at for status in statuses if status.observed_at]
    assert min(ages) >= timedelta(0)
    assert max(ages) <= timedelta(hours=6)
    assert Counter(status.status for status in statuses).most_common(1)[0][0] == "AVAILABLE"


def test_the_moment_of_the_reports_changes_no_content(drafts: list[StationDraft]) -> None:
    later = demo.synthetic_stations(50, seed=7, observed_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert [d.content for d in later] == [d.content for d in drafts[:50]]


@pytest.mark.parametrize(
    "shares",
    [
        ACCESS_SHARES,
        HOURS_SHARES,
        PAYMENT_SHARES,
        STATUS_SHARES,
        *(tuple(kind.weight for kind in kinds) for kinds in SITES.values()),
    ],
)
def test_shares_add_up_to_one(shares: tuple[float, ...]) -> None:
    assert sum(shares) == pytest.approx(1)

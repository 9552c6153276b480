from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importers.feeds.ocpi import FEED
from app.importers.row import Layout, Notes, Rejected, Row, Skipped
from app.stations.draft import StationDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerType,
)

JSON = Layout("json")


def connector(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "max_voltage": 400,
        "max_amperage": 32,
        "max_electric_power": 22000,
        **changes,
    }


def evse(**changes: Any) -> dict[str, Any]:
    return {
        "uid": "A",
        "evse_id": "LT*VLT*E1",
        "status": "AVAILABLE",
        "connectors": [connector()],
        "last_updated": "2025-03-13T06:50:13",
        **changes,
    }


def location(**changes: Any) -> dict[str, Any]:
    return {
        "country_code": "LT",
        "party_id": "VLT",
        "id": "249",
        "publish": True,
        "name": "UAB &quot;Volt&quot;",
        "address": "Parko g. 14",
        "city": "Visaginas",
        "postal_code": "31139",
        "country": "LTU",
        "coordinates": {"latitude": "55.5973273", "longitude": "26.4221435"},
        "evses": [evse()],
        "operator": {"name": "Volt UAB", "website": "volt.example.lt"},
        "time_zone": "Europe/Vilnius",
        "last_updated": "2024-07-18T10:21:10Z",
        **changes,
    }


def read(values: dict[str, Any]) -> tuple[StationDraft | Skipped | Rejected, Notes]:
    row = Row(1, values, lambda: "")
    translator = FEED.translator(JSON, [row])
    return translator.translate(row), translator.notes


def draft(**changes: Any) -> StationDraft:
    reading, _ = read(location(**changes))
    assert isinstance(reading, StationDraft)
    return reading


def test_a_location_becomes_a_station() -> None:
    reading = draft()
    station = reading.content
    assert station.key == "LT-VLT-249"
    assert (station.latitude, station.longitude) == (55.5973273, 26.4221435)
    assert station.name == 'UAB "Volt"'
    assert (station.street, station.city) == ("Parko g. 14", "Visaginas")
    assert (station.postal_code, station.country) == ("31139", "LT")
    assert station.operator == station.attribution == "Volt UAB"
    assert station.licence == "unknown"
    assert station.access is Access.PUBLIC
    assert station.url == "https://volt.example.lt"
    assert reading.source_updated_at == datetime(2024, 7, 18, 10, 21, 10, tzinfo=UTC)
    (bay,) = station.evses
    assert (bay.uid, bay.evse_id) == ("A", "LT*VLT*E1")
    (plug,) = bay.connectors
    assert plug.standard is ConnectorStandard.IEC_62196_T2
    assert plug.format is ConnectorFormat.SOCKET
    assert plug.power_type is PowerType.AC_3_PHASE
    assert (plug.max_power_w, plug.max_voltage_v, plug.max_amperage_a) == (22_000, 400, 32)
    (status,) = reading.statuses
    assert (status.evse_uid, status.status) == ("A", EvseStatus.AVAILABLE)
    assert status.observed_at == datetime(2025, 3, 13, 6, 50, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"id": 249, "country_code": "lt", "party_id": "vlt"}, "LT-VLT-249"),
        ({"party_id": None}, "249"),
        ({"country_code": None}, "249"),
    ],
)
def test_keys_name_the_party_where_it_is_stated(changes: dict[str, Any], key: str) -> None:
    assert draft(**changes).content.key == key


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"publish": False}, "not-published"),
        ({"publish": "false"}, "not-published"),
        ({"evses": []}, "no-evses"),
        ({"evses": None}, "no-evses"),
        ({"evses": [evse(status="REMOVED")]}, "no-evses"),
    ],
)
def test_rules_leave_locations_out(changes: dict[str, Any], rule: str) -> None:
    assert read(location(**changes))[0] == Skipped(rule)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"id": None}, "no-key"), ({"coordinates": None}, "no-coordinates")],
)
def test_rows_that_cannot_be_stations_are_rejected(changes: dict[str, Any], reason: str) -> None:
    reading = read(location(**changes))[0]
    assert isinstance(reading, Rejected)
    assert reading.reason == reason


def test_coordinates_may_be_numbers_or_stand_with_the_evse() -> None:
    place = {"latitude": 1.5, "longitude": -8}
    assert draft(coordinates=place).content.longitude == -8.0
    station = draft(coordinates={}, evses=[evse(uid="B"), evse(coordinates=place)]).content
    assert (station.latitude, station.longitude) == (1.5, -8.0)


@pytest.mark.parametrize(
    "place",
    [
        {"lat": "51,5", "lng": "3.25"},
        {"lat": 51.5, "lon": 3.25},
        {"type": "Point", "coordinates": [3.25, 51.5]},
    ],
)
def test_coordinates_have_other_names_too(place: dict[str, Any]) -> None:
    content = draft(coordinates=place).content
    assert (content.latitude, content.longitude) == (51.5, 3.25)


def test_kinds_of_current_are_read_however_they_are_joined() -> None:
    plugs = [connector(power_type=word) for word in ("AC_3_PHASE", "AC 3 phase", "ac-3-phase")]
    evses = draft(evses=[evse(connectors=plugs)]).content.evses
    assert {plug.power_type for plug in evses[0].connectors} == {PowerType.AC_3_PHASE}


def test_camel_case_says_the_same() -> None:
    def camel(value: Any) -> Any:
        if isinstance(value, list):
            return [camel(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            re.sub(r"_([a-z])", lambda match: match[1].upper(), name): camel(one)
            for name, one in value.items()
        }

    served = location(suboperator={"name": "Sub"}, operator=None)
    assert camel(served) != served
    assert read(camel(served)) == read(served)
    assert FEED.recognises(JSON, [Row(1, camel(served), str)]) == 1.0


def test_removed_evses_are_gone_and_the_rest_is_in_order() -> None:
    evses = [evse(uid=10), evse(uid=9), evse(uid=8, status="removed")]
    reading = draft(evses=evses)
    assert [bay.uid for bay in reading.content.evses] == ["9", "10"]
    assert [status.evse_uid for status in reading.statuses] == ["9", "10"]


def test_an_evse_sent_twice_is_one_and_its_newest_report_counts() -> None:
    older = evse(
        evse_id=None,
        status="CHARGING",
        last_updated="2024-01-01T00:00:00Z",
        connectors=[connector(), connector(id="2", standard="CHADEMO")],
    )
    reading, notes = read(location(evses=[older, evse()]))
    assert isinstance(reading, StationDraft)
    (bay,) = reading.content.evses
    assert bay.evse_id == "LT*VLT*E1"
    assert [plug.standard for plug in bay.connectors] == [
        ConnectorStandard.IEC_62196_T2,
        ConnectorStandard.CHADEMO,
    ]
    assert [status.status for status in reading.statuses] == [EvseStatus.AVAILABLE]
    assert notes.flags == {"evse-uid-repeated": 1}


def test_two_evses_under_one_uid_stay_two_in_any_order() -> None:
    both = [evse(evse_id="LT*VLT*E2", status="CHARGING"), evse()]
    first, second = draft(evses=both), draft(evses=both[::-1])
    assert first == second
    assert [(bay.uid, bay.evse_id) for bay in first.content.evses] == [
        ("A", "LT*VLT*E1"),
        ("A~2", "LT*VLT*E2"),
    ]
    assert [status.status for status in first.statuses] == [
        EvseStatus.AVAILABLE,
        EvseStatus.CHARGING,
    ]


@given(st.permutations(range(4)), st.permutations(range(3)))
def test_the_order_of_an_answer_means_nothing(evse_order: list[int], plug_order: list[int]) -> None:
    plugs = [connector(id=str(n), max_amperage=8 + n) for n in range(3)]
    bays = [
        evse(uid=uid, connectors=[plugs[n] for n in plug_order], status=status)
        for uid, status in (("A", "AVAILABLE"), ("A", "CHARGING"), ("B", None), ("C", "BLOCKED"))
    ]
    assert draft(evses=[bays[n] for n in evse_order]) == draft(
        evses=[{**bay, "connectors": plugs} for bay in bays]
    )


def test_evses_without_uid_are_named_by_public_id_or_position() -> None:
    evses = [evse(uid=None), evse(uid=None, evse_id=None)]
    assert {bay.uid for bay in draft(evses=evses).content.evses} == {"LT*VLT*E1", "evse-2"}


@pytest.mark.parametrize(
    ("word", "statuses", "unknown"),
    [
        ("OUTOFORDER", [EvseStatus.OUTOFORDER], {}),
        ("unknown", [EvseStatus.UNKNOWN], {}),
        ("Out of order", [EvseStatus.OUTOFORDER], {}),
        ("Occupied", [EvseStatus.CHARGING], {}),
        ("Faulted", [EvseStatus.OUTOFORDER], {}),
        ("SLEEPING", [EvseStatus.UNKNOWN], {"status": {"SLEEPING": 1}}),
        (None, [], {}),
    ],
)
def test_statuses(
    word: str | None, statuses: list[EvseStatus], unknown: dict[str, dict[str, int]]
) -> None:
    reading, notes = read(location(evses=[evse(status=word)]))
    assert isinstance(reading, StationDraft)
    assert [status.status for status in reading.statuses] == statuses
    assert notes.unknown_words == unknown


@pytest.mark.parametrize(
    ("changes", "standard", "word"),
    [
        ({"standard": "IEC_60309_2_THREE_32"}, ConnectorStandard.IEC_60309_2_THREE_32, None),
        ({"standard": "NACS"}, ConnectorStandard.SAE_J3400, None),
        ({"standard": "GB/T (DC)"}, ConnectorStandard.GBT_DC, None),
        ({"standard": None}, None, None),
        ({"standard": "PLUG_9"}, None, "PLUG_9"),
    ],
)
def test_standards(
    changes: dict[str, Any], standard: ConnectorStandard | None, word: str | None
) -> None:
    reading, notes = read(location(evses=[evse(connectors=[connector(**changes)])]))
    assert isinstance(reading, StationDraft)
    plug = reading.content.evses[0].connectors[0]
    assert (plug.standard, plug.standard_word) == (standard, word)
    assert notes.unknown_words == ({"connector": {word: 1}} if word else {})


def test_unknown_words_of_connectors_are_counted() -> None:
    odd = connector(power_type="AC_9_PHASE", format="ROPE")
    reading, notes = read(location(evses=[evse(connectors=[odd])]))
    assert isinstance(reading, StationDraft)
    plug = reading.content.evses[0].connectors[0]
    assert (plug.format, plug.power_type) == (None, None)
    assert notes.unknown_words == {
        "power-type": {"AC_9_PHASE": 1},
        "connector-format": {"ROPE": 1},
    }


def test_combined_plugs_carry_direct_current_whatever_is_said() -> None:
    combo = connector(standard="IEC_62196_T2_COMBO", max_voltage=950, max_amperage=63)
    combo["max_electric_power"] = None
    plug = draft(evses=[evse(connectors=[combo])]).content.evses[0].connectors[0]
    assert plug.power_type is PowerType.DC
    assert plug.max_power_w == 59_800


@pytest.mark.parametrize(
    ("changes", "power_w"),
    [
        ({"max_voltage": 230, "max_amperage": 16}, 11_000),
        ({"max_voltage": 400, "max_amperage": 16}, 11_100),
        ({"max_voltage": 230, "max_amperage": 32, "power_type": "AC_1_PHASE"}, 7_400),
        ({"max_voltage": 0, "max_amperage": 0}, None),
        ({"power_type": None}, None),
    ],
)
def test_power_is_worked_out_where_it_is_not_stated(
    changes: dict[str, Any], power_w: int | None
) -> None:
    plug = connector(max_electric_power=0, **changes)
    evses = draft(evses=[evse(connectors=[plug])]).content.evses
    assert evses[0].connectors[0].max_power_w == power_w


def test_version_2_1_1_has_other_names() -> None:
    old = location(evses=[evse(connectors=[connector(voltage=230, amperage=16)])])
    for name in ("country_code", "party_id", "publish"):
        del old[name]
    plug = old["evses"][0]["connectors"][0]
    for name in ("max_voltage", "max_amperage", "max_electric_power"):
        del plug[name]
    reading, _ = read(old)
    assert isinstance(reading, StationDraft)
    assert reading.content.key == "249"
    assert reading.content.access is None
    assert reading.content.evses[0].connectors[0].max_power_w == 11_000


@pytest.mark.parametrize(
    ("powers", "powers_w", "remark"),
    [
        ([22, 60, 150], [22_000, 60_000, 150_000], "kW, where the standard says W"),
        ([22_000, 2_300], [22_000, 2_300], "W (told from 2 values; 2 agree)"),
        ([22, 60, 50_000], [22_000, 60_000, 50_000], "kW"),
        ([22_000, 11_000, 22], [22_000, 11_000, 22_000], "W (told from 3 values; 2 agree)"),
        ([None, 0], [22_200, 22_200], "none stated"),
    ],
)
def test_the_unit_of_powers_is_decided_for_the_whole_feed(
    powers: list[int | None], powers_w: list[int], remark: str
) -> None:
    plugs = [connector(id=str(n), max_electric_power=p) for n, p in enumerate(powers)]
    if remark != "none stated":
        for plug in plugs:
            plug["max_voltage"] = None
    reading, notes = read(location(evses=[evse(connectors=plugs)]))
    assert isinstance(reading, StationDraft)
    assert [plug.max_power_w for plug in reading.content.evses[0].connectors] == powers_w
    assert notes.remarks["power-unit"].startswith(remark)


def test_volts_and_amperes_tell_the_unit_of_a_single_number() -> None:
    small = connector(max_electric_power=900, max_voltage=230, max_amperage=4)
    small["power_type"] = "AC_1_PHASE"
    reading, notes = read(location(evses=[evse(connectors=[small])]))
    assert isinstance(reading, StationDraft)
    assert reading.content.evses[0].connectors[0].max_power_w == 900
    assert notes.remarks["power-unit"].startswith("W")


@pytest.mark.parametrize(
    ("changes", "operator"),
    [
        ({"operator": None, "suboperator": {"name": "Sub"}}, "Sub"),
        ({"operator": {"name": " "}, "subOperator": {"name": "Sub"}}, "Sub"),
        ({"operator": None, "owner": {"name": "Own"}}, "Own"),
        ({"operator": None}, "LT*VLT"),
        ({"operator": None, "party_id": None}, None),
    ],
)
def test_somebody_operates_it(changes: dict[str, Any], operator: str | None) -> None:
    station = draft(**changes).content
    assert station.operator == operator
    assert station.attribution == (operator or FEED.attribution)


def test_bays_for_customers_alone_are_restricted() -> None:
    only = evse(parking_restrictions=["CUSTOMERS"])
    assert draft(evses=[only]).content.access is Access.RESTRICTED
    assert draft(evses=[only, evse(uid="B")]).content.access is Access.PUBLIC


def test_payments() -> None:
    words = ["RFID_READER", "CREDIT_CARD_PAYABLE", "RESERVABLE", "BARTER"]
    reading, notes = read(location(evses=[evse(capabilities=words)]))
    assert isinstance(reading, StationDraft)
    assert reading.content.payments == (Payment.AD_HOC, Payment.CARD, Payment.RFID)
    assert notes.unknown_words == {"capability": {"BARTER": 1}}


def hours(*periods: tuple[object, str, str]) -> dict[str, Any]:
    names = ("weekday", "period_begin", "period_end")
    regular = [dict(zip(names, period, strict=True)) for period in periods]
    return {"twentyfourseven": False, "regular_hours": regular}


@pytest.mark.parametrize(
    ("opening_times", "opening_hours", "is_always"),
    [
        ({"twentyfourseven": True}, "24/7", True),
        (hours(*((day, "00:00", "23:59") for day in range(1, 8))), "24/7", True),
        (hours((1, "08:00", "18:00"), (2, "08:00", "18:00")), "Mo,Tu 08:00-18:00", False),
        (hours((0, "08:00", "18:00")), "Su 08:00-18:00", False),
        (hours((1, "closed", "closed")), None, None),
        (hours(("x", "08:00", "18:00")), None, None),
        (None, None, None),
    ],
)
def test_opening_times(
    opening_times: dict[str, Any] | None,
    opening_hours: str | None,
    is_always: bool | None,  # noqa: FBT001 - a table's column
) -> None:
    station = draft(opening_times=opening_times).content
    assert station.opening_hours == opening_hours
    assert station.open_24_7 is is_always


def test_recognition() -> None:
    bare = {"id": 1, "coordinates": {}, "country_code": "LT", "party_id": "VLT"}
    rows = [Row(n, row, lambda: "") for n, row in enumerate((location(), bare, {"id": 1}))]
    assert FEED.recognises(JSON, rows[:2]) == 1.0
    assert FEED.recognises(JSON, rows[2:]) == 0.0
    assert FEED.recognises(JSON, []) == 0.0
    assert FEED.recognises(Layout("csv", columns=("id",)), rows) == 0.0
    assert not FEED.is_header(["id"])


def test_rows_of_one_location_are_joined() -> None:
    translator = FEED.translator(JSON, [])
    assert FEED.groups_rows
    joined = translator.merge([draft(), draft(name=None, evses=[evse(uid="B")])])
    assert [bay.uid for bay in joined.content.evses] == ["A", "B"]
    assert [status.evse_uid for status in joined.statuses] == ["A", "B"]
    assert joined.content.name == 'UAB "Volt"'

"""The United States' registry, word by word."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.errors import LayoutNotUnderstood
from app.importers.feeds._afdc_bays import plug_standard, read_bays
from app.importers.feeds._afdc_cells import (
    read_access,
    read_network,
    read_payments,
    read_region,
    read_state,
)
from app.importers.feeds._afdc_units import read_unit_row, read_units
from app.importers.feeds.afdc import FEED, Translator
from app.importers.row import Layout, Notes, Rejected, Row, Skipped
from app.stations.draft import EvseDraft, StationContent, StationDraft, StatusDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerLevel,
    PowerType,
)

S = ConnectorStandard
CSV = {
    "Fuel Type Code": "ELEC",
    "Station Name": "Town Hall",
    "Street Address": "79 Route 17K",
    "City": "Newburgh",
    "State": "MA",
    "ZIP": "2747",
    "Station Phone": "845-562-1000",
    "Status Code": "E",
    "Groups With Access Code": "Public",
    "Access Days Time": "24 hours daily; for guest use only",
    "Cards Accepted": "A D Debit M V",
    "EV Level1 EVSE Num": "1",
    "EV Level2 EVSE Num": "2",
    "EV DC Fast Count": "1",
    "EV Other Info": "",
    "EV Network": "ChargePoint Network",
    "EV Network Web": "http://www.chargepoint.com",
    "Geocode Status": "GPS",
    "Latitude": "41.50406",
    "Longitude": "-74.0684",
    "Date Last Confirmed": "5/9/2019",
    "ID": "44174",
    "Updated At": "2025-02-12 00:16:32 UTC",
    "EV Connector Types": "J1772 J1772COMBO CHADEMO NEMA520",
    "Country": "US",
    "EV Pricing": "Free; 3 hour maximum",
    "EV Pricing (French)": "Gratuit",
    "Access Code": "public",
    "Restricted Access": "",
    "BD Blends": "",
    "NG PSI": "",
}
API = {
    "fuel_type_code": "ELEC",
    "id": 7,
    "station_name": "Rest area",
    "latitude": 41.24718,
    "longitude": -73.009992,
    "state": "CT",
    "zip": "06460",
    "ev_connector_types": ["TESLA"],
    "ev_dc_fast_num": 2,
    "ev_level1_evse_num": None,
    "ev_level2_evse_num": None,
    "groups_with_access_code": "Public",
    "updated_at": "2016-11-02T17:18:04Z",
    "ev_pricing_fr": "Gratuit",
}


def translator(*rows: dict[str, Any], kind: str = "csv") -> Translator:
    columns = tuple(rows[0]) if kind == "csv" else ()
    return FEED.translator(Layout(kind, columns), [Row(1, row, str) for row in rows])


def draft(values: dict[str, Any], kind: str = "csv") -> tuple[StationDraft, Notes]:
    reader = translator(values, kind=kind)
    reading = reader.translate(Row(1, values, str))
    assert isinstance(reading, StationDraft)
    return reading, reader.notes


def read(values: dict[str, Any], kind: str = "csv") -> StationContent:
    return draft(values, kind)[0].content


def standards(evse: EvseDraft) -> set[ConnectorStandard | str | None]:
    return {connector.standard or connector.standard_word for connector in evse.connectors}


def by_uid(evses: tuple[EvseDraft, ...]) -> dict[str, set[ConnectorStandard | str | None]]:
    return {evse.uid: standards(evse) for evse in evses}


def test_a_row_of_the_csv_is_read() -> None:
    found, notes = draft(CSV)
    content = found.content
    assert content.key == "44174"
    assert (content.latitude, content.longitude) == (41.50406, -74.0684)
    assert (content.postal_code, content.state, content.country) == ("02747", "MA", "US")
    assert content.operator == "ChargePoint Network"
    assert content.phone == "+18455621000"
    assert content.url == "http://www.chargepoint.com"
    assert content.source_url == "https://afdc.energy.gov/stations#/station/44174"
    assert content.access is Access.RESTRICTED
    assert (content.open_24_7, content.opening_text) == (True, "24 hours daily; for guest use only")
    assert content.payments == (Payment.AD_HOC, Payment.CARD, Payment.FREE)
    assert content.price_text == "Free; 3 hour maximum"
    assert by_uid(content.evses) == {
        "L1-1": {S.NEMA_5_20},
        "L2-1": {S.IEC_62196_T1},
        "L2-2": {S.IEC_62196_T1},
        "DC-1": {S.IEC_62196_T1_COMBO, S.CHADEMO},
    }
    assert {evse.power_level for evse in content.evses} == set(PowerLevel)
    assert all(c.max_power_w is None for evse in content.evses for c in evse.connectors)
    assert found.source_updated_at == datetime(2025, 2, 12, 0, 16, 32, tzinfo=UTC)
    assert notes == Notes()


def test_an_object_of_the_api_is_read() -> None:
    found, notes = draft(API, "json")
    assert found.content.key == "7"
    assert found.content.country == "US"
    assert by_uid(found.content.evses) == {"DC-1": {S.SAE_J3400}, "DC-2": {S.SAE_J3400}}
    assert found.content.evses[0].connectors[0].power_type is PowerType.DC
    assert notes.unmapped_columns == ()


def test_a_feature_is_read_like_an_object() -> None:
    point = {"type": "Point", "coordinates": [-73.1, 41.3]}
    properties = {k: v for k, v in API.items() if k not in {"latitude", "longitude"}}
    content = read({"type": "Feature", "geometry": point, "properties": properties}, "json")
    assert (content.latitude, content.longitude, content.key) == (41.3, -73.1, "7")


def test_the_id_is_the_column_with_numbers() -> None:
    row = {"ID": "UN"} | {k: v for k, v in CSV.items() if k != "ID"} | {"ID_2": "1498"}
    assert read(row).key == "1498"


def test_a_row_without_an_id_has_a_key_and_no_page() -> None:
    content = read({k: v for k, v in CSV.items() if k != "ID"})
    assert content.key == "town-hall~79-route-17k~41.504_-74.068"
    assert content.source_url is None


def test_the_date_of_confirmation_stands_in_for_the_update() -> None:
    found, _ = draft({k: v for k, v in CSV.items() if k != "Updated At"})
    assert found.source_updated_at == datetime(2019, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"Fuel Type Code": "CNG"}, "not-electric"),
        ({"Status Code": "P"}, "planned"),
        ({"Status Code": "", "Groups With Access Code": "PLANNED - not yet accessible"}, "planned"),
    ],
)
def test_rules_skip_rows(changes: dict[str, str], rule: str) -> None:
    assert translator(CSV).translate(Row(1, CSV | changes, str)) == Skipped(rule)


def test_a_station_out_of_service_says_so() -> None:
    found, _ = draft(CSV | {"Status Code": "T"})
    assert len(found.statuses) == len(found.content.evses)
    assert found.statuses[0] == StatusDraft("L1-1", EvseStatus.INOPERATIVE, found.source_updated_at)


@pytest.mark.parametrize("changes", [{"Latitude": ""}, {"Longitude": "west"}])
def test_a_row_without_coordinates_is_rejected(changes: dict[str, str]) -> None:
    reading = translator(CSV).translate(Row(1, CSV | changes, str))
    assert isinstance(reading, Rejected)
    assert reading.reason == "no-coordinates"


@pytest.mark.parametrize(
    "changes",
    [{"EV Level2 EVSE Num": "999999999"}, {"EV Other Info": "999 x", "EV DC Fast Count": "3"}],
)
def test_a_place_of_a_thousand_ports_is_a_mistake(changes: dict[str, str]) -> None:
    reading = translator(CSV).translate(Row(1, CSV | changes, str))
    assert isinstance(reading, Rejected)
    assert reading.reason == "too-many-evses"


def test_unknown_words_are_kept_and_counted() -> None:
    found, notes = draft(
        CSV
        | {
            "Status Code": "Z",
            "Access Code": "secret",
            "Cards Accepted": "M Beads",
            "EV Other Info": "3 SP Inductive",
            "EV Connector Types": "J1772 WARP",
        }
    )
    assert notes.unknown_words == {
        "status": {"Z": 1},
        "access": {"secret": 1},
        "payment": {"Beads": 1},
        "connector": {"WARP": 1, "SP Inductive": 3},
    }
    uids = [evse.uid for evse in found.content.evses]
    assert uids[-4:] == ["other-1", "extra-1", "extra-2", "extra-3"]
    assert draft(CSV | {"EV Other Info": "L2"})[1].unknown_words == {"connector": {"L2": 1}}


def test_private_stations_are_kept_as_private_and_counted() -> None:
    found, notes = draft(CSV | {"Access Code": "private"})
    assert found.content.access is Access.PRIVATE
    assert notes.flags == {"access-private": 1}


@pytest.mark.parametrize(
    ("plugs", "counts", "expected"),
    [
        ("J1772 TESLA", (0, 2, 0), {"L2-1": {"J", "T"}, "L2-2": {"J", "T"}}),
        ("J1772 TESLA", (0, 1, 1), {"L2-1": {"J"}, "DC-1": {"T"}}),
        ("TESLA", (0, 1, 1), {"L2-1": {"T"}, "DC-1": {"T"}}),
        ("CHADEMO TESLA", (0, 1, 1), {"L2-1": {"T"}, "DC-1": {"C", "T"}}),
        ("J1772", (1, 1, 0), {"L1-1": {"J"}, "L2-1": {"J"}}),
        ("CHADEMO J1772", (0, 1, 0), {"L2-1": {"J"}, "uncounted-CHADEMO": {"C"}}),
        ("J1772", ("", "", ""), {"uncounted-IEC_62196_T1": {"J"}}),
        ("", (0, 1, 0), {"L2-1": set()}),
        (None, (None, None, None), {}),
        (("J1772", None, "TESLA"), (0, 1, 0), {"L2-1": {"J", "T"}}),
        ("\ud800J1772", (0, 1, 0), {"L2-1": {"J"}}),
        ("GB/T-DC", (0, 0, 1), {"DC-1": {S.GBT_DC}}),
    ],
)
def test_plugs_are_given_to_levels(
    plugs: Any, counts: tuple[Any, Any, Any], expected: dict[str, set[Any]]
) -> None:
    short: dict[Any, Any] = {S.IEC_62196_T1: "J", S.SAE_J3400: "T", S.CHADEMO: "C"}
    found = by_uid(read_bays(plugs, *counts, None).evses)
    assert {uid: {short.get(s, s) for s in plugs} for uid, plugs in found.items()} == expected


def test_ports_that_are_not_counted_are_flagged() -> None:
    assert read_bays("CHADEMO", "", "1", "", "").flags == ("ports-not-counted", "no-plug")
    assert read_bays("", "", "", "", "").flags == ("no-plug",)
    (evse,) = read_bays("NEMA1450", "", "1", "", "").evses
    assert evse.connectors[0].format is ConnectorFormat.SOCKET
    (evse,) = read_bays("TESLA", "", "", "", "").evses
    assert (evse.power_level, evse.connectors[0].power_type) == (None, None)


UNIT = CSV | {
    "EV Level1 EVSE Num": "",
    "EV Level2 EVSE Num": "",
    "EV DC Fast Count": "1",
    "EV J1772 Connector Count": "0",
    "EV J1772 Power Output (kW)": "",
    "EV CCS Connector Count": "2",
    "EV CCS Power Output (kW)": "150",
    "EV CHAdeMO Connector Count": "1",
    "EV CHAdeMO Power Output (kW)": "50",
    "EV J3400 Connector Count": "",
    "EV J3400 Power Output (kW)": "",
    "EV J3271 Connector Count": "",
    "EV J3271 Power Output (kW)": "",
}


def test_rows_of_units_make_a_station_with_power() -> None:
    reader = translator(UNIT)
    rows = [UNIT, UNIT, UNIT | {"EV CHAdeMO Connector Count": "", "Status Code": "T"}]
    drafts = [reader.translate(Row(1, row, str)) for row in rows]
    merged = reader.merge([d for d in drafts if isinstance(d, StationDraft)])
    uids = [evse.uid for evse in merged.content.evses]
    assert uids == [
        "~CCS-150kW-1",
        "~CCS-150kW-2",
        "~CCS-150kW-CHADEMO-50kW-1",
        "~CCS-150kW-CHADEMO-50kW-1~2",
        "~CCS-150kW-CHADEMO-50kW-2",
        "~CCS-150kW-CHADEMO-50kW-2~2",
    ]
    assert [status.evse_uid for status in merged.statuses] == uids
    first = merged.content.evses[2]
    assert first.power_level is PowerLevel.DC_FAST
    assert {(c.standard, c.max_power_w) for c in first.connectors} == {
        (S.IEC_62196_T1_COMBO, 150_000),
        (S.CHADEMO, 50_000),
    }
    assert not reader.merge([d for d in drafts[:2] if isinstance(d, StationDraft)]).statuses


def test_a_unit_s_level_follows_from_its_plugs() -> None:
    (fast,) = read_unit_row("", "4", "8", *[None] * 6, "1", "250", None, None)
    assert (fast.power_level, fast.connectors[0].power_type) == (PowerLevel.DC_FAST, PowerType.DC)
    (slow,) = read_unit_row("", "4", "8", "1", "6.5", *[None] * 8)
    assert (slow.power_level, slow.connectors[0].max_power_w) == (None, 6_500)
    assert read_unit_row("", "1", "", *[None] * 10) == ()
    row = UNIT | {"EV CCS Connector Count": "", "EV CHAdeMO Connector Count": ""}
    assert [evse.uid for evse in read(row).evses] == [
        "DC-1",
        "uncounted-IEC_62196_T1",
        "uncounted-NEMA_5_20",
    ]


def test_units_of_the_api_are_read() -> None:
    units = [
        {
            "port_count": 1,
            "charging_level": "dc_fast",
            "connectors": {"J1772COMBO": {"power_kw": 150, "port_count": 1}, "WARP": {}},
        },
        {"port_count": 2, "charging_level": "2", "connectors": {"J1772": {"port_count": 2}}},
        {"connectors": ["?"]},
        "?",
    ]
    found, notes = draft(API | {"ev_charging_units": units}, "json")
    assert by_uid(found.content.evses) == {
        "unit-1-1": {S.IEC_62196_T1_COMBO, "WARP"},
        "unit-2-1": {S.IEC_62196_T1},
        "unit-2-2": {S.IEC_62196_T1},
    }
    assert found.content.evses[1].power_level is PowerLevel.LEVEL_2
    assert notes.unknown_words == {"connector": {"WARP": 1}}
    assert read(API | {"ev_charging_units": []}, "json").evses[0].uid == "DC-1"


def test_plugs_of_a_unit_may_stand_in_a_list() -> None:
    plugs = [
        {"type": "J1772COMBO", "power_kw": 150, "port_count": 2},
        {"type": "NACS", "power_kw": 250},
    ]
    units = [{"charging_level": "dc_fast", "port_count": 2, "connectors": plugs}]
    evses = read(API | {"ev_charging_units": units}, "json").evses
    assert by_uid(evses) == {
        "unit-1-1": {S.IEC_62196_T1_COMBO, S.SAE_J3400},
        "unit-1-2": {S.IEC_62196_T1_COMBO},
    }


def test_units_without_plugs_leave_the_station_its_own() -> None:
    units = [{"charging_level": "dc_fast", "port_count": 2}]
    evses = read(API | {"ev_charging_units": units}, "json").evses
    assert all(evse.connectors for evse in evses)


@pytest.mark.parametrize("plugs", ["J1772 NACS/TESLA", "['J1772', 'TESLA']", "J1772|J3400"])
def test_plugs_are_told_apart_however_they_are_listed(plugs: str) -> None:
    found = read_bays(plugs, "", "1", "2", "")
    assert by_uid(found.evses) == {
        "L2-1": {S.IEC_62196_T1},
        "DC-1": {S.SAE_J3400},
        "DC-2": {S.SAE_J3400},
    }
    assert found.unknown_words == ()


def test_codes_that_a_data_frame_turned_into_numbers_are_codes() -> None:
    content = read(CSV | {"ID": "1517.0", "ZIP": "2134.0"})
    assert (content.key, content.postal_code) == ("1517", "02134")


def test_a_table_may_name_its_place_by_x_and_y() -> None:
    values = {{"Longitude": "X", "Latitude": "Y"}.get(name, name): v for name, v in CSV.items()}
    assert read(values).latitude == read(CSV).latitude


def test_a_unit_of_a_million_ports_is_a_mistake() -> None:
    many = {"port_count": 10**9, "connectors": {"J1772": {"port_count": 10**9}}}
    assert len(read_units([many, many])) == 1_001
    reading = translator(API, kind="json").translate(
        Row(1, API | {"ev_charging_units": [many]}, str)
    )
    assert isinstance(reading, Rejected)
    assert reading.reason == "too-many-evses"


def test_of_rows_that_tell_the_whole_station_the_newest_wins() -> None:
    reader = translator(CSV)
    old, new = (
        draft(CSV | {"Updated At": f"{year}-01-01", "Station Name": str(year)})[0]
        for year in (2024, 2025)
    )
    assert reader.merge([new, old]) is new
    assert reader.merge([old, new]) is new
    again = draft(CSV | {"Updated At": "2025-01-01", "Station Name": "later"})[0]
    assert reader.merge([new, again]) is again


def test_small_words() -> None:
    assert read_state(None, None, None) == (None, False, None)
    assert read_state("electric", "E", "TEMPORARILY UNAVAILABLE (Public)").is_out_of_service
    assert read_access(None, "Public - Call ahead", None, None) == (Access.PUBLIC, None)
    assert read_access("public", None, "true", None) == (Access.RESTRICTED, None)
    assert read_access("public", None, None, "for Tesla use only") == (Access.PUBLIC, None)
    assert read_access(None, None, None, None) == (None, None)
    assert read_payments("Cash ACCOUNT_BALANCE Voyager", "Free for first 2 hours") == (
        (Payment.AD_HOC, Payment.CASH, Payment.SUBSCRIPTION), (),
    )  # fmt: skip
    assert read_payments(None, "Free; $1 per hour after")[0] == ()
    assert read_region("V5K 0A1", "BC", None) == ("V5K 0A1", "BC", "CA")
    assert read_region(926, "PR", None) == ("00926", "PR", "US")
    assert read_network("Non-Networked") is None
    assert plug_standard("j1772combo") is S.IEC_62196_T1_COMBO


def test_the_format_is_recognised_by_its_columns() -> None:
    assert FEED.recognises(Layout("csv", tuple(CSV)), []) == 1
    assert FEED.recognises(Layout("json"), [Row(1, API, str)]) == 1
    assert FEED.recognises(Layout("csv", ("id", "latitude", "longitude")), []) < 0.5
    assert FEED.is_header(list(CSV))
    assert not FEED.is_header(["Alternative fuel stations", "2024"])


def test_a_layout_without_coordinates_is_refused() -> None:
    with pytest.raises(LayoutNotUnderstood, match="coordinates"):
        translator({"Fuel Type Code": "ELEC"})


cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.lists(st.one_of(st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.integers()))),
    st.dictionaries(st.sampled_from(["a", "connectors", "coordinates"]), st.integers()),
    st.sampled_from(["ELEC", "41.5", "-74", "J1772 TESLA", "2", "24 hours daily", "public"]),
)  # fmt: skip
NAMES = sorted({*API, "properties", "geometry", "ev_charging_units", "ev_other_evse"})


@given(st.dictionaries(st.sampled_from(NAMES), cells))
@settings(max_examples=150, deadline=None)
def test_no_object_raises(values: dict[str, Any]) -> None:
    reader = translator(API, kind="json")
    reading = reader.translate(Row(2, API | values, str))
    assert isinstance(reading, StationDraft | Rejected | Skipped)

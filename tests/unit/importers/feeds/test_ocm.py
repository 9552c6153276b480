from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.importers.errors import LayoutNotUnderstood
from app.importers.feeds._ocm_names import as_served
from app.importers.feeds.ocm import FEED
from app.importers.row import Layout, Notes, Record, Rejected, Row, Skipped
from app.stations.draft import StationContent, StationDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerLevel,
    PowerType,
)

JSON = Layout("json")


def poi(**changes: Any) -> dict[str, Any]:
    """A place with one double CCS charger; members are replaced by ``changes``."""
    return {
        "ID": 77,
        "DataProviderID": 1,
        "DataProvider": {"ID": 1, "Title": "OCM", "License": "CC BY 4.0"},
        "OperatorID": 9,
        "OperatorInfo": {"ID": 9, "Title": "Volt & Co", "WebsiteURL": "https://volt.example.org"},
        "UsageTypeID": 1,
        "SubmissionStatusTypeID": 200,
        "StatusTypeID": 50,
        "DateLastStatusUpdate": "2026-03-27T23:37:00Z",
        "AddressInfo": {
            "Title": "Market square",
            "AddressLine1": "1 Market St",
            "AddressLine2": "rear",
            "Town": "Oldham",
            "Postcode": "OL1 1AA",
            "CountryID": 1,
            "Latitude": 53.5,
            "Longitude": -2.1,
        },
        "Connections": [{"ID": 5, "ConnectionTypeID": 33, "PowerKW": 50.0, "Quantity": 2}],
        "NumberOfPoints": 2,
        **changes,
    }


def read(values: dict[str, Any]) -> tuple[StationDraft | Skipped | Rejected, Notes]:
    row = Row(1, values, lambda: "")
    translator = FEED.translator(JSON, [row])
    return translator.translate(row), translator.notes


def content(**changes: Any) -> StationContent:
    reading, _ = read(poi(**changes))
    assert isinstance(reading, StationDraft)
    return reading.content


def test_a_place_becomes_a_station() -> None:
    reading, notes = read(poi())
    assert isinstance(reading, StationDraft)
    station = reading.content
    assert station.key == "77"
    assert (station.latitude, station.longitude) == (53.5, -2.1)
    assert station.name == "Market square"
    assert station.street == "1 Market St, rear"
    assert (station.postal_code, station.city, station.country) == ("OL1 1AA", "Oldham", "GB")
    assert station.operator == "Volt & Co"
    assert station.access is Access.PUBLIC
    assert station.licence == "CC-BY-4.0"
    assert station.attribution == "© Open Charge Map contributors, openchargemap.org"
    assert station.url == "https://volt.example.org"
    assert station.source_url == "https://openchargemap.org/site/poi/details/77"
    assert reading.source_updated_at == datetime(2026, 3, 27, 23, 37, tzinfo=UTC)
    assert [evse.uid for evse in station.evses] == ["1", "2"]
    plug = station.evses[1].connectors[0]
    assert plug.standard is ConnectorStandard.IEC_62196_T2_COMBO
    assert plug.format is ConnectorFormat.CABLE
    assert plug.power_type is PowerType.DC
    assert plug.max_power_w == 50_000
    assert reading.statuses == ()
    assert notes.unknown_words == {}


def test_camel_case_and_compact_rows_say_the_same() -> None:
    served = {
        "id": 77,
        "uuid": "X",
        "addressInfo": {"title": "A", "countryID": 1, "latitude": 1, "longitude": 2},
        "connections": [{"id": 1, "connectionTypeID": 2, "powerKW": 50, "statusTypeId": 50}],
        "dataProvider": {"websiteURL": "x", "isoCode": "y"},
    }
    assert as_served(served) == {
        "ID": 77,
        "UUID": "X",
        "AddressInfo": {"Title": "A", "CountryID": 1, "Latitude": 1, "Longitude": 2},
        "Connections": [{"ID": 1, "ConnectionTypeID": 2, "PowerKW": 50, "StatusTypeID": 50}],
        "DataProvider": {"WebsiteURL": "x", "ISOCode": "y"},
    }
    reading, _ = read(served)
    assert isinstance(reading, StationDraft)
    assert reading.content.licence == "unknown"
    assert reading.content.operator is None


def test_numbers_with_their_types_say_the_same() -> None:
    """MongoDB's extended JSON in its canonical form."""
    address = poi()["AddressInfo"] | {"Latitude": {"$numberDouble": "53.5"}}
    typed = poi(
        ID={"$numberInt": "77"},
        AddressInfo=address,
        NumberOfPoints={"$numberLong": "2"},
        DateLastStatusUpdate={"$date": {"$numberLong": "1774654620000"}},
    )
    assert read(typed) == read(poi())


def test_a_feature_has_the_place_inside() -> None:
    geometry = {"type": "Point", "coordinates": [-2.1, 53.5]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {"name": "x", "poi": poi()}}
    assert read(feature) == read(poi())
    assert FEED.recognises(JSON, [Row(1, feature, str)]) == 1.0


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"SubmissionStatusTypeID": 1005}, "not-published"),
        ({"SubmissionStatus": {"ID": 200, "IsLive": False}}, "not-published"),
        ({"StatusTypeID": 200}, "removed"),
        ({"StatusTypeID": None, "StatusType": {"ID": 210}}, "removed"),
        ({"StatusTypeID": 150}, "planned"),
        ({"OperatorID": 44}, "private-home"),
        ({"OperatorInfo": {"IsPrivateIndividual": True}}, "private-home"),
    ],
)
def test_rules_leave_places_out(changes: dict[str, Any], rule: str) -> None:
    assert read(poi(**changes))[0] == Skipped(rule)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"AddressInfo": {}}, "no-key"),
        (poi(AddressInfo={"Latitude": None, "Longitude": 2}), "no-coordinates"),
        (poi(AddressInfo="nowhere"), "no-coordinates"),
        (poi(NumberOfPoints=100_000), "too-many-evses"),
    ],
)
def test_rows_that_cannot_be_stations_are_rejected(values: dict[str, Any], reason: str) -> None:
    reading = read(values)[0]
    assert isinstance(reading, Rejected)
    assert reading.reason == reason


def test_bays_are_the_points_and_plugs_are_dealt_to_them() -> None:
    plugs = [
        {"ID": 12, "ConnectionTypeID": 25, "Quantity": 2},
        {"ID": 3, "ConnectionTypeID": 33, "Quantity": 2},
    ]
    evses = content(Connections=plugs, NumberOfPoints=3).evses
    standards = [[c.standard for c in evse.connectors] for evse in evses]
    combo, type_2 = ConnectorStandard.IEC_62196_T2_COMBO, ConnectorStandard.IEC_62196_T2
    assert standards == [[combo, type_2], [combo], [type_2]]


def test_without_points_there_are_as_many_bays_as_of_the_most_frequent_plug() -> None:
    plugs = [{"ConnectionTypeID": 33}, {"ConnectionTypeID": 2}, {"ConnectionTypeID": 25}]
    assert len(content(Connections=plugs, NumberOfPoints=None).evses) == 1


def test_an_unstated_quantity_of_the_only_plug_is_the_number_of_points() -> None:
    evses = content(Connections=[{"ConnectionTypeID": 2}], NumberOfPoints=3).evses
    assert [len(evse.connectors) for evse in evses] == [1, 1, 1]


def test_a_place_without_connections_keeps_its_points() -> None:
    evses = content(Connections=None, NumberOfPoints=2).evses
    assert [evse.connectors for evse in evses] == [(), ()]
    assert content(Connections=[], NumberOfPoints=0).evses == ()


def test_plugs_that_were_removed_are_gone() -> None:
    plugs = [{"ConnectionTypeID": 2, "StatusTypeID": 200}, {"ConnectionTypeID": 33}]
    evses = content(Connections=plugs, NumberOfPoints=None).evses
    assert [c.standard for c in evses[0].connectors] == [ConnectorStandard.IEC_62196_T2_COMBO]


@pytest.mark.parametrize(
    ("plug", "standard", "word"),
    [
        ({"ConnectionTypeID": 1036}, ConnectorStandard.IEC_62196_T2, None),
        ({"ConnectionType": {"ID": 22}}, ConnectorStandard.DOMESTIC_B, None),
        ({"ConnectionTypeID": 17, "Amps": 16}, ConnectorStandard.IEC_60309_2_THREE_16, None),
        ({"ConnectionTypeID": 17, "PowerKW": 43}, ConnectorStandard.IEC_60309_2_THREE_64, None),
        ({"ConnectionTypeID": 35}, ConnectorStandard.IEC_60309_2_THREE_32, None),
        ({"ConnectionTypeID": 35, "Amps": 200}, ConnectorStandard.IEC_60309_2_THREE_32, None),
        (
            {"ConnectionTypeID": 4711, "ConnectionType": {"Title": "MCS"}},
            ConnectorStandard.MCS,
            None,
        ),
        ({"ConnectionTypeID": 4711}, None, "connection type 4711"),
        ({"ConnectionTypeID": 7, "ConnectionType": {"Title": "Avcon"}}, None, "Avcon"),
    ],
)
def test_plugs_by_number_then_by_title(
    plug: dict[str, Any], standard: ConnectorStandard | None, word: str | None
) -> None:
    reading, notes = read(poi(Connections=[plug]))
    assert isinstance(reading, StationDraft)
    connector = reading.content.evses[0].connectors[0]
    assert (connector.standard, connector.standard_word) == (standard, word)
    assert notes.unknown_words == ({"connector": {word: 1}} if word else {})


def test_an_unknown_plug_is_counted_and_has_no_word() -> None:
    reading, notes = read(poi(Connections=[{"ConnectionTypeID": 0}, {}]))
    assert isinstance(reading, StationDraft)
    assert notes.unknown_words == {"connector": {"Unknown": 2}}
    assert {c.standard_word for e in reading.content.evses for c in e.connectors} == {None}


def test_power_is_worked_out_where_it_is_not_stated() -> None:
    plug = {"ConnectionTypeID": 25, "Amps": 32, "Voltage": 230, "CurrentTypeID": 10}
    assert content(Connections=[plug]).evses[0].connectors[0].max_power_w == 7_400


@pytest.mark.parametrize(
    ("plug", "level"),
    [
        ({"LevelID": 1}, PowerLevel.LEVEL_1),
        ({"LevelID": 2}, PowerLevel.LEVEL_2),
        ({"LevelID": 3}, None),
        ({"LevelID": 3, "CurrentTypeID": 30}, PowerLevel.DC_FAST),
        ({"LevelID": 2, "PowerKW": 7}, None),
    ],
)
def test_a_level_stands_in_only_for_an_unknown_power(
    plug: dict[str, Any], level: PowerLevel | None
) -> None:
    assert content(Connections=[{"ConnectionTypeID": 8, **plug}]).evses[0].power_level is level


@pytest.mark.parametrize(
    ("number", "access", "payments"),
    [
        (None, None, ()),
        (0, None, ()),
        (2, Access.PRIVATE, ()),
        (4, Access.PUBLIC, (Payment.SUBSCRIPTION,)),
        (5, Access.PUBLIC, (Payment.AD_HOC,)),
        (6, Access.RESTRICTED, ()),
        (7, Access.PUBLIC, ()),
    ],
)
def test_use_becomes_access_and_payment(
    number: int | None, access: Access | None, payments: tuple[Payment, ...]
) -> None:
    station = content(UsageTypeID=number)
    assert (station.access, station.payments) == (access, payments)


@pytest.mark.parametrize(
    ("cost", "is_free"),
    [("Free", True), ("free. Parking fees apply", True), ("Free for guests", False), ("£1", False)],
)
def test_only_what_is_free_for_all_counts_as_free(cost: str, is_free: bool) -> None:  # noqa: FBT001 - a table's column
    station = content(UsageCost=cost)
    assert station.price_text == cost
    assert (Payment.FREE in station.payments) is is_free


@pytest.mark.parametrize(
    ("changes", "statuses"),
    [
        ({"StatusTypeID": 10}, [EvseStatus.AVAILABLE, EvseStatus.AVAILABLE]),
        ({"StatusTypeID": 100}, [EvseStatus.INOPERATIVE, EvseStatus.INOPERATIVE]),
        ({"StatusTypeID": 75}, []),
        (
            {
                "Connections": [
                    {"ID": 1, "ConnectionTypeID": 33, "StatusTypeID": 20},
                    {"ID": 2, "ConnectionTypeID": 33, "StatusTypeID": 50},
                ]
            },
            [EvseStatus.CHARGING],
        ),
        (
            {
                "Connections": [
                    {"ID": 1, "ConnectionTypeID": 33, "StatusTypeID": 20},
                    {"ID": 2, "ConnectionTypeID": 2, "StatusTypeID": 50},
                ],
                "NumberOfPoints": 1,
            },
            [],
        ),
    ],
)
def test_states_are_reported_only_where_they_are_about_now(
    changes: dict[str, Any], statuses: list[EvseStatus]
) -> None:
    reading, _ = read(poi(**changes))
    assert isinstance(reading, StationDraft)
    assert [status.status for status in reading.statuses] == statuses


@pytest.mark.parametrize(
    ("changes", "licence", "attribution"),
    [
        ({"DataProvider": {"License": None, "IsOpenDataLicensed": None}}, "unknown", "© Open"),
        ({"DataProvider": {"IsOpenDataLicensed": False}}, "LicenseRef-not-open", "© Open"),
        ({"DataProvider": {"License": "All rights reserved"}}, "All rights reserved", "© Open"),
        (
            {"DataProviderID": 18, "DataProvider": {"Title": "UK", "License": "OGL v2.0"}},
            "OGL-UK-2.0",
            "UK, via Open Charge Map",
        ),
        (
            {"MetadataValues": [{"MetadataFieldID": 4, "ItemValue": "© OSM, ODbL 1.0"}, {}]},
            "ODbL-1.0",
            "© Open Charge Map contributors, openchargemap.org; © OSM, ODbL 1.0",
        ),
        (
            {"MetadataValues": [{"MetadataFieldID": 4, "ItemValue": "CC BY-NC 4.0"}]},
            "CC-BY-NC-4.0",
            "© Open Charge Map contributors, openchargemap.org; CC BY-NC 4.0",
        ),
        (
            {"MetadataValues": [{"MetadataFieldID": 4, "ItemValue": "with thanks " * 30}]},
            "CC-BY-4.0",
            "© Open Charge Map contributors, openchargemap.org; with thanks with",
        ),
        (
            {"MetadataValues": [{"MetadataFieldID": 4, "ItemValue": "with thanks"}]},
            "CC-BY-4.0",
            "© Open Charge Map contributors, openchargemap.org; with thanks",
        ),
    ],
)
def test_licence_and_attribution_come_from_the_row(
    changes: dict[str, Any], licence: str, attribution: str
) -> None:
    station = content(**changes)
    assert station.licence == licence
    assert station.attribution.startswith(attribution)


def test_numbers_that_are_new_are_counted_by_their_titles() -> None:
    plug = {
        "ConnectionTypeID": 33,
        "CurrentTypeID": 40,
        "StatusTypeID": 99,
        "StatusType": {"Title": "Odd"},
    }
    reading, notes = read(
        poi(UsageTypeID=8, StatusTypeID=31, StatusType={"Title": "New"}, Connections=[plug])
    )
    assert isinstance(reading, StationDraft)
    assert notes.unknown_words == {
        "access": {"8": 1},
        "status": {"Odd": 1, "New": 1},
        "power-type": {"40": 1},
    }


@pytest.mark.parametrize(
    ("telephone", "central", "phone"),
    [
        ("01706 123456", None, "+441706123456"),
        (None, "+44 1706 123456", "+441706123456"),
        (None, "01706 123456", None),
    ],
)
def test_the_operators_phone_counts_only_with_its_country(
    telephone: str | None, central: str | None, phone: str | None
) -> None:
    address = poi()["AddressInfo"] | {"ContactTelephone1": telephone}
    operator = {"PhonePrimaryContact": central}
    assert content(AddressInfo=address, OperatorInfo=operator).phone == phone


def test_the_unknown_operator_is_nobody() -> None:
    unknown = {"ID": 1, "Title": "(Unknown Operator)"}
    assert content(OperatorID=1, OperatorInfo=unknown).operator is None


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ({"Country": {"ISOCode": "ie"}, "CountryID": 1}, "IE"),
        ({"CountryID": 250}, "XK"),
        ({"Country": {"ID": 80}}, "FR"),
        ({"Country": {"Title": "Germany"}}, "DE"),
        ({}, None),
    ],
)
def test_countries_by_code_by_number_by_name(address: dict[str, Any], country: str | None) -> None:
    assert content(AddressInfo={"Latitude": 1, "Longitude": 2, **address}).country == country


def test_recognition() -> None:
    rows = [Row(1, poi(), lambda: ""), Row(2, {"id": 1}, lambda: "")]
    assert FEED.recognises(JSON, rows) == 0.5
    assert FEED.recognises(JSON, []) == 0.0
    assert FEED.recognises(Layout("csv", columns=("ID",)), rows) == 0.0
    assert not FEED.is_header(["ID", "Latitude"])


def test_rows_of_one_number_are_one_station() -> None:
    translator = FEED.translator(JSON, [])
    drafts = [translator.translate(Row(n, poi(), lambda: "")) for n in (1, 2)]
    assert translator.merge([d for d in drafts if isinstance(d, StationDraft)]) == drafts[0]


def flat(values: dict[str, Any], joint: str, before: str = "") -> dict[str, str]:
    """An object as a data frame writes it into a row."""
    cells: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            cells |= flat(value, joint, f"{before}{name}{joint}")
        else:
            cells[f"{before}{name}"] = "" if value is None else str(value)
    return cells


def of_table(cells: dict[str, str]) -> tuple[StationDraft | Skipped | Rejected, Notes]:
    columns = tuple(cells)
    assert FEED.is_header(columns)
    assert FEED.recognises(Layout("csv", columns), []) == 1.0
    row = Row(1, Record({name: n for n, name in enumerate(columns)}, [*cells.values()]), str)
    translator = FEED.translator(Layout("csv", columns), [row])
    return translator.translate(row), translator.notes


@pytest.mark.parametrize("joint", [".", "/", "__"])
def test_objects_flattened_to_columns_say_the_same(joint: str) -> None:
    """The list of connections is written as its language does."""
    private = {"OperatorInfo": {"ID": 9, "Title": "Volt & Co", "IsPrivateIndividual": False}}
    assert of_table(flat(poi(**private), joint)) == read(poi(**private))


def test_connections_may_have_columns_of_their_own() -> None:
    cells = flat(poi(), ".")
    del cells["Connections"]
    cells |= {"Connections.0.ConnectionTypeID": "33", "Connections.0.PowerKW": "50.0"}
    cells |= {"Connections.0.Quantity": "2", "Connections.0.ID": "5", "Note": "x"}
    reading, notes = of_table(cells)
    assert reading == read(poi())[0]
    assert notes.unmapped_columns == ("Note",)


def test_the_csv_of_the_api_is_read_by_titles() -> None:
    cells = {
        "ID": "77",
        "LocationTitle": "Market square",
        "AddressLine1": "1 Market St",
        "Country": "United Kingdom",
        "Latitude": "53.5",
        "Longitude": "-2.1",
        "Addr_AccessComments": "24 hours",
        "ConnectionType": "CCS (Type 2),CHAdeMO",
        "UsageType": "Public - Pay At Location",
        "NumberOfPoints": "1",
        "StatusType": "Operational",
        "Distance": "1",
    }
    reading, notes = of_table(cells)
    assert isinstance(reading, StationDraft)
    station = reading.content
    assert (station.key, station.name, station.country) == ("77", "Market square", "GB")
    assert (station.access, station.payments) == (Access.PUBLIC, (Payment.AD_HOC,))
    assert (station.open_24_7, station.licence) == (True, "unknown")
    assert {plug.standard for plug in station.evses[0].connectors} == {
        ConnectorStandard.IEC_62196_T2_COMBO,
        ConnectorStandard.CHADEMO,
    }
    assert notes == Notes()
    assert of_table(cells | {"StatusType": "Planned For Future Date"})[0] == Skipped("planned")


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(LayoutNotUnderstood, match="columns of a place"):
        FEED.translator(Layout("csv", ("ID", "Latitude", "Longitude")), [])

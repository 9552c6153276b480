from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.importers.feeds.osm import FEED
from app.importers.row import Layout, Notes, Record, Rejected, Row, Skipped
from app.stations.draft import EvseDraft, StationContent, StationDraft
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    Payment,
    PowerType,
)

JSON = Layout("json")
COMBO, TYPE_2 = ConnectorStandard.IEC_62196_T2_COMBO, ConnectorStandard.IEC_62196_T2


def node(**tags: str) -> dict[str, Any]:
    """An Overpass node; ``__`` in a tag's name stands for ``:``."""
    named = {name.replace("__", ":"): value for name, value in tags.items()}
    return {
        "type": "node",
        "id": 9,
        "lat": 48.9,
        "lon": 2.3,
        "tags": {"amenity": "charging_station", **named},
    }


def read(values: dict[str, Any]) -> tuple[StationDraft | Skipped | Rejected, Notes]:
    row = Row(1, values, lambda: "")
    translator = FEED.translator(JSON, [row])
    return translator.translate(row), translator.notes


def draft(values: dict[str, Any]) -> StationDraft:
    reading, _ = read(values)
    assert isinstance(reading, StationDraft)
    return reading


def content(**tags: str) -> StationContent:
    return draft(node(**tags)).content


def plugs(evses: tuple[EvseDraft, ...]) -> list[list[tuple[ConnectorStandard | None, int | None]]]:
    return [[(c.standard, c.max_power_w) for c in evse.connectors] for evse in evses]


def test_a_node_becomes_a_station() -> None:
    station = content(
        name="Mairie",
        operator="Izivia",
        addr__street="Rue A",
        addr__housenumber="3",
        addr__postcode="75001",
        addr__city="Paris",
        addr__country="FR",
        phone="01 85 45 06 88; 02",
        website="www.example.org",
        charge="0.40 EUR/kWh",
        opening_hours="Mo-Fr 07:00-20:00",
    )
    assert station.key == "node/9"
    assert (station.latitude, station.longitude) == (48.9, 2.3)
    assert (station.licence, station.attribution) == ("ODbL-1.0", "© OpenStreetMap contributors")
    assert (station.name, station.operator) == ("Mairie", "Izivia")
    assert (station.street, station.postal_code, station.city) == ("Rue A 3", "75001", "Paris")
    assert station.country == "FR"
    assert station.phone == "+33185450688"
    assert station.url == "https://www.example.org"
    assert station.price_text == "0.40 EUR/kWh"
    assert station.opening_hours == "Mo-Fr 07:00-20:00"
    assert station.source_url == "https://www.openstreetmap.org/node/9"
    assert station.evses == ()


@pytest.mark.parametrize(
    "shape",
    [
        {"center": {"lat": 1.5, "lon": 2.5}},
        {"bounds": {"minlat": 1, "minlon": 2, "maxlat": 2, "maxlon": 3}},
        {"geometry": [{"lat": 1, "lon": 2}, {"lat": 2, "lon": 3}, {"lat": 1, "lon": 2}]},
        {"members": [{"geometry": [{"lat": 1, "lon": 2}]}, {"lat": 2, "lon": 3}]},
    ],
)
def test_the_middle_of_ways_and_relations(shape: dict[str, Any]) -> None:
    way = {"type": "way", "id": 5, "tags": {"amenity": "charging_station"}, **shape}
    station = draft(way).content
    assert (station.key, station.latitude, station.longitude) == ("way/5", 1.5, 2.5)


@pytest.mark.parametrize(
    ("feature", "key"),
    [
        ({"properties": {"@id": "node/4"}}, "node/4"),
        ({"id": "way/4", "properties": {}}, "way/4"),
        ({"properties": {"id": "https://www.openstreetmap.org/relation/4"}}, "relation/4"),
        ({"properties": {"osm_type": "nodes", "osm_id": 4}}, "node/4"),
        (
            {"properties": {"type": "way", "id": 4, "tags": {"amenity": "charging_station"}}},
            "way/4",
        ),
        ({"properties": {"@osmId": "way/4", "@osmType": "WAY"}}, "way/4"),
        ({"properties": {"full_id": "w4", "osm_id": "4"}}, "way/4"),
        ({"properties": {"element": "way", "id": 4}}, "way/4"),
        ({"id": "w4", "properties": {}}, "way/4"),
        ({"id": "a8", "properties": {}}, "way/4"),
        ({"id": "a9", "properties": {}}, "relation/4"),
        ({"properties": {"osm_way_id": "4", "osm_id": None}}, "way/4"),
        ({"properties": {"osm_id": 4}}, "way/4"),
        ({"properties": {"osm_id": -4}}, "relation/4"),
        ({"properties": {"osm_id": "x"}}, "at/1.50000,2.50000"),
        ({"properties": {}}, "at/1.50000,2.50000"),
    ],
)
def test_keys_of_features(feature: dict[str, Any], key: str) -> None:
    outline = [[[2, 1], [3, 1], [3, 2], [2, 2], [2, 1]]]
    properties = {"amenity": "charging_station", **feature["properties"]}
    values = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": outline},
        **feature,
        "properties": properties,
    }
    station = draft(values).content
    assert (station.key, station.latitude, station.longitude) == (key, 1.5, 2.5)


def test_features_of_points_and_collections() -> None:
    point = {"type": "Point", "coordinates": [2.5, 1.5, 30.0]}
    for geometry in (point, {"type": "GeometryCollection", "geometries": [point]}):
        values = {
            "type": "Feature",
            "id": "node/4",
            "properties": {"amenity": "charging_station"},
            "geometry": geometry,
        }
        assert draft(values).content.latitude == 1.5


def test_rows_of_an_overpass_table() -> None:
    values = {
        "@type": "node",
        "@id": "4",
        "@lat": "1.5",
        "@lon": "2.5",
        "@timestamp": "2024-05-06T07:08:09Z",
        "amenity": "charging_station",
        "capacity": "",
    }
    reading = draft(values)
    assert reading.content.key == "node/4"
    assert reading.source_updated_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert FEED.is_header(["@type", "@id", "@lat", "@lon", "amenity"])
    assert not FEED.is_header(["id", "lat", "lon"])


HSTORE = r'"amenity"=>"charging_station","name"=>"A \"B\"","socket:type2"=>"2"'


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"osm_type": "way", "osm_id": "4", "lat": "1.5", "lon": "2.5"}, "way/4"),
        ({"@otype": "2", "@id": "4", "@lat": "1,5", "@lon": "2,5"}, "way/4"),
        ({"element": "way", "id": "4", "geometry": "POLYGON ((2 1, 3 1, 3 2, 2 2, 2 1))"}, "way/4"),
        ({"X": "2.5", "Y": "1.5"}, "at/1.50000,2.50000"),
    ],
)
@pytest.mark.parametrize(
    "tags",
    [
        {"amenity": "charging_station", "name": 'A "B"', "socket:type2": "2"},
        {"name": 'A "B"', "socket:type2": "2"},
        {"tags": '{"amenity": "charging_station", "name": "A \\"B\\"", "socket:type2": 2}'},
        {"other_tags": HSTORE, "barrier": ""},
    ],
    ids=["columns", "chosen columns", "JSON", "hstore"],
)
def test_rows_of_any_table(columns: dict[str, str], key: str, tags: dict[str, str]) -> None:
    values = columns | tags
    names = tuple(values)
    record = Record({name: place for place, name in enumerate(names)}, list(values.values()))
    row = Row(1, record, str)
    assert FEED.is_header(names)
    assert FEED.recognises(Layout("csv", names), [row]) >= 0.7
    reading = FEED.translator(Layout("csv", names), [row]).translate(row)
    assert isinstance(reading, StationDraft)
    station = reading.content
    assert (station.key, station.latitude, station.longitude) == (key, 1.5, 2.5)
    assert (station.name, len(station.evses)) == ('A "B"', 2)


def test_features_of_geodata_tools_have_their_tags_in_a_text() -> None:
    feature = {
        "type": "Feature",
        "properties": {"osm_id": "4", "name": "x", "other_tags": HSTORE, "ref": None},
        "geometry": {"type": "Point", "coordinates": [2.5, 1.5]},
    }
    station = draft(feature).content
    assert (station.key, station.name, len(station.evses)) == ("node/4", 'A "B"', 2)


def test_the_last_edit_dates_a_feature() -> None:
    feature = {
        "type": "Feature",
        "properties": {
            "@osmId": "node/4",
            "@snapshotTimestamp": "2026-01-01T00:00:00Z",
            "@lastEdit": "2024-05-06T07:08:09Z",
            "amenity": "charging_station",
        },
        "geometry": {"type": "Point", "coordinates": [2.5, 1.5]},
    }
    assert draft(feature).source_updated_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"a": 1}, "not-understood"),
        ({"type": "node", "id": 1, "tags": {"amenity": "charging_station"}}, "no-coordinates"),
        (node(capacity="4000", socket__type2="4000"), "too-many-evses"),
    ],
)
def test_rows_that_cannot_be_stations_are_rejected(values: dict[str, Any], reason: str) -> None:
    reading = read(values)[0]
    assert isinstance(reading, Rejected)
    assert reading.reason == reason


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        ({"amenity": "cafe"}, "not-a-charging-station"),
        ({"amenity": "cafe", "disused__amenity": "charging_station"}, "disused"),
        ({"amenity": "cafe", "proposed__amenity": "charging_station"}, "planned"),
        ({"disused": "yes"}, "disused"),
        ({"motorcar": "no", "bicycle": "yes"}, "not-for-cars"),
        ({"charging_station__battery_swapping": "only"}, "battery-swapping"),
    ],
)
def test_rules_leave_elements_out(tags: dict[str, str], rule: str) -> None:
    assert read(node(**tags))[0] == Skipped(rule)


def test_a_station_among_other_amenities() -> None:
    assert content(amenity="parking;charging_station", disused="no").key == "node/9"


def test_bays_are_the_capacity_and_sockets_are_dealt_to_them() -> None:
    evses = content(capacity="2", socket__type2="2", socket__chademo="1").evses
    assert plugs(evses) == [
        [(ConnectorStandard.CHADEMO, None), (TYPE_2, None)],
        [(TYPE_2, None)],
    ]


@pytest.mark.parametrize(
    ("tags", "counts"),
    [
        ({"socket__type2": "yes"}, [1]),
        ({"socket__type2": "yes", "capacity": "3"}, [1, 1, 1]),
        ({"socket__type2": "2;3"}, [1, 1, 1, 1, 1]),
        ({"socket__type2": "no"}, []),
        ({"socket__type2": "0"}, []),
        ({"socket": "type2;chademo"}, [2]),
        ({"socket": "4"}, [0, 0, 0, 0]),
        ({"capacity": "2"}, [0, 0]),
        ({"capacity": "0"}, []),
        ({"capacity": "3.3"}, []),
        ({"capacity__motorcar": "1", "capacity": "9"}, [0]),
        ({"capacity__charging": "2", "capacity": "90"}, [0, 0]),
        ({"socket__type2": "several"}, [1]),
    ],
)
def test_counts_of_bays_and_plugs(tags: dict[str, str], counts: list[int]) -> None:
    assert [len(evse.connectors) for evse in content(**tags).evses] == counts


def test_kilowatts_written_as_capacity_are_not_believed() -> None:
    for tags in ({"capacity": "50"}, {"capacity": "50", "socket__chademo": "yes"}):
        reading, notes = read(node(**tags))
        assert isinstance(reading, StationDraft)
        assert len(reading.content.evses) == len(tags) - 1
        assert notes.flags == {"capacity-implausible": 1}
    assert len(content(capacity="20", socket__type2_combo="20").evses) == 20


@pytest.mark.parametrize(
    ("tags", "powers_w"),
    [
        ({"socket__type2": "1", "socket__type2__output": "22 kW"}, [22_000]),
        ({"socket__type2__output": "7.4kW"}, [7_400]),
        ({"socket__type2": "2", "socket__type2__output": "22 kW;43kW"}, [22_000, 43_000]),
        ({"socket__type2": "3", "socket__type2__output": "22;43"}, [43_000, 43_000, 43_000]),
        ({"socket__type2": "yes", "socket__type2__output": "22;43"}, [22_000, 43_000]),
        ({"socket__chademo": "2", "socket__chademo__output": "50 kW,100 kW"}, [50_000, 100_000]),
        ({"socket__chademo": "1", "socket__chademo__output": "50-150 kW"}, [150_000]),
        ({"socket__chademo": "1", "socket__chademo__output": "2x50 kW"}, [50_000]),
        ({"socket__chademo": "24kw"}, [24_000]),
        ({"socket__chademo": "1", "socket__chademo__output": "50000"}, [50_000]),
        ({"socket__chademo": "1", "socket__chademo__output": "strong"}, [None]),
        ({"socket__chademo": "1", "charging_station__output": "50kW"}, [50_000]),
        ({"socket__type2": "1", "charging_station__output": "50kW"}, [None]),
        ({"socket__typee": "2", "socket__typee__output": "22 kW"}, [None, None]),
        ({"socket__type7": "1", "charging_station__output": "3kW"}, [3_000]),
        ({"output": "3.7 kW", "capacity": "2"}, [3_700, 3_700]),
        ({"socket__schuko": "1", "voltage": "230", "amperage": "16"}, [3_700]),
        (
            {"socket__type2": "1", "socket__type2__voltage": "400", "socket__type2__current": "32"},
            [22_200],
        ),
        ({"socket__type2": "1", "voltage": "300", "amperage": "32"}, [None]),
    ],
)
def test_powers(tags: dict[str, str], powers_w: list[int | None]) -> None:
    evses = content(**tags).evses
    assert [power for evse in plugs(evses) for _, power in evse] == powers_w


@pytest.mark.parametrize(
    ("kind", "standard", "form"),
    [
        ("type2_combo", COMBO, ConnectorFormat.CABLE),
        ("type2_cable", TYPE_2, ConnectorFormat.CABLE),
        ("typee", ConnectorStandard.DOMESTIC_E, ConnectorFormat.SOCKET),
        ("type3", ConnectorStandard.IEC_62196_T3C, ConnectorFormat.SOCKET),
        ("nacs", ConnectorStandard.SAE_J3400, ConnectorFormat.CABLE),
        ("nema_10_50", ConnectorStandard.NEMA_10_50, None),
        ("type7", None, None),
    ],
)
def test_kinds_of_sockets(
    kind: str, standard: ConnectorStandard | None, form: ConnectorFormat | None
) -> None:
    reading, notes = read(node(**{f"socket__{kind}": "1"}))
    assert isinstance(reading, StationDraft)
    connector = reading.content.evses[0].connectors[0]
    assert (connector.standard, connector.format) == (standard, form)
    assert connector.standard_word == (None if standard else kind)
    assert notes.unknown_words == ({} if standard else {"connector": {kind: 1}})


def test_combined_plugs_carry_direct_current() -> None:
    station = content(socket__type2_combo="1", voltage="230")
    assert station.evses[0].connectors[0].power_type is PowerType.DC


def test_public_ids_are_given_to_bays_only_if_there_is_one_for_each() -> None:
    ids = "FR*V08*E1;FR*V08*E2"
    evses = content(capacity="2", ref__EU__EVSE=ids).evses
    assert [evse.evse_id for evse in evses] == ["FR*V08*E1", "FR*V08*E2"]
    for capacity, text in (("1", ids), ("1", "FR*V08*P92049*002")):
        assert content(capacity=capacity, ref__EU__EVSE=text).evses[0].evse_id is None


@pytest.mark.parametrize(
    ("word", "access"),
    [
        ("yes", Access.PUBLIC),
        ("customers", Access.RESTRICTED),
        ("private", Access.PRIVATE),
        ("unknown", None),
        ("sometimes", None),
    ],
)
def test_access(word: str, access: Access | None) -> None:
    reading, notes = read(node(access=word))
    assert isinstance(reading, StationDraft)
    assert reading.content.access is access
    assert notes.unknown_words == ({"access": {word: 1}} if word == "sometimes" else {})


def test_payments() -> None:
    reading, notes = read(
        node(
            payment__credit_cards="yes",
            payment__upi="yes",
            payment__cash="no",
            payment__shells="yes",
            authentication__nfc="yes",
            authentication__none="yes",
            fee="no",
        )
    )
    assert isinstance(reading, StationDraft)
    assert reading.content.payments == (Payment.APP, Payment.CARD, Payment.FREE, Payment.RFID)
    assert notes.unknown_words == {"payment": {"shells": 1}}


def test_prices_addresses_and_dates_where_they_are_found() -> None:
    assert content(fee="yes").price_text is None
    assert content(fee="2 EUR").price_text == "2 EUR"
    assert content(addr__street="Rue A").street == "Rue A"
    assert content(address="NH-4, Pallikonda").street == "NH-4, Pallikonda"
    dated = draft(node(check_date="2026-03-15")).source_updated_at
    assert dated == datetime(2026, 3, 15, tzinfo=UTC)
    edited = draft(node(check_date="2026-03-15") | {"timestamp": "2026-04-01T00:00:00Z"})
    assert edited.source_updated_at == datetime(2026, 4, 1, tzinfo=UTC)


def test_recognition() -> None:
    rows = [
        Row(1, node(), lambda: ""),
        Row(2, {"type": "node", "id": 1, "tags": {"amenity": "cafe"}}, lambda: ""),
        Row(3, {"id": 1}, lambda: ""),
    ]
    assert FEED.recognises(JSON, rows[:1]) == pytest.approx(1.0)
    assert 0.5 < FEED.recognises(JSON, rows[:2]) < 1
    assert FEED.recognises(JSON, rows[2:]) == 0.0
    assert FEED.recognises(JSON, []) == 0.0
    assert FEED.recognises(Layout("csv", ("id", "lat", "lon")), rows[:1]) == 0.0
    corners = [Row(n, {"type": "node", "id": n, "lat": 1, "lon": 2}, str) for n in range(99)]
    assert FEED.recognises(JSON, [*rows[:1], *corners]) > 0.5


def test_rows_of_one_element_are_one_station() -> None:
    translator = FEED.translator(JSON, [])
    assert translator.merge([draft(node()), draft(node())]) == draft(node())

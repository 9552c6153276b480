"""Whatever a JSON row holds, it becomes a station, or there is a reason why not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.feed import Feed
from app.importers.feeds import ocm, ocpi, osm
from app.importers.row import Layout, Rejected, Row, Skipped
from app.importers.steps import clean
from app.stations.draft import StationDraft, content_hash

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["0", "1e400", "nan", "-", "22 kW", "2;3", "REMOVED", "\ud800", "24/7"])
)
MEMBERS = (
    "ID id AddressInfo Connections Latitude evses connectors coordinates latitude tags type"
    " properties geometry amenity $date lat lon uid publish"
)
NAMES = st.text(max_size=8) | st.sampled_from(MEMBERS.split())
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)

PLACE = {
    "ID": 7,
    "DataProviderID": 1,
    "DataProvider": {"ID": 1, "Title": "A", "License": "CC BY 4.0"},
    "OperatorInfo": {"Title": "B", "PhonePrimaryContact": "+44 1706 123456"},
    "StatusTypeID": 10,
    "DateLastStatusUpdate": {"$date": "2019-04-06T04:01:00Z"},
    "AddressInfo": {
        "Title": "C",
        "Latitude": 53.5,
        "Longitude": -2.1,
        "CountryID": 1,
        "Country": {"ISOCode": "GB"},
        "AccessComments": "24 hours daily",
        "ContactTelephone1": "01706 123456",
        "RelatedURL": "http://example.org",
    },
    "Connections": [{"ID": 5, "ConnectionTypeID": 33, "PowerKW": 50.0, "Quantity": 2, "Amps": 9}],
    "NumberOfPoints": 2,
    "MetadataValues": [{"MetadataFieldID": 4, "ItemValue": "ODbL 1.0"}],
}
ELEMENT = {
    "type": "way",
    "id": 9,
    "center": {"lat": 48.9, "lon": 2.3},
    "bounds": {"minlat": 1},
    "geometry": [{"lat": 1, "lon": 2}],
    "members": [{"lat": 1, "lon": 2}],
    "tags": {
        "amenity": "charging_station",
        "capacity": "2",
        "socket:type2": "2",
        "socket:type2:output": "22 kW",
        "socket": "chademo",
        "opening_hours": "Mo-Fr 08:00-18:00",
        "phone": "1",
        "ref:EU:EVSE": "FR*V08*E1",
        "access": "yes",
    },
}
FEATURE = {
    "type": "Feature",
    "id": "way/9",
    "geometry": {"type": "Polygon", "coordinates": [[[2, 1], [3, 1], [3, 2], [2, 1]]]},
    "properties": {"@id": "way/9", "amenity": "charging_station", "@timestamp": "2024-01-01"},
}
LOCATION = {
    "country_code": "LT",
    "party_id": "VLT",
    "id": 249,
    "publish": True,
    "country": "LTU",
    "coordinates": {"latitude": "55.5973273", "longitude": "26.4221435"},
    "evses": [
        {
            "uid": 1,
            "status": "AVAILABLE",
            "capabilities": ["RFID_READER"],
            "parking_restrictions": ["CUSTOMERS"],
            "connectors": [{"id": 1, "standard": "CHADEMO", "max_electric_power": 50000}],
            "last_updated": "2025-03-13T06:50:13",
        }
    ],
    "operator": {"name": "Volt", "website": "volt.example.lt"},
    "opening_times": {
        "regular_hours": [{"weekday": 1, "period_begin": "08:00", "period_end": "18:00"}]
    },
    "last_updated": "2024-07-18T10:21:10Z",
}
ROWS = [(ocm.FEED, PLACE), (osm.FEED, ELEMENT), (osm.FEED, FEATURE), (ocpi.FEED, LOCATION)]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every member of a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for step, inner in steps:
        found.append((*path, step))
        if isinstance(inner, dict | list):
            found += paths(inner, (*path, step))
    return found


@st.composite
def damaged(draw: Callable[..., Any]) -> tuple[Feed, dict[str, Any]]:
    """A sound row in which up to three members hold anything."""
    feed, row = draw(st.sampled_from(ROWS))
    row = copy.deepcopy(row)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(row)))
        holder = row
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = draw(ANYTHING)
    return feed, row


def check(feed: Feed, values: dict[str, Any]) -> None:
    row = Row(1, values, lambda: "")
    assert 0 <= feed.recognises(Layout("json"), [row]) <= 1
    translator = feed.translator(Layout("json"), [row])
    reading = translator.translate(row)
    if isinstance(reading, StationDraft):
        assert content_hash(reading.content)
        assert len(reading.content.evses) == len({evse.uid for evse in reading.content.evses})
        cleaned = clean(reading, notes=translator.notes, territory=None)
        assert isinstance(cleaned, StationDraft | Rejected | Skipped)
    else:
        assert reading.reason


@given(damaged())
@settings(max_examples=150, deadline=None)
def test_damaged_rows_have_an_outcome(damage: tuple[Feed, dict[str, Any]]) -> None:
    check(*damage)


@pytest.mark.parametrize("feed", [ocm.FEED, osm.FEED, ocpi.FEED], ids=lambda feed: feed.source)
@given(values=st.dictionaries(NAMES, ANYTHING, max_size=8))
@settings(max_examples=30, deadline=None)
def test_junk_has_an_outcome(feed: Feed, values: dict[str, Any]) -> None:
    check(feed, values)


@pytest.mark.parametrize(("feed", "values"), ROWS)
def test_the_sound_rows_are_stations(feed: Feed, values: dict[str, Any]) -> None:
    row = Row(1, values, lambda: "")
    assert isinstance(feed.translator(Layout("json"), [row]).translate(row), StationDraft)

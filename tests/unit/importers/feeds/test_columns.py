"""Columns recognised by meaning, keys made of what is known, plugs that carry no more."""

from __future__ import annotations

from collections import namedtuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.feeds._columns import (
    Meanings,
    Point,
    cells_reader,
    fold_name,
    is_header,
    match_columns,
    members,
    names_of,
)
from app.importers.feeds._fallback_key import fallback_key
from app.importers.feeds._plug_limits import LIMIT_W, carried_power_w
from app.importers.row import Layout, Record, Row
from app.stations.vocabulary import ConnectorStandard

MEANINGS = Meanings(
    fields={
        "kind": ("artderladeeinrichtung",),
        "latitude": ("breitengrad", "latitude"),
        "power1": ("p1",),
        "power2": ("p2",),
        "plugs1": ("steckertypen1",),
        "plugs2": ("steckertypen2",),
    },
    unused=frozenset({"kreis"}),
    unused_prefixes=("publickey",),
)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Längengrad [DG]", "langengrad"),
        ("P1 [kW]", "p1"),
        ("Anzeigename (Karte)", "anzeigename"),
        (" EV Level2  EVSE_Num", "evlevel2evsenum"),
        ("accessibilité", "accessibilite"),
        ("Straße", "strasse"),
        ("(x)", "x"),
    ],
)
def test_names_are_folded(name: str, folded: str) -> None:
    assert fold_name(name) == folded


def test_columns_are_found_in_any_order_and_spelling() -> None:
    names = ("P2 [kW]", "Kreis", "Public Key 7", "BREITENGRAD", "Art der Ladeeinrichung", "Notiz")
    matched = match_columns(names, MEANINGS)
    assert matched.by_field == {
        "power2": "P2 [kW]",
        "latitude": "BREITENGRAD",
        "kind": "Art der Ladeeinrichung",
    }
    assert matched.unmapped == ("Notiz",)


def test_the_best_named_column_wins_whatever_the_order() -> None:
    for names in (("latitude", "Breitengrad"), ("Breitengrad", "latitude")):
        assert match_columns(names, MEANINGS).by_field == {"latitude": "Breitengrad"}


def test_a_mistyped_name_never_beats_the_exact_one_or_another_number() -> None:
    matched = match_columns(("Stekertypen2", "Steckertypen1"), MEANINGS)
    assert matched.by_field == {"plugs1": "Steckertypen1", "plugs2": "Stekertypen2"}
    matched = match_columns(("Stekertypen1", "Steckertypen1", "Steckertypen3"), MEANINGS)
    assert matched.by_field == {"plugs1": "Steckertypen1"}
    assert matched.unmapped == ("Steckertypen3",)


def test_names_cut_by_a_shapefile_are_found_where_they_tell() -> None:
    matched = match_columns(("Breitengra", "Art_der_La", "Steckertyp", "latit"), MEANINGS)
    assert matched.by_field == {"latitude": "Breitengra", "kind": "Art_der_La"}
    assert matched.unmapped == ("Steckertyp", "latit")


def test_scrambled_names_are_found() -> None:
    meanings = Meanings(fields={"street": ("strasse",)})
    assert match_columns(("StraÃŸe",), meanings).by_field == {"street": "StraÃŸe"}


def test_a_header_names_what_is_needed() -> None:
    needed = frozenset({"latitude", "plugs1"})
    assert is_header(["Steckertypen1", "", "Breitengrad"], MEANINGS, needed=needed)
    assert not is_header(["1. Ladepunkt", "", "Breitengrad"], MEANINGS, needed=needed)


def test_json_has_the_members_of_its_sample() -> None:
    sample = [Row(1, {"a": 1}, str), Row(2, {"b": 1, "a": 2}, str)]
    assert names_of(Layout("jsonl"), sample) == ("a", "b")
    assert names_of(Layout("csv", ("x",)), sample) == ("x",)


def test_a_column_without_name_and_content_is_none() -> None:
    """Spreadsheets leave them at the right end, other tools an index at the left."""
    columns = ("column 1", "a", "column 3")
    record = Record({column: place for place, column in enumerate(columns)}, ["7", "x", ""])
    assert names_of(Layout("csv", columns), [Row(1, record, str)]) == ("column 1", "a")


def test_a_feature_has_its_properties_and_its_place() -> None:
    point = {"type": "Point", "coordinates": [4.8, 45.7]}
    assert members({"properties": {"a": 1}, "geometry": None}) == {"a": 1}
    assert members({"properties": {"a": 1}, "geometry": {"coordinates": [[1]]}}) == {"a": 1}
    assert members({"properties": {"a": 1, "latitude": 2}, "geometry": point}) == {
        "longitude": 4.8,
        "latitude": 2,
        "a": 1,
    }
    assert members({"properties": "few"}) == {"properties": "few"}


def test_cells_come_in_the_order_of_the_fields() -> None:
    cells = namedtuple("cells", ("x", "y", "z"))  # noqa: PYI024 - a test needs no types in it
    columns = ("B", "A", "C")
    read = cells_reader(("x", "y", "z"), cells._make, {"x": "A", "z": "C"}, columns=columns)
    record = Record({column: place for place, column in enumerate(columns)}, ["2", "1", "3"])
    assert read(record) == ("1", None, "3")
    assert dict(record) == {"C": "3", "A": "1", "B": "2"}
    assert len(record) == len(columns)
    assert read({"C": "3", "A": "1", "B": "2"}) == ("1", None, "3")
    read = cells_reader(("x", "y", "z"), cells._make, {"x": "A", "y": "B"}, columns=())
    assert read({"A": [1, [2, {}]], "B": {"c": 1}}) == ((1, (2, None)), None, None)
    assert read({"A": {"lat": 1, "lng": 2}, "B": {"coordinates": [[3, 4]]}}) == (
        Point(2, 1),
        None,
        None,
    )


def test_a_fallback_key_is_readable_and_forgives_spelling() -> None:
    key = fallback_key("EnBW AG", "Karlstr. 45", latitude=48.500374, longitude=10.117366)
    assert key == "enbw-ag~karlstr-45~48.500_10.117"
    assert key == fallback_key("ENBW  ag", "KARLSTR 45", None, latitude=48.5001, longitude=10.1172)
    assert fallback_key(latitude=-0.0001, longitude=0) == "-0.000_0.000"


def test_a_long_text_keeps_its_own_key() -> None:
    keys = {fallback_key("ab" * 50 + end, latitude=1, longitude=2) for end in "xy"}
    assert len(keys) == 2
    assert max(map(len, keys)) < 90


@given(st.text(max_size=200), st.floats(-90, 90), st.floats(-180, 180))
@settings(max_examples=100, deadline=None)
def test_a_fallback_key_is_never_empty_nor_endless(
    text: str, latitude: float, longitude: float
) -> None:
    assert 0 < len(fallback_key(text, text, latitude=latitude, longitude=longitude)) <= 200


def test_a_plug_carries_what_it_can_and_no_more() -> None:
    assert carried_power_w(ConnectorStandard.DOMESTIC_F, 22_000) is None
    assert carried_power_w(ConnectorStandard.IEC_62196_T2, 22_000) == 22_000
    assert carried_power_w(ConnectorStandard.IEC_62196_T2, 50_000) is None
    assert carried_power_w(ConnectorStandard.CHADEMO, 400_000) == 400_000
    assert carried_power_w(None, 22_000) is None
    assert carried_power_w(ConnectorStandard.CHADEMO, None) is None
    assert all(watts % 100 == 0 for watts in LIMIT_W.values())

"""Map elements get their place from the nodes beside them, in JSON and in XML."""

from __future__ import annotations

import io
import json
from contextlib import ExitStack
from typing import Any

import pytest

from app.importers import elements, markup
from app.importers.errors import SourceUnreadable
from app.importers.read import read_rows
from app.importers.row import Layout, Malformed, Row

TAGS = {"amenity": "charging_station"}
WAY = {"type": "way", "id": 7, "nodes": [1, 2], "tags": TAGS}
NODES = [{"type": "node", "id": n, "lat": n + 0.5, "lon": 2.0 * n} for n in (1, 2, 3)]
OUTLINE = [{"lat": 1.5, "lon": 2.0}, {"lat": 2.5, "lon": 4.0}]
XML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<osm version="0.6"><note>From a map.</note><bounds minlat="1" minlon="1" maxlat="2" maxlon="2"/>
 <node id="1" lat="1.5" lon="2.0" timestamp="2024-05-06T07:08:09Z" user="x">
  <tag k="amenity" v="charging_station"/><tag k="name" v="Caf&#233; &amp; B\u00fcro"/>
 </node>
 <node id="2" lat="2.5" lon="4.0"/>
 <way id="7"><nd ref="1"/><nd ref="2"/><tag k="amenity" v="charging_station"/></way>
 <way id="8"><center lat="3" lon="4"/><nd ref="1" lat="5" lon="6"/></way>
 <relation id="9"><bounds minlat="1" minlon="2" maxlat="3" maxlon="x"/>
  <member type="way" ref="7" role="outer"/><tag k="type" v="multipolygon"/></relation>
</osm>
"""


def read(text: str) -> tuple[Layout, list[Row | Malformed]]:
    with ExitStack() as stack:
        stream = io.BytesIO(text.encode())
        layout, rows = read_rows(stream, lambda _: False, "input", stack)
        return layout, list(rows)


def values(*things: dict[str, Any]) -> list[dict[str, Any]]:
    _, rows = read(json.dumps({"elements": list(things)}))
    return [dict(row.values) for row in rows if isinstance(row, Row)]


def test_a_station_of_nodes_gets_its_outline_in_any_order() -> None:
    placed = WAY | {"geometry": OUTLINE}
    assert values(WAY, *NODES) == [*NODES, placed]
    assert values(*NODES, WAY) == [*NODES, placed]


def test_a_relation_has_its_nodes_and_the_first_of_its_ways() -> None:
    members = [{"type": "way", "ref": 8}, {"type": "node", "ref": 2}, {"type": "way", "ref": 99}]
    relation = {"type": "relation", "id": 9, "members": members, "tags": TAGS}
    way = {"type": "way", "id": 8, "nodes": [1, 3]}
    assert values(relation, way, *NODES)[-1] == relation | {"geometry": OUTLINE}


@pytest.mark.parametrize(
    "way",
    [
        WAY | {"center": {"lat": 1, "lon": 2}},
        WAY | {"tags": {"building": "yes"}},
        WAY | {"id": "seven"},
        {"type": "way", "id": 7, "nodes": "few"},
    ],
)
def test_others_pass_as_they_are(way: dict[str, Any]) -> None:
    assert values(way, *NODES) == [way, *NODES]


def test_what_nobody_says_is_not_made_up() -> None:
    assert values(WAY | {"nodes": [5]}, *NODES) == [*NODES, WAY | {"nodes": [5]}]
    rows: list[dict[str, Any]] = [{"id": 1, "lat": 2, "lon": 3}, WAY]
    assert values(*rows) == rows


def test_nodes_beyond_the_limit_are_known_to_ways_before_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elements, "MAX_REMEMBERED", 1)
    assert values(*NODES, WAY)[-1]["geometry"] == OUTLINE[:1]
    assert values(NODES[2], WAY, *NODES[:2])[-1]["geometry"] == OUTLINE


def test_xml_has_the_members_of_json() -> None:
    layout, rows = read(XML)
    assert layout.kind == "xml"
    assert [dict(row.values) for row in rows if isinstance(row, Row)] == [
        {
            "type": "node", "id": 1, "lat": 1.5, "lon": 2.0, "user": "x",
            "timestamp": "2024-05-06T07:08:09Z",
            "tags": {"amenity": "charging_station", "name": "Caf\u00e9 & B\u00fcro"},
        },
        {"type": "node", "id": 2, "lat": 2.5, "lon": 4.0},
        {
            "type": "way", "id": 8, "nodes": [1], "center": {"lat": 3.0, "lon": 4.0},
            "geometry": [{"ref": 1, "lat": 5.0, "lon": 6.0}],
        },
        {
            "type": "relation", "id": 9, "tags": {"type": "multipolygon"},
            "members": [{"type": "way", "ref": 7, "role": "outer"}],
            "bounds": {"minlat": 1.0, "minlon": 2.0, "maxlat": 3.0, "maxlon": "x"},
        },
        {
            "type": "way", "id": 7, "nodes": [1, 2], "tags": TAGS,
            "geometry": OUTLINE,
        },
    ]  # fmt: skip
    assert json.loads(rows[1].raw())["id"] == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<!DOCTYPE html><html><body>503<br></body></html>", "it is HTML, neither a table nor"),
        ("<osm><node id='1'></osm>", "it is no XML any more at line 1, after 0 rows"),
        (XML[:300], "it is no XML any more at line"),
        ("<!DOCTYPE osm [<!ENTITY a 'x'>]><osm>&a;</osm>", "it declares entities"),
    ],
)
def test_other_markup_is_refused(text: str, what: str) -> None:
    with pytest.raises(SourceUnreadable, match=what):
        read(text)


def test_an_element_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_ROW_BYTES", 100)
    tags = "".join(f"<tag k='{n}' v='{n}'/>" for n in range(9_999))
    with pytest.raises(SourceUnreadable, match="an element has over 100 bytes"):
        read(f"<osm><node id='1'>{tags}</node></osm>")

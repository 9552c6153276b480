"""JSON of any form becomes rows."""

from __future__ import annotations

import io
import json

import pytest

from app.importers import objects
from app.importers.errors import SourceUnreadable
from app.importers.objects import read_json
from app.importers.row import Layout, Malformed, Row

A, B = {"id": 1, "lat": 2.5, "lon": None}, {"id": 2, "lat": 1e3, "name": "é"}


def read(text: str | bytes) -> tuple[Layout, list[Row | Malformed]]:
    data = text if isinstance(text, bytes) else text.encode()
    layout, rows = read_json(io.BytesIO(data), data, "input", head_is_all=True)
    return layout, list(rows)


def values(text: str) -> list[object]:
    return [row.values for row in read(text)[1] if isinstance(row, Row)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([A, B]),
        json.dumps([A, B], indent=2),
        json.dumps({"total": 2, "fuel_stations": [A, B]}),
        json.dumps({"data": [A, B]}),
        json.dumps({"result": {"records": [A, B]}}, indent=1),
        json.dumps({"facets": [{"x": 1}], "counts": {"a": [1]}, "elements": [A, B]}),
        f"{json.dumps(A)}\n\n{json.dumps(B)}\n",
        f"{json.dumps([A])}\n{json.dumps([B])}",
    ],
    ids=["array", "indented", "envelope", "data", "nested", "decoys", "lines", "concatenated"],
)
def test_rows_are_found_whatever_holds_them(text: str) -> None:
    assert values(text) == [A, B]


def test_the_layout_says_what_stands_beside_the_rows() -> None:
    layout, rows = read(json.dumps({"version": 0.6, "meta": {"x": "y"}, "elements": [A], "z": 1}))
    assert (layout.kind, layout.envelope) == ("json", {"version": 0.6})
    assert json.loads(rows[0].raw()) == A


def test_the_first_member_of_rows_may_be_an_array_itself() -> None:
    station = {"evses": [{"uid": 1, "status": "x", "connectors": []}], "id": 1, "name": "n"}
    assert values(json.dumps({"data": [station, station]})) == [station, station]


def test_one_object_with_coordinates_is_one_row() -> None:
    assert values(json.dumps(A)) == [A]
    assert values(json.dumps({"AddressInfo": {}, "Connections": [A]})) != [A]


def test_rows_of_few_members_count_where_there_are_no_others() -> None:
    assert values('{"data": [{"id": 1}]}') == [{"id": 1}]


@pytest.mark.parametrize("text", ["[]", '{"data": [], "n": 0}', '{"a": {"b": 1}}'])
def test_a_document_without_rows_is_empty(text: str) -> None:
    assert read(text)[1] == []


def test_lines_that_cannot_be_read_are_bad_json() -> None:
    layout, rows = read(f'{json.dumps(A)}\n{{"id": 1,\n[1]\n{json.dumps(B)}\n')
    assert layout.kind == "jsonl"
    assert [(row.number, getattr(row, "reason", None)) for row in rows] == [
        (1, None),
        (2, "bad-json"),
        (3, "bad-json"),
        (4, None),
    ]
    assert rows[1].raw() == '{"id": 1,\n'


def test_members_that_are_no_objects_are_bad_json() -> None:
    row = read(json.dumps([A, 7]))[1][1]
    assert isinstance(row, Malformed)
    assert (row.reason, row.raw()) == ("bad-json", "7")


def test_a_broken_document_says_where_it_breaks() -> None:
    text = json.dumps([A], indent=1)[:-2] + ",\n{oops}]"
    with pytest.raises(SourceUnreadable, match=r"not JSON at line 7, byte \d+, after 1 rows"):
        read(text)


@pytest.mark.parametrize("text", ['[{"a": 1, "b": 2, "c": 3}, {"a"', '[{"a":1,"b":2,"c":3}, \x01]'])
def test_a_document_that_ends_early_or_holds_noise_is_an_error(text: str) -> None:
    with pytest.raises(SourceUnreadable, match="not JSON"):
        read(text)


def test_a_broken_document_without_rows_is_an_error() -> None:
    with pytest.raises(SourceUnreadable, match="not JSON"):
        read('{"data": [], oops')


def test_bytes_that_the_parser_refuses_are_an_error() -> None:
    with pytest.raises(SourceUnreadable, match="not JSON near line 1, byte"):
        read(b'[{"a": 1, "b": 2, "c": "\xff"}]')


def test_rows_must_begin_in_the_head() -> None:
    head = b'{"preface": "long'
    with pytest.raises(SourceUnreadable, match="no array of objects begins in its first 17 bytes"):
        read_json(io.BytesIO(head), head, "input", head_is_all=False)


def test_a_row_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MAX_ROW_BYTES", 100)
    with pytest.raises(SourceUnreadable, match="a line is longer than 100 bytes"):
        read(json.dumps(A) + "\n" + json.dumps({"long": "x" * 200}) + "\n" + json.dumps(A))
    with pytest.raises(SourceUnreadable, match="an object has over 100 bytes"):
        read(json.dumps([A, {"long": "x" * 200_000}]))


@pytest.mark.parametrize("place", ["coordinates", "AddressInfo", "geometry"])
@pytest.mark.parametrize("indent", [None, 2])
def test_one_station_by_itself_is_one_row(place: str, indent: int | None) -> None:
    station = {"ID": 1, place: {"latitude": 48.8}, "evses": [{"uid": "1", "a": 1, "b": 2}]}
    bare = json.dumps(station, indent=indent)
    wrapped = json.dumps({"data": station, "status_code": 1000}, indent=indent)
    assert values(bare) == values(wrapped) == [station]


def test_a_searched_point_in_an_envelope_is_no_station() -> None:
    assert values(json.dumps({"latitude": 1.5, "stations": [A, B]}, indent=2)) == [A, B]


def test_arrays_of_things_without_a_place_are_no_rows() -> None:
    """Field lists and links stand before the rows of many answers."""
    fields = [{"name": "ID", "type": "number", "alias": "x"}]
    row = {"attributes": A, "geometry": {"x": 1.5, "y": 2.5}}
    assert values(json.dumps({"fields": fields, "features": [row, row]})) == [row, row]
    links = [{"rel": "self", "href": "x"}]
    assert values(json.dumps({"links": links, "records": [{"links": links, "record": {**A}}]})) == [
        {"links": links, "record": A}
    ]


def test_a_station_that_is_a_member_is_one_row() -> None:
    station = A | {"units": [{"level": 1, "ports": 2, "network": "x"}]}
    assert values(json.dumps({"alt_fuel_station": station})) == [station]
    assert values(json.dumps(station)) == [station]


@pytest.mark.parametrize("indent", [None, 2])
def test_members_that_say_where_they_are_are_rows_by_key(indent: int | None) -> None:
    station = B | {"coordinates": {"latitude": 1}, "evses": [{"uid": 1, "lat": 2, "x": 3}]}
    text = json.dumps({"first": station, "count": 2, "second": A}, indent=indent)
    assert values(text) == [station, A]
    head = text[: text.index("second") + 60].encode()
    rows = read_json(io.BytesIO(text.encode()), head, "input", head_is_all=False)[1]
    assert len(list(rows)) == 2


def test_lines_may_be_pages_of_rows() -> None:
    page = json.dumps({"data": [A, B], "status_code": 1000, "timestamp": "x"})
    assert values(f"{page}\n{page}\n") == [A, B, A, B]


def test_a_text_sequence_is_lines() -> None:
    """RFC 8142, as map tools write it: each line begins with a separator."""
    layout, rows = read(f"\x1e{json.dumps(A)}\n\x1e{json.dumps(B)}\n")
    assert layout.kind == "jsonl"
    assert [row.values for row in rows if isinstance(row, Row)] == [A, B]


def test_integers_of_any_length_are_read() -> None:
    huge = {"id": 10**40, "lat": 0.1, "lon": -(2**70)}
    assert values(json.dumps([A, huge, B])) == [A, huge, B]


def test_a_number_beyond_all_floats_rejects_its_row_alone() -> None:
    _, rows = read('[{"id": 1}, {"id": 2, "lat": 1e400}, {"id": 3}]')
    assert [type(row) for row in rows] == [Row, Malformed, Row]
    assert isinstance(rows[1], Malformed)
    assert (rows[1].number, rows[1].reason) == (2, "bad-json")
    assert "1E+400" in rows[1].raw()

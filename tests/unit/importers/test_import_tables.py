"""Tables of any dialect, below any preamble, become rows."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers import tables
from app.importers.errors import SourceUnreadable
from app.importers.read import read_rows
from app.importers.row import Layout, Malformed, Row
from app.importers.tables import number_repeats, read_csv


def is_header(cells: Sequence[str]) -> bool:
    return "id" in cells and "name" in cells


def read(text: str) -> tuple[Layout, list[Row | Malformed]]:
    layout, rows = read_csv(io.BytesIO(text.encode()), text, is_header, "input")
    return layout, list(rows)


def values(text: str) -> list[list[str]]:
    return [list(row.values.values()) for row in read(text)[1] if isinstance(row, Row)]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_delimiter_and_line_end(delimiter: str, end: str) -> None:
    lines = [delimiter.join(cells) for cells in (["id", "name", "x"], ["1", "a", "2"])]
    layout, rows = read(end.join(lines) + end)
    assert layout == Layout("csv", ("id", "name", "x"))
    assert [row.values for row in rows if isinstance(row, Row)] == [
        {"id": "1", "name": "a", "x": "2"}
    ]


def test_the_header_is_found_by_meaning_below_a_preamble() -> None:
    preamble = "Register, as of today;;;\n;;;\nGeneral;;Place;\n" * 4
    assert values(f"{preamble}id;name;lat;lon\n1;a;2;3\n") == [["1", "a", "2", "3"]]
    layout, _ = read(f"{preamble}id;name;lat;lon\n")
    assert layout.preamble == ("Register, as of today", "", "General Place") * 4


def test_without_a_header_the_widest_record_is_taken_for_it() -> None:
    layout, rows = read("one, two\nfoo;bar;baz\n1;2;3\n")
    assert layout.columns == ("foo", "bar", "baz")
    assert len(rows) == 1


def test_an_input_of_no_table_has_no_columns() -> None:
    assert read_csv(io.BytesIO(b""), "", is_header, "input")[0] == Layout("csv", ())


def test_repeated_and_nameless_columns_get_names() -> None:
    assert number_repeats(["ID", "ID", "", "\ufeffa\n b"]) == ("ID", "ID_2", "column 3", "a b")


def test_quoted_cells_may_hold_delimiters_quotes_and_lines() -> None:
    _, rows = read('id,name,x\n1,"a, ""b""\nc",2\n')
    (row,) = rows
    assert isinstance(row, Row)
    assert row.values["name"] == 'a, "b"\nc'
    assert row.raw() == '1,"a, ""b""\nc",2\n'


def test_blank_lines_and_repeated_headers_are_no_rows() -> None:
    text = "id,name,x\n1,a,2\n\nid,name,x\n\ufeffid,name,x\n3,b,4\n"
    rows = read(text)[1]
    assert [row.number for row in rows] == [1, 2]
    assert values(text) == [["1", "a", "2"], ["3", "b", "4"]]


def test_missing_cells_are_empty_and_empty_surplus_is_no_fault() -> None:
    assert values("id,name,x\n1,a\n2,b,c,,\n") == [["1", "a", ""], ["2", "b", "c"]]


def test_surplus_cells_make_a_ragged_row() -> None:
    row = read("id,name,x\n1,a,2,3\n")[1][0]
    assert isinstance(row, Malformed)
    assert (row.reason, row.detail) == ("ragged-row", "4 cells for 3 columns")
    assert row.raw() == "1,a,2,3\n"


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    text = 'id,name,x\n1,"a,2\n3,b,4\n5,"c",6\n7,d,8\n'
    first, *others = read(text)[1]
    assert isinstance(first, Malformed)
    assert first.raw() == '1,"a,2\n'
    assert [row.values["id"] for row in others if isinstance(row, Row)] == ["3", "5", "7"]
    assert [row.number for row in others] == [2, 3, 4]


def test_quotes_in_the_wrong_places_are_taken_as_they_are() -> None:
    assert values('id,name,x\n1,"He said "hi" twice",2\n3,b,4\n') == [
        ["1", 'He said hi" twice"', "2"],
        ["3", "b", "4"],
    ]


def test_a_cell_without_end_is_given_up_at_the_bound() -> None:
    filler = "0,x,y\n" * (tables.MAX_CELL_CHARS // 6 + 10)
    text = f'id,name,x\n0,"a,2\n{filler}'
    _, rows = read_csv(io.BytesIO(text.encode()), text[:200], is_header, "input")
    first = next(rows)
    assert isinstance(first, Malformed)
    assert first.reason == "open-quote"
    second = next(rows)
    assert isinstance(second, Row)
    assert second.values == {"id": "0", "name": "x", "x": "y"}


def test_a_line_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_LINE_CHARS", 100)
    with pytest.raises(SourceUnreadable, match="a line is longer than 100 characters"):
        read("id,name,x\n1,a," + "2" * 200)


def test_nul_characters_are_dropped() -> None:
    assert values("id,name,x\n1,a\0b,2\n") == [["1", "ab", "2"]]


def test_a_head_that_cannot_be_cut_is_no_obstacle() -> None:
    text = 'id,name,x\n1,a,2\n3,"' + "y" * (tables.MAX_CELL_CHARS + 10)
    assert isinstance(next(read_csv(io.BytesIO(text.encode()), text, is_header, "x")[1]), Row)


cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=12
)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(cells, cells), max_size=8), st.sampled_from(";,\t|"))
def test_what_a_csv_writer_wrote_is_read_back(
    records: list[tuple[str, str]], delimiter: str
) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    lines = [["id", "name", "x"], *([str(n), a, b] for n, (a, b) in enumerate(records))]
    text = "".join(delimiter.join(map(quoted, line)) + "\n" for line in lines)
    assert values(text) == lines[1:]


@settings(deadline=None, max_examples=80)
@given(st.text(alphabet='a1",;\n', max_size=80))
def test_every_line_of_any_text_is_accounted_for(text: str) -> None:
    rows = read(f"id,name,x\n{text}")[1]
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert without_marks("".join(row.raw() for row in rows)) == without_marks(text)


def without_marks(text: str) -> str:
    """What is in a table beside its delimiters, which a row without a word is made of."""
    return re.sub('[,"\n]', "", text)


def test_a_place_that_the_delimiter_cut_is_put_together() -> None:
    assert values("id,name,x\n1,[4.85,45.76],b\n2,[4,5],\n") == [
        ["1", "[4.85,45.76]", "b"],
        ["2", "[4,5]", ""],
    ]
    (row,) = read("id,name,x\n1,[4,5,b]\n")[1]
    assert isinstance(row, Malformed)


def test_a_surplus_of_nothing_leaves_a_record_of_lines_whole() -> None:
    assert values('id;name;x\n1;"a\nb";c;;\n') == [["1", "a\nb", "c"]]


def test_a_row_without_a_word_is_none() -> None:
    assert values('id,name,x\n1,a,b\n,,\n"","",\n\n,,,,\n2,c,\n') == [
        ["1", "a", "b"],
        ["2", "c", ""],
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (40282.0, "40282"),
        (8.5, "8.5"),
        ("Köln", "Köln"),
        (True, "true"),
        (False, "false"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31), "2026-01-31"),  # noqa: DTZ001 - spreadsheets know no zones
        (datetime(2026, 1, 31, 8, 5), "2026-01-31T08:05:00"),  # noqa: DTZ001 - as above
        (time(8, 5), "08:05:00"),
        ("", ""),
    ],
)
def test_cells_of_spreadsheets_become_text(cell: Any, text: str) -> None:
    assert tables._as_text(cell) == text


def test_an_open_document_is_a_spreadsheet_too() -> None:
    rows = [["Register"], ["id", "name", "x"], ["1", "a", ""], ["2", "b", "c"]]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", open_document(rows))
    buffer.seek(0)
    with ExitStack() as stack:
        layout, found = read_rows(buffer, is_header, "input", stack)
        assert layout.columns == ("id", "name", "x")
        assert [list(row.values.values()) for row in found if isinstance(row, Row)] == rows[2:]


def open_document(rows: list[list[str]]) -> str:
    """The content of the smallest spreadsheet."""
    schemas = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{it}="{schemas}:{it}:1.0"' for it in ("office", "table", "text"))
    kind = 'office:value-type="string"'
    lines = "".join(
        f"<table:table-row>{''.join(cells)}</table:table-row>"
        for cells in (
            [f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>" for text in row]
            for row in rows
        )
    )
    return (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="S">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )

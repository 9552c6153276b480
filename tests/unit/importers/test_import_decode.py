"""Bytes of any packing and encoding become clean UTF-8."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from contextlib import ExitStack

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.decode import is_spreadsheet, split_head, unpack, utf8
from app.importers.errors import SourceUnreadable

TEXT = "id;name\n1;Besançon\n2;Łódź\n" * 500


def zipped(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def unpacked(data: bytes) -> bytes:
    with ExitStack() as stack:
        return unpack(io.BytesIO(data), "input", stack).read()


@pytest.mark.parametrize(
    "packed",
    [
        TEXT.encode(),
        gzip.compress(TEXT.encode()),
        gzip.compress(TEXT[:300].encode()) + gzip.compress(TEXT[300:].encode()),
        zstandard.compress(TEXT.encode()),
        zstandard.compress(TEXT[:300].encode()) + zstandard.compress(TEXT[300:].encode()),
        zipped(
            readme__txt="large" * 9_999, data__csv=TEXT, **{"__MACOSX/._data.csv": "x" * 99_999}
        ),
        gzip.compress(gzip.compress(TEXT.encode())),
        zipped(data__csv__gz=gzip.compress(TEXT.encode())),
        gzip.compress(zipped(data__csv=TEXT)),
        zipped(data=TEXT),
    ],
    ids=[
        "plain",
        "gzip",
        "two gzip members",
        "zstd",
        "two zstd frames",
        "zip",
        "gzip twice",
        "gzip in zip",
        "zip in gzip",
        "zip without names of data",
    ],
)
def test_packing_is_told_by_its_first_bytes(packed: bytes) -> None:
    assert unpacked(packed).decode() == TEXT


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(TEXT.encode()), zstandard.compress(TEXT.encode()), zipped(a__csv=TEXT)],
    ids=["gzip", "zstd", "zip"],
)
def test_a_packing_that_breaks_off_is_an_error(packed: bytes) -> None:
    with pytest.raises(SourceUnreadable, match="input cannot be read: its packing is damaged"):
        unpacked(packed[: len(packed) * 2 // 3])


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"])
def test_a_packing_of_noise_is_an_error(magic: bytes) -> None:
    with pytest.raises(SourceUnreadable):
        unpacked(magic + b"\x08\x99nothing of the kind" * 9)


def in_zip(**members: str | bytes) -> tuple[str, list[str]]:
    left_out: list[str] = []
    with ExitStack() as stack:
        data = unpack(io.BytesIO(zipped(**members)), "input", stack, left_out).read()
    return data.decode(), left_out


def test_tables_with_the_same_header_are_one() -> None:
    text, left_out = in_zip(
        b__csv="\ufeffid,name\r\n2,b\r\n", a__csv="id,name\n1,a", c__csv="kind,x,y\n1,2"
    )
    assert text == "id,name\r\n2,b\r\n\nid,name\n1,a\n"
    assert left_out == ["c.csv"]


def test_json_documents_are_lines_behind_the_largest() -> None:
    text, left_out = in_zip(
        **{"data/GB/1.json": '{"ID":\r\n 1}', "data/FR/2.json": '\ufeff{"ID": 2,\n"a": "long"}'},
        README__md="x",
    )
    assert text == '{"ID": 2, "a": "long"}\n{"ID":   1}\n'
    assert left_out == []


def test_of_other_files_the_largest_counts_and_the_rest_is_named() -> None:
    assert in_zip(a__ndjson="{}", b__ndjson="{} " * 9) == ("{} " * 9, ["a.ndjson"])


def test_a_packing_of_a_packing_has_an_end() -> None:
    data = TEXT.encode()
    for _ in range(5):
        data = gzip.compress(data)
    with pytest.raises(SourceUnreadable, match="packed too many times over"):
        unpacked(data)


@pytest.mark.parametrize(
    ("data", "remedy"),
    [
        (lzma.compress(TEXT.encode()), "packed with xz: unpack it first"),
        (bz2.compress(TEXT.encode()), "packed with bzip2: unpack it first"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "save it as XLSX or CSV"),
        (b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c", "export it as GeoJSON or XML"),
        (gzip.compress(b"\0" * 257 + b"ustar\x0000" + b"\0" * 300), "a tar archive: unpack it"),
    ],
    ids=["xz", "bzip2", "xls", "pbf", "tar"],
)
def test_forms_that_are_not_read_are_named_with_the_remedy(data: bytes, remedy: str) -> None:
    with pytest.raises(SourceUnreadable, match=remedy):
        unpacked(data)


def test_an_empty_zip_is_an_error() -> None:
    with pytest.raises(SourceUnreadable, match="the zip file is empty"):
        unpacked(zipped(folder__="")[:0] + zipped(**{"folder/": ""}))


def test_an_encrypted_member_is_an_error() -> None:
    data = bytearray(zipped(a__csv=TEXT))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(SourceUnreadable, match=r"a\.csv in the zip file is encrypted"):
        unpacked(bytes(data))


def test_an_unknown_compression_inside_a_zip_is_an_error() -> None:
    data = bytearray(zipped(a__csv=TEXT))
    data[data.index(b"PK\x01\x02") + 10] = 99
    data[8] = 99
    with pytest.raises(SourceUnreadable, match=r"a\.csv in the zip file: "):
        unpacked(bytes(data))


def test_a_spreadsheet_stays_packed_and_can_be_rewound() -> None:
    data = zipped(**{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
    with ExitStack() as stack:
        stream = unpack(io.BytesIO(data), "input", stack)
        assert is_spreadsheet(stream)
        assert stream.read() == data
        assert not is_spreadsheet(unpack(io.BytesIO(b"a,b\n"), "input", stack))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-mark", "utf-16-be-mark", "utf-32"]
)
def test_marks_decide_and_vanish(encoding: str) -> None:
    name, _, mark = encoding.partition("-mark")
    data = (("\ufeff" if "mark" in encoding else "") + TEXT).encode(name or mark)
    assert utf8(io.BytesIO(data)).read().decode() == TEXT


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_without_a_mark_what_is_not_utf8_is_windows_1252(encoding: str) -> None:
    text = "Straße;Köln;Café Ü\n"
    assert utf8(io.BytesIO(text.encode(encoding))).read().decode() == text


def test_one_damaged_byte_spoils_no_other_character() -> None:
    assert utf8(io.BytesIO("é".encode() + b"\x80\x81" + "é".encode())).read().decode() == "é€\x81é"


def test_a_sequence_cut_at_the_end_is_read_byte_by_byte() -> None:
    assert utf8(io.BytesIO(b"caf\xc3")).read().decode() == "cafÃ"


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_utf8_passes_unchanged(text: str) -> None:
    assert utf8(io.BytesIO(text.encode())).read().decode() == text.removeprefix("\ufeff")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_become_utf8(data: bytes) -> None:
    utf8(io.BytesIO(data)).read().decode()


def test_a_head_is_looked_at_and_read_again() -> None:
    head, stream = split_head(io.BytesIO(b"abcdef"), 4)
    assert (head, stream.read()) == (b"abcd", b"abcdef")

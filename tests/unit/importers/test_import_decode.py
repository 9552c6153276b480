"""Bytes of any packing and encoding become clean UTF-8."""

from __future__ import annotations

import gzip
import io
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
        zipped(readme__txt="small", data__csv=TEXT),
    ],
    ids=["plain", "gzip", "two gzip members", "zstd", "two zstd frames", "zip"],
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

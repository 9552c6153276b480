"""Data files in a zip: one, or many that are one table or one list in pieces."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple, cast

from app.importers.errors import SourceUnreadable
from app.importers.streams import BUFFER_BYTES, Pieces, guard

MAX_LINE_BYTES = 8 << 20
"""A larger JSON file is no station among others."""

_DATA = frozenset(
    {".csv", ".tsv", ".json", ".ndjson", ".jsonl", ".geojson", ".geojsonl", ".osm", ".xml",
     ".xlsx", ".gz", ".zst", ".zip"}
)  # fmt: skip
_TABLES, _DOCUMENTS = frozenset({".csv", ".tsv"}), frozenset({".json", ".geojson"})
_LONGEST_HEADER_BYTES = 1 << 16
_SPREADSHEET = frozenset({"[Content_Types].xml", "META-INF/manifest.xml"})
"""Of XLSX and ODS."""


class _Chosen(NamedTuple):
    """What is read of an archive."""

    largest: zipfile.ZipInfo
    files: list[zipfile.ZipInfo]
    """The largest first, as the form of all is told from it; the others by name."""


def open_zip(copy: BinaryIO, origin: str, stack: ExitStack, left_out: list[str]) -> BinaryIO:
    """The data in a zip file; the zip file itself where it is a spreadsheet.

    The largest file with the name of data counts (without any, the largest file), and with
    it those that are further pieces of the same: tables with the same first line, or JSON
    documents, of which each becomes a line.

    Args:
        copy: Can be rewound.
        origin: Names the input in errors.
        stack: Closes the archive.
        left_out: Gets the names of data files that are not read.

    Raises:
        SourceUnreadable: It is damaged, encrypted, empty, or packed in a way not known.
    """
    try:
        archive = stack.enter_context(zipfile.ZipFile(copy))
    except zipfile.BadZipFile as error:
        raise SourceUnreadable(origin, f"its packing is damaged ({error})") from error
    members = [info for info in archive.infolist() if not info.is_dir()]
    if not _SPREADSHEET.isdisjoint(info.filename for info in members):
        copy.seek(0)
        return copy
    if not members:
        raise SourceUnreadable(origin, "the zip file is empty")
    chosen = _choose(archive, members, origin)
    left_out += [
        info.filename for info in members if info not in chosen.files and _is_data(info.filename)
    ]
    if len(chosen.files) == 1:
        member = _open(archive, chosen.largest, origin)
        return guard(stack.enter_context(member), origin)
    is_table = _suffix(chosen.largest.filename) in _TABLES
    pieces = _tables(archive, chosen.files) if is_table else _lines(archive, chosen.files)
    return guard(Pieces(pieces), origin)


def _choose(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], origin: str) -> _Chosen:
    data = [info for info in members if _is_data(info.filename)] or members
    largest = max(data, key=lambda info: info.file_size)
    if largest.flag_bits & 1:
        raise SourceUnreadable(origin, f"{largest.filename} in the zip file is encrypted")
    suffix = _suffix(largest.filename)
    alike = sorted(
        (info for info in data if _suffix(info.filename) == suffix and not info.flag_bits & 1),
        key=lambda info: (info is not largest, info.filename),
    )
    if len(alike) > 1 and suffix in _DOCUMENTS and largest.file_size < MAX_LINE_BYTES:
        return _Chosen(largest, alike)
    if len(alike) > 1 and suffix in _TABLES:
        header = _first_line(archive, largest, origin)
        same = [info for info in alike if _first_line(archive, info, origin) == header]
        return _Chosen(largest, same)
    return _Chosen(largest, [largest])


def _is_data(name: str) -> bool:
    path = PurePosixPath(name)
    is_hidden = path.name.startswith(".") or path.parts[0] == "__MACOSX"
    return _suffix(name) in _DATA and not is_hidden


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo, origin: str) -> BinaryIO:
    try:
        return cast(BinaryIO, archive.open(info))
    except (NotImplementedError, zipfile.BadZipFile) as error:
        raise SourceUnreadable(origin, f"{info.filename} in the zip file: {error}") from error


def _first_line(archive: zipfile.ZipFile, info: zipfile.ZipInfo, origin: str) -> bytes:
    with guard(_open(archive, info, origin), origin) as member:
        line = member.readline(_LONGEST_HEADER_BYTES)
    return line.removeprefix(codecs.BOM_UTF8).rstrip()


def _tables(archive: zipfile.ZipFile, files: list[zipfile.ZipInfo]) -> Iterator[bytes]:
    """Tables one behind the other; a header that comes again is no row."""
    for info in files:
        with archive.open(info) as member:
            yield member.read(BUFFER_BYTES).removeprefix(codecs.BOM_UTF8)
            while bite := member.read(BUFFER_BYTES):
                yield bite
        yield b"\n"


def _lines(archive: zipfile.ZipFile, files: list[zipfile.ZipInfo]) -> Iterator[bytes]:
    """JSON documents, each on one line: a line feed in one never stands inside of a text."""
    for info in files:
        with archive.open(info) as member:
            text = member.read(MAX_LINE_BYTES).removeprefix(codecs.BOM_UTF8)
        yield text.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"

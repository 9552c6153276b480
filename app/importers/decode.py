"""From the bytes that came to clean UTF-8: unpacked, without a byte order mark.

Everything streams in constant memory, so that a packed bomb costs time but no memory;
rows and cells are bounded where they are cut (``tables``, ``objects``).
"""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

import zstandard

from app.importers.archives import open_zip
from app.importers.errors import SourceUnreadable
from app.importers.streams import BUFFER_BYTES, Pieces, Replay, guard, read_fully, spool

_GZIP, _ZIP, _ZSTD = b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAX_ZSTD_WINDOW_BYTES = 128 << 20
_MAX_PACKINGS = 4
_MAGIC_BYTES = 512


_OTHERS = (
    (0, b"\xfd7zXZ\x00", "it is packed with xz: unpack it first"),
    (0, b"BZh", "it is packed with bzip2: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive: unpack it first"),
    (0, b"Rar!", "it is a RAR archive: unpack it first"),
    (257, b"ustar", "it is a tar archive: unpack it first"),
    (0, b"\xd0\xcf\x11\xe0", "it is an old spreadsheet (XLS): save it as XLSX or CSV"),
    (0, b"PAR1", "it is a Parquet file: save it as CSV or JSON lines"),
    (0, b"SQLite format 3", "it is a database file: save its table as CSV or GeoJSON"),
    (4, b"\x0a\x09OSMHeader", "it is OpenStreetMap's PBF: export it as GeoJSON or XML"),
    (0, b"%PDF", "it is a PDF"),
)
"""By place and first bytes: forms that are not read, and what helps."""


def unpack(
    stream: BinaryIO, origin: str, stack: ExitStack, left_out: list[str] | None = None
) -> BinaryIO:
    """The content of gzip, zip or zstd, one in the other, told by first bytes; others as is.

    Of a zip the data files are read (``archives.open_zip``); it is spooled to a temporary
    file where it cannot be rewound. A spreadsheet is left packed.

    Args:
        stream: The bytes as they came.
        origin: Names the input in errors.
        stack: Gets what has to be closed.
        left_out: Gets the names of files in a zip that are not read.

    Raises:
        SourceUnreadable: Here or while reading: the packing is damaged, breaks off, is of a
            kind that is not read, or is deeper than four layers.
    """
    left_out = [] if left_out is None else left_out
    for _ in range(_MAX_PACKINGS):
        head = read_fully(stream, _MAGIC_BYTES)
        whole = io.BufferedReader(Replay(head, stream), BUFFER_BYTES)
        if head.startswith(_GZIP):
            stream = guard(gzip.GzipFile(fileobj=whole), origin)
        elif head.startswith(_ZSTD):
            stream = guard(Pieces(_unpacked(whole)), origin)
        elif head.startswith(_ZIP):
            copy = spool(whole, stack)
            stream = open_zip(copy, origin, stack, left_out)
            if stream is copy:
                return copy
        else:
            _refuse_others(head, origin)
            return whole
    raise SourceUnreadable(origin, "it is packed too many times over")


def _refuse_others(head: bytes, origin: str) -> None:
    for place, magic, what in _OTHERS:
        if head.startswith(magic, place):
            raise SourceUnreadable(origin, what)


def utf8(stream: BinaryIO) -> BinaryIO:
    """The same text as UTF-8 without a byte order mark.

    A mark decides (UTF-8, UTF-16, UTF-32). Without one it is UTF-8, and every byte that
    cannot be UTF-8 is read as Windows-1252 (as Latin-1 where that has no character): so a
    Latin-1 file reads right, and one damaged byte spoils no row. Nothing is read ahead.
    """
    head = read_fully(stream, 4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return _as_utf8(Replay(head[len(mark) :], stream), encoding)
    return _as_utf8(Replay(head, stream), "utf-8")


def _as_utf8(stream: io.RawIOBase, encoding: str) -> BinaryIO:
    return io.BufferedReader(Pieces(_recoded(stream, encoding)), BUFFER_BYTES)


def split_head(stream: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    """The first bytes of a stream, and the stream from its beginning again."""
    head = read_fully(stream, size)
    return head, io.BufferedReader(Replay(head, stream), BUFFER_BYTES)


def is_spreadsheet(stream: BinaryIO) -> bool:
    """Whether a stream that can be rewound is a packed spreadsheet (XLSX, ODS)."""
    if not stream.seekable():
        return False
    stream.seek(0)
    is_packed = zipfile.is_zipfile(stream)
    stream.seek(0)
    return is_packed


def _unpacked(packed: BinaryIO) -> Iterator[bytes]:
    """What zstd frames hold, one after the other; the last one must be whole."""
    frame, is_inside, pending = _new_frame(), False, b""
    # Small bites: a bomb unpacks to some thousand times its size.
    while bite := pending or packed.read(1 << 12):
        yield frame.decompress(bite)
        is_inside, pending = not frame.eof, b""
        if frame.eof:
            pending = frame.unused_data
            frame = _new_frame()
    if is_inside:
        raise EOFError("the last zstd frame breaks off")


def _new_frame() -> zstandard.ZstdDecompressionObj:
    return zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW_BYTES).decompressobj()


def _recoded(stream: io.RawIOBase, encoding: str) -> Iterator[bytes]:
    """Text of any encoding as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="voltway-windows-1252")
    while raw := stream.read(BUFFER_BYTES):
        yield decoder.decode(raw).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    try:
        return bad.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return bad.decode("latin-1"), error.end


codecs.register_error("voltway-windows-1252", _as_windows_1252)

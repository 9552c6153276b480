"""From the bytes that came to clean UTF-8: unpacked, without a byte order mark.

Everything streams in constant memory, so that a packed bomb costs time but no memory;
rows and cells are bounded where they are cut (``tables``, ``objects``).
"""

from __future__ import annotations

import codecs
import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from typing import Any, BinaryIO

import zstandard

from app.importers.errors import SourceUnreadable

_GZIP, _ZIP, _ZSTD = b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAX_ZSTD_WINDOW_BYTES = 128 << 20
_BUFFER_BYTES = 1 << 18
_SPOOL_IN_MEMORY_BYTES = 8 << 20


def unpack(stream: BinaryIO, origin: str, stack: ExitStack) -> BinaryIO:
    """The content of a gzip, zip or zstd stream, told by its first bytes; others as they are.

    A zip must hold one data file (the largest counts, a spreadsheet is left packed) and is
    spooled to a temporary file where it cannot be rewound.

    Raises:
        SourceUnreadable: Here or while reading: the packing is damaged or breaks off.
    """
    head = _read_fully(stream, 4)
    whole = io.BufferedReader(_Replay(head, stream), _BUFFER_BYTES)
    if head.startswith(_GZIP):
        return _guard(gzip.GzipFile(fileobj=whole), origin)
    if head.startswith(_ZSTD):
        return _guard(_Zstd(whole), origin)
    if head.startswith(_ZIP):
        return _open_zip(_spool(whole, stack), origin, stack)
    return whole


def utf8(stream: BinaryIO) -> BinaryIO:
    """The same text as UTF-8 without a byte order mark.

    A mark decides (UTF-8, UTF-16, UTF-32). Without one it is UTF-8, and every byte that
    cannot be UTF-8 is read as Windows-1252 (as Latin-1 where that has no character): so a
    Latin-1 file reads right, and one damaged byte spoils no row. Nothing is read ahead.
    """
    head = _read_fully(stream, 4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return io.BufferedReader(
                _Recoded(_Replay(head[len(mark) :], stream), encoding), _BUFFER_BYTES
            )
    return io.BufferedReader(_Recoded(_Replay(head, stream), "utf-8"), _BUFFER_BYTES)


def split_head(stream: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    """The first bytes of a stream, and the stream from its beginning again."""
    head = _read_fully(stream, size)
    return head, io.BufferedReader(_Replay(head, stream), _BUFFER_BYTES)


def is_spreadsheet(stream: BinaryIO) -> bool:
    """Whether a stream that can be rewound is a packed spreadsheet (XLSX)."""
    if not stream.seekable():
        return False
    stream.seek(0)
    is_packed = zipfile.is_zipfile(stream)
    stream.seek(0)
    return is_packed


def _read_fully(stream: BinaryIO, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return bytes(data)


class _Replay(io.RawIOBase):
    """A stream whose first bytes were read already, put back in front."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._read = getattr(rest, "read1", rest.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._head:
            data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Zstd(io.RawIOBase):
    """Frames one after the other; knows whether the last one is whole."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._frame = self._new_frame()
        self._data = b""
        self._pending = b""
        self._is_inside = False

    @staticmethod
    def _new_frame() -> zstandard.ZstdDecompressionObj:
        return zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW_BYTES).decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._data:
            # Small bites: a bomb unpacks to some thousand times its size.
            bite = self._pending or self._packed.read(1 << 12)
            if not bite:
                if self._is_inside:
                    raise EOFError("the last zstd frame breaks off")
                return 0
            self._data = self._frame.decompress(bite)
            self._is_inside = not self._frame.eof
            self._pending = b""
            if self._frame.eof:
                self._pending = self._frame.unused_data
                self._frame = self._new_frame()
        count = min(len(buffer), len(self._data))
        buffer[:count] = self._data[:count]
        self._data = self._data[count:]
        return count


class _Guarded(io.RawIOBase):
    """Turns what the unpackers raise into one error that names the input."""

    def __init__(self, stream: Any, origin: str) -> None:
        self._stream = stream
        self._origin = origin

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
            raise SourceUnreadable(self._origin, f"its packing is damaged ({error})") from error
        except zstandard.ZstdError as error:
            raise SourceUnreadable(self._origin, f"its packing is damaged ({error})") from error
        buffer[: len(data)] = data
        return len(data)


def _guard(stream: Any, origin: str) -> BinaryIO:
    return io.BufferedReader(_Guarded(stream, origin), _BUFFER_BYTES)


def _spool(stream: BinaryIO, stack: ExitStack) -> BinaryIO:
    spool = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY_BYTES)  # noqa: SIM115 - the stack closes it
    stack.push(spool)
    shutil.copyfileobj(stream, spool, _BUFFER_BYTES)
    spool.seek(0)
    return spool  # type: ignore[return-value]  # typeshed calls it IO[bytes]


def _open_zip(spool: BinaryIO, origin: str, stack: ExitStack) -> BinaryIO:
    try:
        archive = stack.enter_context(zipfile.ZipFile(spool))
    except zipfile.BadZipFile as error:
        raise SourceUnreadable(origin, f"its packing is damaged ({error})") from error
    members = [info for info in archive.infolist() if not info.is_dir()]
    if any(info.filename == "[Content_Types].xml" for info in members):
        spool.seek(0)
        return spool
    if not members:
        raise SourceUnreadable(origin, "the zip file is empty")
    largest = max(members, key=lambda info: info.file_size)
    if largest.flag_bits & 1:
        raise SourceUnreadable(origin, f"{largest.filename} in the zip file is encrypted")
    try:
        member = stack.enter_context(archive.open(largest))
    except (NotImplementedError, zipfile.BadZipFile) as error:
        raise SourceUnreadable(origin, f"{largest.filename} in the zip file: {error}") from error
    return _guard(member, origin)


class _Recoded(io.RawIOBase):
    """Text of any encoding as UTF-8."""

    def __init__(self, stream: io.RawIOBase, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="voltway-windows-1252")
        self._data = b""
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._data and not self._is_done:
            raw = self._stream.read(_BUFFER_BYTES) or b""
            self._is_done = not raw
            text = self._decoder.decode(raw, self._is_done)
            self._data = text.encode("utf-8", "replace")
        count = min(len(buffer), len(self._data))
        buffer[:count] = self._data[:count]
        self._data = self._data[count:]
        return count


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    try:
        return bad.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return bad.decode("latin-1"), error.end


codecs.register_error("voltway-windows-1252", _as_windows_1252)

"""Streams of bytes that the reading of an input is put together from."""

from __future__ import annotations

import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

import zstandard

from app.importers.errors import SourceUnreadable

BUFFER_BYTES = 1 << 18
_SPOOL_IN_MEMORY_BYTES = 8 << 20


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """The first ``size`` bytes of a stream, fewer where it is shorter."""
    data = bytearray()
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return bytes(data)


class Replay(io.RawIOBase):
    """A stream whose first bytes were read already, put back in front."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._read = getattr(rest, "read1", rest.read)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of any stream."""
        if self._head:
            data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Pieces(io.RawIOBase):
    """Pieces of bytes, one behind the other."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._data = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of any stream."""
        while not self._data:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._data = piece
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
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of any stream."""
        try:
            data = self._stream.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
            raise SourceUnreadable(self._origin, f"its packing is damaged ({error})") from error
        except (zstandard.ZstdError, NotImplementedError) as error:
            raise SourceUnreadable(self._origin, f"its packing is damaged ({error})") from error
        buffer[: len(data)] = data
        return len(data)


def guard(stream: Any, origin: str) -> BinaryIO:
    """A stream whose damage is a ``SourceUnreadable``."""
    return io.BufferedReader(_Guarded(stream, origin), BUFFER_BYTES)


def spool(stream: BinaryIO, stack: ExitStack) -> BinaryIO:
    """The same bytes where they can be rewound, on disk beyond 8 MB.

    Args:
        stream: Read to its end.
        stack: Closes the copy.
    """
    copy = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY_BYTES)  # noqa: SIM115 - the stack closes it
    stack.push(copy)
    shutil.copyfileobj(stream, copy, BUFFER_BYTES)
    copy.seek(0)
    return copy  # type: ignore[return-value]  # typeshed calls it IO[bytes]

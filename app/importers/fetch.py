"""Getting at the bytes of an input: a file, standard input, or a URL."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from app.importers.download import Download, Validators
from app.importers.errors import SourceUnreachable, SourceUnreadable

STANDARD_INPUT = "-"


class Location(NamedTuple):
    """Where an input is; made by ``file``, ``url`` or ``stdin``."""

    kind: str
    """``file``, ``url`` or ``stdin``."""
    target: str

    @property
    def origin(self) -> str:
        """How it may be shown and logged: a URL without query and credentials."""
        if self.kind != "url":
            return self.target
        try:
            parts = urlsplit(self.target)
            place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
        except ValueError:
            return "the URL"
        return urlunsplit((parts.scheme, place, parts.path, "", ""))

    @property
    def digest(self) -> str:
        """Names the whole location, so that another query is another input."""
        return hashlib.blake2b(f"{self.kind} {self.target}".encode(), digest_size=8).hexdigest()


def locate(path_or_url: str) -> Location:
    """A location from what a user typed: ``-``, an http(s) URL, or a path."""
    if path_or_url == STANDARD_INPUT:
        return Location("stdin", STANDARD_INPUT)
    if "://" in path_or_url:
        return Location("url", path_or_url)
    return Location("file", path_or_url)


@dataclass(slots=True)
class Opened:
    """An input that can be read.

    Attributes:
        stream: Its bytes, as they came.
        size_bytes: How many there are, where that is known.
        bytes_read: How many were read by now, for the progress.
        validators: What the next conditional request may send.
    """

    stream: BinaryIO
    size_bytes: int | None
    bytes_read: Callable[[], int]
    validators: Callable[[], Validators]


@contextmanager
def open_location(location: Location, known: Validators | None = None) -> Iterator[Opened | None]:
    """Open an input; ``None`` if it has not changed since ``known`` was learnt.

    Raises:
        SourceUnreachable: There is no such file, or the server does not hand it out.
        SourceUnreadable: Reading breaks off later on.
    """
    with ExitStack() as stack:
        if location.kind == "url":
            download = stack.enter_context(Download(location.target, location.origin, known))
            if download.is_unmodified:
                yield None
                return
            raw: Any = download
            size_bytes = download.size_bytes
            validators = lambda: download.validators  # noqa: E731 - a getter of one word
        else:
            raw, size_bytes = _open_local(location, stack)
            validators = Validators
        counted = _Counted(raw, location.origin)
        yield Opened(
            io.BufferedReader(counted, buffer_size=1 << 18),
            size_bytes,
            lambda: counted.bytes_read,
            validators,
        )


def _open_local(location: Location, stack: ExitStack) -> tuple[Any, int | None]:
    if location.kind == "stdin":
        return sys.stdin.buffer, None
    path = Path(location.target)
    try:
        file = stack.enter_context(path.open("rb", buffering=0))
        return file, path.stat().st_size
    except OSError as error:
        raise SourceUnreachable(location.origin, error.strerror or str(error)) from error


class _Counted(io.RawIOBase):
    """Counts what is read, and names the input when reading fails."""

    def __init__(self, source: Any, origin: str) -> None:
        self._source = source
        self._origin = origin
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            # read1: a pipe hands over what it has instead of waiting for a full buffer.
            read = getattr(self._source, "read1", self._source.read)
            data = read(len(buffer))
        except OSError as error:
            raise SourceUnreadable(self._origin, error.strerror or str(error)) from error
        count = len(data)
        buffer[:count] = data
        self.bytes_read += count
        return count

"""Where log lines end up: standard error, and files that several processes may share."""

from __future__ import annotations

import fcntl
import io
import logging
import os
import select
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import TextIO

from app.utils._log_lines import Item
from app.utils._log_queue import QueuedHandler

MAX_FILE_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5
_MODE = 0o640
_TURN_S = 0.02


class ConsoleSink:
    """Standard error, as bytes; waits for a reader that is slow."""

    name = "console"

    def __init__(self) -> None:
        self.stream: TextIO | None = None

    def write(self, lines: Sequence[bytes]) -> int:
        """Write lines; processes that share one pipe take turns, so that lines stay whole."""
        if self.stream is None:
            return len(lines)
        descriptor = self.stream.fileno()
        # A pipe shared with other processes keeps only short writes whole. Locks of this kind
        # belong to a process, so they also divide processes that share the open pipe.
        is_locked = False
        with suppress(OSError):
            fcntl.lockf(descriptor, fcntl.LOCK_EX)
            is_locked = True
        try:
            return _write_whole(descriptor, lines)
        finally:
            if is_locked:
                fcntl.lockf(descriptor, fcntl.LOCK_UN)

    def begin_anew(self) -> None:
        """Standard error is the same in a forked process."""

    def close(self) -> None:
        """Standard error is not ours to close."""


class ConsoleHandler(QueuedHandler):
    """Standard error as it is when a record is written, so that redirections hold.

    A stream without a descriptor of its own (a ``StringIO``, a test's capture, a progress
    display) is written by the caller, at once.
    """

    sink: ConsoleSink

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__(ConsoleSink(), formatter)
        self._is_queued = True

    def setFormatter(self, fmt: logging.Formatter | None) -> None:  # noqa: N802 - logging's name
        """Use a formatter, in colours where the console is a terminal."""
        super().setFormatter(fmt)
        self._colour()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record's line, or write it where standard error is no file."""
        if sys.stderr is not self.sink.stream:  # before the line is made, which may have colours
            self._follow(sys.stderr)
        super().emit(record)

    def take(self, level: int, item: Item) -> None:
        """The same with a line."""
        if sys.stderr is not self.sink.stream:
            self._follow(sys.stderr)
        if self._is_queued:
            QueuedHandler.take(self, level, item)
        else:
            level_name, line, _ = item
            self._say(self.sink.stream, level_name, bytes(line))

    def _follow(self, stream: TextIO | None) -> None:
        self.wait_until_written(_TURN_S)
        self.sink.stream = stream
        self._is_queued = stream is not None and _has_descriptor(stream)
        self._colour()

    def _colour(self) -> None:
        if self.formatter is not None and hasattr(self.formatter, "is_coloured"):
            self.formatter.is_coloured = _is_terminal(self.sink.stream)

    def _say(self, stream: TextIO | None, level: str, line: bytes) -> None:
        if stream is None:
            return
        try:
            with self._waiting.gate:
                stream.write(line.decode())
                stream.flush()
        except Exception:  # noqa: BLE001 - a stream of others must not break a caller
            self.losses.add(level)


def _has_descriptor(stream: TextIO) -> bool:
    try:
        return isinstance(stream, io.TextIOWrapper) and stream.fileno() >= 0
    except (OSError, ValueError):
        return False


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except (OSError, ValueError):
        return False


class FileSink:
    """A file that is rotated, and that several processes may write to and rotate.

    The file itself is the lock: who holds it may append and rotate; who was waiting sees that
    the name means another file now, and opens that one. So a file that ``logrotate`` moved
    away is noticed too.

    Raises:
        OSError: The file cannot be written.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_FILE_BYTES) -> None:
        self.name = path.name
        self.path = path
        self.max_bytes = max_bytes
        self._descriptor: int | None = _open(path)

    def write(self, lines: Sequence[bytes]) -> int:
        """Append lines, whole or not at all.

        Raises:
            OSError: The file cannot be opened.
        """
        try:
            descriptor, size = self._file_for(sum(map(len, lines)))
            written = _write_whole(descriptor, lines)
            if written < len(lines):
                with suppress(OSError):
                    os.ftruncate(descriptor, size + sum(map(len, lines[:written])))
            return written
        finally:
            if self._descriptor is not None:
                _unlock(self._descriptor)

    def _file_for(self, more_bytes: int) -> tuple[int, int]:
        """The locked descriptor of a file that so much may be added to, and its size."""
        while True:
            descriptor = self._own_file()
            size = os.fstat(descriptor).st_size
            if not size or size + more_bytes <= self.max_bytes:
                return descriptor, size
            try:
                self._rotate()
            except OSError:  # in a directory that may not be written, the file grows on
                return descriptor, size

    def _own_file(self) -> int:
        """The descriptor of the file that has the name now, locked."""
        while True:
            if self._descriptor is None:
                self._descriptor = _open(self.path)
            with suppress(OSError):  # file systems without locks
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if _is_same_file(self._descriptor, self.path):
                return self._descriptor
            self.close()  # which lets go of the lock

    def _rotate(self) -> None:
        for number in range(KEPT_FILES - 1, 0, -1):
            with suppress(FileNotFoundError):
                self._kept(number).replace(self._kept(number + 1))
        # Last, since from here on others may fill and rotate the next file.
        self.path.replace(self._kept(1))

    def _kept(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def begin_anew(self) -> None:
        """The lock of an inherited descriptor would be the parent's."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)


def _unlock(descriptor: int) -> None:
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _write_whole(descriptor: int, lines: Sequence[bytes]) -> int:
    """Write lines; how many were written whole before it failed."""
    rest = memoryview(b"".join(lines))
    total = len(rest)
    try:
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                _wait_for_room(descriptor)
    except OSError:
        return _whole_lines(lines, total - len(rest))
    return len(lines)


def _wait_for_room(descriptor: int) -> None:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLOUT)
    waiting.poll()


def _whole_lines(lines: Sequence[bytes], written_bytes: int) -> int:
    return sum(end <= written_bytes for end in accumulate(map(len, lines)))

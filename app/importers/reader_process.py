"""The process that reads an input: ``python -m app.importers.reader_process``.

It gets an order, the input's bytes in frames, an empty frame and the destination on standard
input, and writes messages to standard output (see ``messages``).
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Any, BinaryIO

from app.errors import VoltWayError
from app.importers import messages
from app.importers.messages import Destination, Failed, length
from app.importers.reader import rare_collections, read_input
from app.importers.registry import FEEDS

_BUFFER_BYTES = 1 << 18


class Bytes(io.RawIOBase):
    """The input's bytes out of their frames.

    Where the frames break off, the importing process is gone, and so is this one: half an
    input must not be taken for the whole.
    """

    def __init__(self, frames: BinaryIO) -> None:
        self._frames = frames
        self._left_in_frame = 0
        self._is_done = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Some bytes, at most a frame's rest; 0 behind the last."""
        if not self._left_in_frame and not self._is_done:
            (self._left_in_frame,) = length.unpack(_read(self._frames, length.size))
            self._is_done = not self._left_in_frame
        data = _read(self._frames, min(len(buffer), self._left_in_frame))
        buffer[: len(data)] = data
        self._left_in_frame -= len(data)
        return len(data)


def main() -> None:
    """Carry out one order."""
    frames, answers = sys.stdin.buffer, os.dup(sys.stdout.fileno())
    # Whatever else is printed must not get between the messages.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        with rare_collections():
            _carry_out(frames, answers)
    except BrokenPipeError:
        sys.exit("voltway: the importing process is gone")


def _carry_out(frames: BinaryIO, answers: int) -> None:
    order = messages.decode_order(_read_frame(frames))
    stream = io.BufferedReader(Bytes(frames), _BUFFER_BYTES)

    def destination() -> Destination:
        while stream.read(_BUFFER_BYTES):
            pass  # What stands behind the last row.
        return messages.decode_destination(_read_frame(frames))

    try:
        feed = FEEDS[order.source] if order.source else None
        for message in read_input(stream, order, feed, destination):
            _write(answers, messages.frame(message))
            del message  # Before the next is made.
    except BrokenPipeError:
        raise
    except VoltWayError as error:
        _write(answers, messages.frame(Failed(error.slug, error.detail, error.extra)))
    except Exception:  # noqa: BLE001 - told to the process that waits, which raises it again
        _write(answers, messages.frame(Failed("", traceback.format_exc(), {})))


def _read_frame(frames: BinaryIO) -> bytes:
    return _read(frames, *length.unpack(_read(frames, length.size)))


def _read(frames: BinaryIO, size: int) -> bytes:
    data = frames.read(size)
    if len(data) < size:
        sys.exit("voltway: the importing process is gone")
    return data


def _write(answers: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(answers, view) :]


if __name__ == "__main__":
    main()

"""Lines that are encoded where they are written, many at a time, and not by their callers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec

from app.utils.context import (
    current_request_id,
    current_span_id,
    current_trace_id,
    current_user_id,
)


class Names(msgspec.Struct, frozen=True, gc=False):
    """What the context says of who and where, at one moment."""

    request_id: str | None
    user_id: str | None
    trace_id: str | None
    span_id: str | None


def current_names() -> Names:
    """Those of this moment."""
    return Names(current_request_id(), current_user_id(), current_trace_id(), current_span_id())


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something to tell of, as it was when it happened."""

    created_s: float
    logger: str
    level: str
    message: str
    extras: Mapping[str, object]
    names: Names


Tell = Callable[[], tuple[str, Mapping[str, object]]]
"""Gives a message and its extras, from what does not change any more."""


class LateLine(msgspec.Struct, gc=False, eq=False):
    """A line that is put into words and encoded once, when the first sink writes it.

    Among other work of a request, either takes three times as long as in a row with others.
    """

    _encode: Callable[[Event], bytes]
    _created_s: float
    _logger: str
    _level: str
    _names: Names
    _tell: Tell
    _line: bytes | None = None

    def __len__(self) -> int:
        """About the bytes that it takes while it waits."""
        return 1024

    def __bytes__(self) -> bytes:
        if self._line is None:
            event = Event(self._created_s, self._logger, self._level, *self._tell(), self._names)
            self._line = self._encode(event) + b"\n"
        return self._line


def happening(logger: str, level: str, message: str, extras: Mapping[str, object]) -> Event:
    """An event of now, in the context of now."""
    return Event(time.time(), logger, level, message, extras, current_names())

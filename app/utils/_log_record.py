"""The parts of a log record, read so that nothing in it can raise or forge a line."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from re import Match
from typing import Any, NamedTuple

from app.utils import _redaction

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__)
_STANDARD_COUNT = len(_STANDARD)
RESERVED = _STANDARD | {"message", "asctime", "taskName"}
"""Names that ``logging`` itself sets on a record."""

LINE = "_voltway_line"
"""Under this name a record keeps its encoded line, so that several handlers encode it once."""

UNWANTED = RESERVED | {"color_message", LINE}  # the first is uvicorn's, for terminals
_HEAD_LENGTH = 4_096
_MILLISECONDS = tuple(f".{number:03}Z" for number in range(1000))

_DELETE = 0x7F
"""As a number: to look for one byte as bytes takes ten times as long."""

_BREAKING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What JSON leaves as it is, and terminals or readers of lines take for a command."""


class Told(NamedTuple):
    """An exception, as a log line tells it."""

    type: str
    message: str
    stack: str


def quick_record(
    name: str, level: int, message: str, extra: Mapping[str, object]
) -> logging.LogRecord:
    """A record without arguments or a place in the code, for a third of the usual cost.

    Where a program has its own factory of records, that one makes it.
    """
    factory = logging.getLogRecordFactory()
    if factory is not logging.LogRecord:
        record = factory(name, level, "", 0, message, (), None)
    else:
        record, blank = logging.LogRecord.__new__(logging.LogRecord), _blank(name, level)
        record.__dict__.update(blank)
        record.msg = message
        record.created = created_s = time.time()
        record.msecs = created_s % 1 * 1000 // 1
        record.relativeCreated += (created_s - blank["created"]) * 1000
        record.process, record.thread = os.getpid(), threading.get_ident()
        record.threadName = threading.current_thread().name
    record.__dict__.update(extra)
    return record


@lru_cache(maxsize=256)
def _blank(name: str, level: int) -> dict[str, Any]:
    """What all records of a logger and level have in common, in the order of logging."""
    return logging.LogRecord(name, level, "", 0, "", (), None).__dict__


def extra_items(record: logging.LogRecord) -> Iterator[tuple[Any, object]]:
    """All of the record behind what logging sets first, with a few ``UNWANTED`` among it."""
    return islice(record.__dict__.items(), _STANDARD_COUNT, None)


def extras_of(record: logging.LogRecord) -> dict[str, object]:
    """What a call gave as ``extra``: all of the record that logging itself does not set."""
    return wanted(extra_items(record))


def wanted(extras: Iterable[tuple[Any, object]]) -> dict[str, object]:
    """A copy without what nobody wants to read."""
    return {str(key): value for key, value in extras if key not in UNWANTED}


def without_reserved(extra: Mapping[str, object]) -> Mapping[str, object]:
    """Extras whose names a record can take: ``extra_<key>`` where it has one of its own."""
    if RESERVED.isdisjoint(extra):
        return extra
    renamed = {key: value for key, value in extra.items() if key not in RESERVED}
    for key in RESERVED & extra.keys():
        name = f"extra_{key}"
        while name in renamed:
            name = f"extra_{name}"
        renamed[name] = extra[key]
    return renamed


def timestamp(created_s: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    part_s = created_s % 1
    return _second(created_s - part_s) + _MILLISECONDS[int(part_s * 1000)]


@lru_cache(maxsize=64)
def _second(epoch_s: float) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%S}"


def message_of(record: logging.LogRecord) -> str:
    """The message with its arguments, secrets hidden; both side by side where they do not fit."""
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - wrong arguments or a raising __str__: still worth a line
        text = f"{_redaction.clean(record.msg)} {_redaction.clean(record.args)}"
    return _redaction.clean_text(text)


def told_exception(record: logging.LogRecord) -> Told | None:
    """The record's exception with its causes and groups, cut and secrets hidden."""
    error: object = record.exc_info
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        return Told(
            _redaction.clean_text(_type_name(type(error))),
            _said(error),
            _redaction.clean_text(_cut_middle(_stack(error))),
        )
    if record.exc_text:  # formatted elsewhere, as on a record that came through a socket
        return Told("", "", _redaction.clean_text(_cut_middle(str(record.exc_text))))
    return None


def _said(error: BaseException) -> str:
    try:
        return _redaction.clean_text(str(error))
    except Exception:  # noqa: BLE001 - an exception's own methods may raise anything
        return f"[unprintable {type(error).__name__}]"


def _stack(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - an exception's own methods may raise anything
        return "".join(traceback.format_tb(error.__traceback__))


def _type_name(kind: type) -> str:
    name = kind.__qualname__
    return name if kind.__module__ == "builtins" else f"{kind.__module__}.{name}"


def _cut_middle(stack: str) -> str:
    """Both ends tell most: where it began, and what happened."""
    limit = _redaction.MAX_TEXT_LENGTH
    if len(stack) <= limit:
        return stack
    return f"{stack[:_HEAD_LENGTH]}\n  …\n{stack[_HEAD_LENGTH - limit + 5 :]}"


def one_line(encoded: bytes) -> bytes:
    r"""JSON without what would break the line it stands on: U+2028, C1, bidi marks as ``\u…``."""
    if encoded.isascii() and _DELETE not in encoded:
        return encoded
    return _BREAKING.sub(_escaped, encoded.decode()).encode()


def _escaped(match: Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def visible(text: str) -> str:
    """A text whose control characters are written out, so that it stays on its line."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)

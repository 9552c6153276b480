"""Structured logging: one JSON object a line, extras at the top level, secrets hidden.

>>> logger = setup_logging(__name__)
>>> logger.info("Message", extra={"user_id": 123, "action": "login"})

Loggers write to the console (standard error, so that standard output stays for data) and,
once ``configure_logging`` was given a directory, to ``app.log`` and ``errors.log`` there.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal, TextIO

import msgspec

from app.utils import _redaction
from app.utils.context import request_id

MAX_FILE_BYTES = 10 * 1024 * 1024
KEPT_FILES = 5
MAX_TEXT_LENGTH = 16_384
"""Messages and stacks are cut to this many characters."""

_RESERVED = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_UNWANTED = _RESERVED | {"color_message"}  # uvicorn's, for terminals
_CANONICAL = frozenset(
    {"timestamp", "level", "logger", "message", "request_id", "exception", "stack"}
)
_encode = msgspec.json.Encoder().encode


class JSONFormatter(logging.Formatter):
    """A log record as one line of JSON; never raises.

    Keys: ``timestamp`` (RFC 3339, UTC, ms), ``level``, ``logger``, ``message``,
    ``request_id`` (within a request), then the extras, then ``exception``
    (``type``, ``message``, ``stack``). An extra that collides becomes ``extra_<key>``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line break."""
        line: dict[str, Any] = {
            "timestamp": _timestamp(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": _cut(_redaction.clean_text(_message(record))),
        }
        current = request_id.get()
        if current is not None:
            line["request_id"] = current
        for key, value in extras_of(record).items():
            hidden = _redaction.HIDDEN if _redaction.is_secret(key) else _redaction.clean(value)
            line[f"extra_{key}" if key in line or key in _CANONICAL else key] = hidden
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = _exception(record.exc_info)
        if record.stack_info:
            line["stack"] = _cut(_redaction.clean_text(record.stack_info))
        try:
            return _encode(line).decode()
        except Exception:  # noqa: BLE001 - a log line must not break what it tells of
            return _encode(_redaction.clean(line)).decode()


class TextFormatter(logging.Formatter):
    """A log record for human eyes; control characters are escaped, so a record is one line."""

    def format(self, record: logging.LogRecord) -> str:
        """``time LEVEL logger: message key=value …`` and, indented, the stack."""
        parts = [_message(record)]
        parts += [
            f"{key}={_redaction.HIDDEN if _redaction.is_secret(key) else _redaction.clean(value)}"
            for key, value in extras_of(record).items()
        ]
        line = _redaction.clean_text(" ".join(parts))
        head = f"{_timestamp(record.created)} {record.levelname:<7} {record.name}: "
        text = head + _cut(_escape(line))
        if record.exc_info and record.exc_info[0] is not None:
            stack = str(_exception(record.exc_info)["stack"])
            text += "".join(f"\n    {_escape(part)}" for part in stack.splitlines())
        return text


class LoggerWithExtra(logging.LoggerAdapter[logging.Logger]):
    """A logger whose ``extra`` may hold any key.

    Names that ``logging`` reserves (``name``, ``args``, ``message``, …) are logged as
    ``extra_<key>`` instead of raising; extras bound to the logger join each call's own.
    """

    def __init__(self, logger: logging.Logger, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(logger, extra or {})

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Join the extras and rename the reserved keys."""
        extra = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        renamed = {
            f"extra_{key}" if key in _RESERVED else str(key): value for key, value in extra.items()
        }
        return msg, {**kwargs, "extra": renamed}

    def bind(self, **extra: object) -> LoggerWithExtra:
        """A logger that adds these extras to each of its lines."""
        return LoggerWithExtra(self.logger, {**(self.extra or {}), **extra})


class _Console(logging.StreamHandler[TextIO]):
    """Standard error as it is when a record is written, so that redirections hold."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        raise AttributeError("the console writes to sys.stderr; redirect that")


class _Shared:
    """The handlers that all loggers of the process share."""

    def __init__(self) -> None:
        self.level = logging.INFO
        self.loggers: dict[str, logging.Logger] = {}
        self.console: logging.Handler = _Console()
        self.console.setFormatter(JSONFormatter())
        self.files: tuple[logging.Handler, ...] = ()

    def attach(self, logger: logging.Logger) -> None:
        for handler in (self.console, *self.files):
            if handler not in logger.handlers:
                logger.addHandler(handler)
        logger.setLevel(self.level)
        logger.propagate = False

    def detach(self, handler: logging.Handler) -> None:
        for logger in self.loggers.values():
            logger.removeHandler(handler)
        handler.close()


_shared = _Shared()


def setup_logging(name: str) -> LoggerWithExtra:
    """The logger ``name``, writing where the process logs to; may be called any number of times.

    Handlers: console; and, once a log directory is configured, ``app.log`` and, from ERROR
    on, ``errors.log``, each rotated at ``MAX_FILE_BYTES`` with ``KEPT_FILES`` old ones kept.
    """
    logger = logging.getLogger(name)
    _shared.loggers[name] = logger
    _shared.attach(logger)
    return LoggerWithExtra(logger)


def configure_logging(
    *,
    level: str = "INFO",
    form: Literal["json", "text"] = "json",
    directory: Path | None = None,
    process_tag: str | None = None,
) -> None:
    """Set how and where the whole process logs; loggers that exist already follow.

    Args:
        level: Lowest level that is written, by its name.
        form: ``json`` or ``text``, for the console; files are always JSON.
        directory: Where files go, created if missing; ``None`` writes none.
        process_tag: Put into the files' names where several processes share a directory,
            since two processes must never rotate one file.

    Raises:
        OSError: The directory or its files cannot be written.
    """
    _shared.level = logging.getLevelNamesMapping()[level]
    _shared.console.setFormatter(JSONFormatter() if form == "json" else TextFormatter())
    for handler in _shared.files:
        _shared.detach(handler)
    _shared.files = () if directory is None else _open_files(directory, process_tag)
    for logger in _shared.loggers.values():
        _shared.attach(logger)


def extras_of(record: logging.LogRecord) -> dict[str, object]:
    """What a call gave as ``extra``: all of the record that logging itself does not set."""
    return {key: value for key, value in record.__dict__.items() if key not in _UNWANTED}


def _open_files(directory: Path, process_tag: str | None) -> tuple[logging.Handler, ...]:
    directory.mkdir(parents=True, exist_ok=True)
    infix = f".{process_tag}" if process_tag else ""
    handlers = []
    for stem, level in (("app", logging.NOTSET), ("errors", logging.ERROR)):
        handler = RotatingFileHandler(
            directory / f"{stem}{infix}.log",
            maxBytes=MAX_FILE_BYTES,
            backupCount=KEPT_FILES,
            encoding="utf-8",
        )
        handler.setLevel(level)
        handler.setFormatter(JSONFormatter())
        handlers.append(handler)
    return tuple(handlers)


def _timestamp(created_s: float) -> str:
    whole_s = int(created_s // 1)
    return f"{_second(whole_s)}.{int((created_s - whole_s) * 1000):03}Z"


@lru_cache(maxsize=64)
def _second(epoch_s: int) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%dT%H:%M:%S}"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage().encode("utf-8", "backslashreplace").decode()
    except Exception:  # noqa: BLE001 - wrong arguments or a raising __str__: still worth a line
        return str(_redaction.clean(record.msg))


def _exception(exc_info: Any) -> dict[str, str]:
    kind, error, trace = exc_info
    return {
        "type": kind.__name__,
        "message": _cut(str(_redaction.clean(error))),
        "stack": _cut(
            str(_redaction.clean("".join(traceback.format_exception(kind, error, trace))))
        ),
    }


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT_LENGTH else text[:MAX_TEXT_LENGTH] + "…"


def _escape(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)

"""Structured logging: one JSON object a line, extras at the top level, secrets hidden.

>>> logger = setup_logging(__name__)
>>> logger.info("Message", extra={"user_id": 123, "action": "login"})

Loggers write to the console (standard error, so that standard output stays for data) and,
once ``configure_logging`` was given a directory, to ``app.log`` and ``errors.log`` there.
A caller never waits for any of these: lines go through bounded queues to threads.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from app.utils import _log_queue
from app.utils._log_decode import LogLine, decode_line
from app.utils._log_late import Event, LateLine, current_names, happening
from app.utils._log_output import output
from app.utils._log_record import (
    UNWANTED,
    extra_items,
    extras_of,
    message_of,
    one_line,
    quick_record,
    timestamp,
    told_exception,
    wanted,
    without_reserved,
)
from app.utils._log_schemas import SCHEMAS, SchemaName
from app.utils._log_sinks import KEPT_FILES, MAX_FILE_BYTES
from app.utils._log_text import TextFormatter
from app.utils._redaction import HIDDEN, clean, clean_text, hides, is_secret

__all__ = [
    "KEPT_FILES",
    "MAX_FILE_BYTES",
    "MAX_LINE_BYTES",
    "JSONFormatter",
    "LogLine",
    "LoggerWithExtra",
    "TextFormatter",
    "configure_logging",
    "decode_line",
    "extras_of",
    "flush_logging",
    "setup_logging",
]

MAX_LINE_BYTES = 250_000
"""Longer lines lose what makes them long; Google Cloud and CloudWatch take up to 256 KiB."""

_encode = msgspec.json.Encoder().encode
_PLAIN = frozenset({int, float, bool, type(None)})
_KNOWN_KEYS = 4096


class JSONFormatter(logging.Formatter):
    """A log record as one line of JSON; never raises.

    Keys: ``timestamp`` (RFC 3339, UTC, ms), ``level``, ``logger``, ``message``; ``request_id``,
    ``user_id``, ``trace_id`` and ``span_id`` where the context has them; the extras; then
    ``exception`` (``type``, ``message``, ``stack``). An extra that collides becomes
    ``extra_<key>``. NaN and infinity become ``null``.

    Args:
        schema: Other names for these: ``ecs`` (Elastic) or ``gcp`` (Google Cloud).

    Cost: about four times that of encoding the same mapping; see ``voltway bench toolkit``.
    """

    def __init__(self, schema: SchemaName = "default") -> None:
        super().__init__()
        self._schema = SCHEMAS[schema]
        self._ordinary: set[str] = set()  # keys that need no closer look

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line break."""
        return self.encode(record).decode()

    def encode(self, record: logging.LogRecord) -> bytes:
        """The line as UTF-8, without a line break."""
        try:
            return _encoded(self._line_of(record))
        except Exception as error:  # noqa: BLE001 - a log line must not break what it tells of
            return self._last_resort(record.name, record.levelname, error)

    def encode_event(self, event: Event) -> bytes:
        """The same of an event that no record was made of."""
        try:
            line = self._begun(event._replace(message=clean_text(event.message)))
            return _encoded(self._with_extras(line, without_reserved(event.extras).items()))
        except Exception as error:  # noqa: BLE001 - as above
            return self._last_resort(event.logger, event.level, error)

    def _begun(self, event: Event) -> dict[str, Any]:
        schema, names = self._schema, event.names
        line: dict[str, Any] = {
            schema.time: timestamp(event.created_s),
            schema.level: schema.levels.get(event.level, event.level),
            schema.logger: event.logger,
            "message": event.message,
            **schema.constant,
        }
        if names.request_id is not None:
            line[schema.request_id] = names.request_id
        if names.user_id is not None:
            line[schema.user_id] = names.user_id
        if names.trace_id is not None:
            line[schema.trace_id] = names.trace_id
            line[schema.span_id] = names.span_id
        return line

    def _line_of(self, record: logging.LogRecord) -> dict[str, Any]:
        message, names = message_of(record), current_names()
        line = self._begun(Event(record.created, record.name, record.levelname, message, {}, names))
        if record.exc_info or record.exc_text:
            told = told_exception(record)
            if told is not None:
                self._schema.tell(line, told)
        if record.stack_info:
            line["stack"] = clean_text(str(record.stack_info))
        return self._with_extras(line, extra_items(record))

    def _with_extras(
        self, line: dict[str, Any], extras: Iterable[tuple[Any, object]]
    ) -> dict[str, Any]:
        if self._schema.arrange is not None:
            arranged = wanted(extras)
            self._schema.arrange(line, arranged)
            extras = arranged.items()
        self._add(line, extras)
        return line

    def _add(self, line: dict[str, Any], extras: Iterable[tuple[Any, object]]) -> None:
        ordinary = self._ordinary
        for key, value in extras:
            if key not in ordinary or key in line:
                self._add_odd(line, key, value)
            elif type(value) is str:
                line[key] = clean_text(value)
            else:
                line[key] = value if type(value) in _PLAIN else clean(value)

    def _add_odd(self, line: dict[str, Any], key: Any, value: object) -> None:
        """An extra whose key is new, reserved, secret, no text, or there already."""
        if key in UNWANTED:
            return
        name = key if isinstance(key, str) else str(key)
        is_hidden = hides(name, value)
        if name is key and name not in self._schema.taken and not is_secret(name):
            if len(self._ordinary) >= _KNOWN_KEYS:
                self._ordinary.clear()
            self._ordinary.add(name)
        while name in line or name in self._schema.taken:
            name = f"extra_{name}"
        line[name] = HIDDEN if is_hidden else clean(value)

    def _last_resort(self, name: object, level: object, error: Exception) -> bytes:
        schema = self._schema
        line = {
            schema.level: str(clean(level)),
            schema.logger: str(clean(name)),
            "message": f"[log record refused: {type(error).__name__}]",
        }
        return one_line(_encode(line))


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        encoded = _encode(line)
    except Exception:  # noqa: BLE001 - lone surrogates and what else JSON does not have
        encoded = _encode(clean(line))
    if len(encoded) > MAX_LINE_BYTES:
        encoded = _encode(clean(line))
    return one_line(encoded)


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
        kwargs["extra"] = without_reserved(extra)
        return msg, kwargs

    def write(self, level: int, message: str, extra: Mapping[str, object]) -> None:
        """Log a finished message without looking for the place in the code that logs it.

        For lines that are written for each request: finding the caller and making a record
        takes longer than the line itself. There is a record only where somebody else could
        see it: a handler or filter of others, a factory of records, a form of their own.
        ``isEnabledFor(level)`` is the caller's to ask, and ``extra`` not to be changed any
        more: it is read when the line is written.
        """
        logger = self.logger
        if self.extra:
            extra = {**self.extra, **extra}
        formatter = output.only_formatter(logger)
        if not isinstance(formatter, JSONFormatter):
            logger.handle(quick_record(logger.name, level, message, without_reserved(extra)))
            return
        word = logging.getLevelName(level)
        line = LateLine(formatter.encode_event, happening(logger.name, word, message, extra))
        for handler in output.handlers:
            if level >= handler.level:
                handler.take(level, word, line)

    @property
    def handlers(self) -> list[logging.Handler]:
        """Those of the logger itself."""
        return self.logger.handlers

    def addHandler(self, handler: logging.Handler) -> None:  # noqa: N802 - logging's name
        """Have the logger write there as well, as a test that listens does."""
        self.logger.addHandler(handler)

    def removeHandler(self, handler: logging.Handler) -> None:  # noqa: N802 - logging's name
        """Take a handler away."""
        self.logger.removeHandler(handler)

    def bind(self, **extra: object) -> LoggerWithExtra:
        """A logger that adds these extras to each of its lines."""
        return LoggerWithExtra(self.logger, {**(self.extra or {}), **extra})


def setup_logging(name: str) -> LoggerWithExtra:
    """The logger ``name``, writing where the process logs to; may be called any number of times.

    Handlers: console; and, once a log directory is configured, ``app.log`` and, from ERROR
    on, ``errors.log``, each rotated at ``MAX_FILE_BYTES`` with ``KEPT_FILES`` old ones kept.
    """
    return LoggerWithExtra(output.attach(name, JSONFormatter()))


def configure_logging(
    *,
    level: str = "INFO",
    form: Literal["json", "text"] = "json",
    schema: SchemaName = "default",
    directory: Path | None = None,
) -> None:
    """Set how and where the whole process logs; loggers that exist already follow.

    Args:
        level: Lowest level that is written, by its name.
        form: ``json`` or ``text``, for the console; files are always JSON.
        schema: Names of the fields of JSON: ours, Elastic's, or Google Cloud's.
        directory: Where files go, created if missing; other processes may use it, too.
            ``None`` writes none.

    Raises:
        OSError: The directory or its files cannot be written; logging is then as it was.
        KeyError: There is no such level or schema.
    """
    lowest = logging.getLevelNamesMapping()[level]
    as_json = JSONFormatter(schema)
    paths: tuple[tuple[Path, int], ...] = ()
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        paths = (
            (directory / "app.log", logging.NOTSET),
            (directory / "errors.log", logging.ERROR),
        )
    output.configure(lowest, as_json if form == "json" else TextFormatter(), as_json, paths)


def flush_logging(timeout_s: float = _log_queue.FLUSH_TIMEOUT_S) -> bool:
    """Whether all lines so far were written, waiting for it ``timeout_s`` at most.

    The end of a process does this by itself; a program that is about to be killed, or that
    prints to standard error in between, may want it earlier.
    """
    return _log_queue.flush(output.handlers, timeout_s)

"""Log records and events as lines of JSON."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app.utils._log_late import Event, current_names
from app.utils._log_record import (
    UNWANTED,
    extra_items,
    message_of,
    one_line,
    timestamp,
    told_exception,
    wanted,
    without_reserved,
)
from app.utils._log_schemas import SCHEMAS, SchemaName
from app.utils._redaction import HARMLESS, HIDDEN, INT64, clean, clean_text, hides, is_secret

MAX_LINE_BYTES = 250_000
"""Longer lines lose what makes them long; Google Cloud and CloudWatch take up to 256 KiB."""

_encode = msgspec.json.Encoder().encode
_PLAIN = frozenset({float, bool, type(None)})
_LEAST = -INT64
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
            line, extras = self._begun(event, clean_text(event.message)), event.extras
            if self._can_join(line, extras):
                line.update(extras)
            else:
                self._with_extras(line, without_reserved(extras).items())
            return _encoded(line)
        except Exception as error:  # noqa: BLE001 - as above
            return self._last_resort(event.logger, event.level, error)

    def _begun(self, event: Event, message: str) -> dict[str, Any]:
        schema, names = self._schema, event.names
        line: dict[str, Any] = {
            schema.time: timestamp(event.created_s),
            schema.level: schema.levels.get(event.level, event.level),
            schema.logger: event.logger,
            "message": message,
        }
        if schema.constant:
            line.update(schema.constant)
        if names.request_id is not None:
            line[schema.request_id] = names.request_id
        if names.user_id is not None:
            line[schema.user_id] = names.user_id
        if names.trace_id is not None:
            line[schema.trace_id] = names.trace_id
            line[schema.span_id] = names.span_id
        return line

    def _line_of(self, record: logging.LogRecord) -> dict[str, Any]:
        level, names = record.levelname, current_names()
        event = Event(record.created, record.name, level, record.msg, {}, names)
        line = self._begun(event, message_of(record))
        if record.exc_info or record.exc_text:
            told = told_exception(record)
            if told is not None:
                self._schema.tell(line, told)
        if record.stack_info:
            line["stack"] = clean_text(str(record.stack_info))
        return self._with_extras(line, extra_items(record))

    def _can_join(self, line: dict[str, Any], extras: Mapping[str, object]) -> bool:
        """Whether all extras may stand as they are: known keys, values of nothing to hide.

        Nearly all lines are such, and a look at all at once takes half as long as adding each.
        """
        if self._schema.arrange is not None or not self._ordinary.issuperset(extras):
            return False
        for value in extras.values():
            if type(value) is str:
                if value not in HARMLESS:
                    return False
            elif type(value) is int:
                if not _LEAST <= value < INT64:
                    return False
            elif type(value) not in _PLAIN:
                return False
        return line.keys().isdisjoint(extras)

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
                line[key] = value if value in HARMLESS else clean_text(value)
            elif type(value) is int:
                line[key] = value if -INT64 <= value < INT64 else clean(value)
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

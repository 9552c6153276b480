"""Structured logging: one JSON object a line, extras at the top level, secrets hidden.

>>> logger = setup_logging(__name__)
>>> logger.info("Message", extra={"user_id": 123, "action": "login"})

Loggers write to the console (standard error, so that standard output stays for data) and,
once ``configure_logging`` was given a directory, to ``app.log`` and ``errors.log`` there.
A caller never waits for any of these: lines go through bounded queues to threads.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from app.utils import _log_queue
from app.utils._log_decode import LogLine, decode_line, decode_lines
from app.utils._log_json import MAX_LINE_BYTES, JSONFormatter
from app.utils._log_late import LateLine, Tell, current_names, happening
from app.utils._log_output import output
from app.utils._log_record import extras_of, quick_record, without_reserved
from app.utils._log_schemas import SchemaName
from app.utils._log_sinks import KEPT_FILES, MAX_FILE_BYTES
from app.utils._log_text import TextFormatter

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
    "decode_lines",
    "extras_of",
    "flush_logging",
    "setup_logging",
]

_ONLY_EXTRA = {"extra"}


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

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """As every logger's; a plain line costs half, since nobody is to see a record of it.

        Where the code stands that logs is in no line of JSON, so it is not looked for.
        """
        if not self.isEnabledFor(level):
            return
        is_plain = type(msg) is str and not args and (not kwargs or kwargs.keys() == _ONLY_EXTRA)
        formatter = output.only_formatter(self.logger) if is_plain else None
        if not isinstance(formatter, JSONFormatter):
            super().log(level, msg, *args, **kwargs)
            return
        extra = kwargs.get("extra") or {}
        if self.extra:
            extra = {**self.extra, **extra}
        word = logging.getLevelName(level)
        event = happening(self.logger.name, word, cast(str, msg), extra)
        output.hand_out(level, word, formatter.encode_event(event) + b"\n")

    def write(self, level: int, message: str, extra: Mapping[str, object]) -> None:
        """Log a finished message without looking for the place in the code that logs it.

        For lines that are written for each request: finding the caller and making a record
        takes longer than the line itself. There is a record only where somebody else could
        see it: a handler or filter of others, a factory of records, a form of their own.
        ``isEnabledFor(level)`` is the caller's to ask, and ``extra`` not to be changed any
        more: it is read when the line is written.
        """
        self.write_later(level, lambda: (message, extra))

    def write_later(self, level: int, tell: Tell) -> None:
        """The same of what is put into words only when the line is written.

        ``tell`` gives message and extras, the same each time; threads of the sinks call it, and
        it must not raise.
        """
        logger, bound = self.logger, self.extra
        formatter = output.only_formatter(logger)
        if not isinstance(formatter, JSONFormatter):
            message, extra = _with_bound(bound, tell)
            logger.handle(quick_record(logger.name, level, message, without_reserved(extra)))
            return
        if bound:
            tell = partial(_with_bound, bound, tell)
        word = logging.getLevelName(level)
        line = LateLine(
            formatter.encode_event, time.time(), logger.name, word, current_names(), tell
        )
        output.hand_out(level, word, line)

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


def _with_bound(bound: Mapping[str, object] | None, tell: Tell) -> tuple[str, Mapping[str, object]]:
    message, extra = tell()
    return message, {**bound, **extra} if bound else extra


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

"""Log lines for human eyes."""

from __future__ import annotations

import logging

from app.utils._log_record import extras_of, message_of, timestamp, told_exception, visible
from app.utils._redaction import HIDDEN, clean, clean_text, is_secret
from app.utils.context import request_id, user_id

_COLOURS = {"DEBUG": 2, "INFO": 32, "WARNING": 33, "ERROR": 31, "CRITICAL": 35}


class TextFormatter(logging.Formatter):
    """A log record for human eyes; control characters are escaped, so a record is one line.

    ``is_coloured`` is set by the console where it is a terminal.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_coloured = False

    def format(self, record: logging.LogRecord) -> str:
        """``time LEVEL logger: message key=value …`` and, indented, the stack."""
        parts = [message_of(record)]
        shown = {
            key: HIDDEN if is_secret(key) else clean(value)
            for key, value in extras_of(record).items()
        }
        context = {"request_id": request_id.get(), "user_id": user_id.get()}
        shown |= {key: value for key, value in context.items() if value is not None}
        parts += [f"{key}={value}" for key, value in shown.items()]
        level = f"{record.levelname:<7}"
        if self.is_coloured and record.levelname in _COLOURS:
            level = f"\x1b[{_COLOURS[record.levelname]}m{level}\x1b[0m"
        else:
            level = visible(level)
        head = f"{timestamp(record.created)} {level} {visible(record.name)}: "
        text = head + visible(clean_text(" ".join(parts)))
        told = told_exception(record)
        if told is not None:
            text += "".join(f"\n    {visible(part)}" for part in told.stack.splitlines())
        return text

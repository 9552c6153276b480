"""Where the process logs to: the handlers that all of its loggers share."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from app.utils._log_lines import Line
from app.utils._log_queue import QueuedHandler
from app.utils._log_sinks import ConsoleHandler, FileSink

_CALL_HANDLERS = logging.Logger.callHandlers  # error reporters put one of their own in its place


class Output:
    """The console, the files once there are any, and the loggers that write to them.

    Kept apart from the module that configures it, so that a reload of that one finds the
    handlers that are there and adds no second ones.
    """

    def __init__(self) -> None:
        self.level = logging.INFO
        self.loggers: dict[str, logging.Logger] = {}
        self.console: ConsoleHandler | None = None
        self.files: tuple[QueuedHandler, ...] = ()
        self.handlers: list[QueuedHandler] = []
        """All that there are, in the order in which loggers have them."""

    def only_formatter(self, logger: logging.Logger) -> logging.Formatter | None:
        """That of all handlers, where nobody else could see a record of this logger."""
        if (
            not self.handlers
            or logger.handlers != self.handlers
            or logger.filters
            or logger.disabled
            or logging.getLogRecordFactory() is not logging.LogRecord
            or logging.Logger.callHandlers is not _CALL_HANDLERS
        ):
            return None
        formatter = self.handlers[0].formatter
        for handler in self.handlers:
            if handler.filters or handler.formatter is not formatter:
                return None
        return formatter

    def hand_out(self, level: int, level_name: str, line: Line) -> None:
        """Give a finished line to every handler that wants its level."""
        item = level_name, line, len(line)
        for handler in self.handlers:
            if level >= handler.level:
                handler.take(level, item)

    def attach(self, name: str, formatter: logging.Formatter) -> logging.Logger:
        """The logger of a name, writing to all handlers; the formatter is a first console's."""
        if self.console is None:
            self.console = ConsoleHandler(formatter)
            self.handlers = [self.console, *self.files]
        logger = self.loggers[name] = logging.getLogger(name)
        self._connect(logger)
        return logger

    def configure(
        self,
        level: int,
        console_formatter: logging.Formatter,
        file_formatter: logging.Formatter,
        paths: tuple[tuple[Path, int], ...],
    ) -> None:
        """Set level, forms and files; loggers that exist already follow.

        Raises:
            OSError: A file cannot be written; all is then as it was.
        """
        opened = _open_all([path for path, _ in paths])
        replaced, self.files = self.files, ()
        self.level = level
        if self.console is None:
            self.console = ConsoleHandler(console_formatter)
        self.console.setFormatter(console_formatter)
        for sink, (_, lowest) in zip(opened, paths, strict=True):
            handler = QueuedHandler(sink, file_formatter)
            handler.setLevel(lowest)
            self.files += (handler,)
        self.handlers = [self.console, *self.files]
        for logger in self.loggers.values():
            for handler in replaced:
                logger.removeHandler(handler)
            self._connect(logger)
        for handler in replaced:
            handler.retire()

    def _connect(self, logger: logging.Logger) -> None:
        for handler in self.handlers:
            if handler not in logger.handlers:
                logger.addHandler(handler)
        logger.setLevel(self.level)
        logger.propagate = False


def _open_all(paths: Sequence[Path]) -> list[FileSink]:
    opened: list[FileSink] = []
    try:
        for path in paths:
            opened.append(FileSink(path))  # noqa: PERF401 - those before a failure are closed
    except OSError:
        for sink in opened:
            sink.close()
        raise
    return opened


output = Output()

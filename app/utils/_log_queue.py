"""Log lines on their way out: a bounded queue and a thread for each sink.

A caller appends an encoded line and goes on; the thread takes all that has come and writes it
at once, so that what it costs is paid by the batch. Only the thread ever waits for a sink, and
only for its own.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from app.utils import metrics
from app.utils._log_lines import Item, Sink, first_batch
from app.utils._log_losses import Losses
from app.utils._log_record import LINE
from app.utils._log_waiting import Waiting

MAX_BATCH_BYTES = 1024 * 1024
"""Lines are joined to writes of about this size at most."""
LINGER_S = 0.01
"""How long the thread lets lines join before it writes; errors do not wait."""
FLUSH_TIMEOUT_S = 2.0

_CLOSED_TIMEOUT_S = 0.2


class QueuedHandler(logging.Handler):
    """Hands lines to a sink without ever letting a caller wait for it.

    Where the queue is full, lines below ERROR are lost; errors have a reserve of their own.
    What is lost is counted by level in ``log_records_dropped`` and told in a line as soon as
    the sink takes one. A record is encoded once for all handlers that share a formatter.
    """

    def __init__(self, sink: Sink, formatter: logging.Formatter) -> None:
        super().__init__()
        self.sink = sink
        self.losses = Losses()
        self._is_closed = False
        self._reset()
        self.setFormatter(formatter)
        _all.add(self)

    def _reset(self) -> None:
        self._waiting = Waiting()
        self._marks: list[threading.Event] = []
        self._is_retired = False
        self._bell = _rung_by_others()
        self._hurry = _rung_by_others()
        self._thread: threading.Thread | None = None

    def begin_anew(self) -> None:
        """After a fork: the parent writes what waits; this process has its own thread."""
        self.losses = Losses()
        self._reset()
        self.sink.begin_anew()

    def setFormatter(self, fmt: logging.Formatter | None) -> None:  # noqa: N802 - logging's name
        """Use a formatter; one with ``encode`` is spared the way through ``str``."""
        super().setFormatter(fmt)
        encode: Callable[[logging.LogRecord], bytes] | None = getattr(fmt, "encode", None)
        self._encode = encode or self._encode_text

    def _encode_text(self, record: logging.LogRecord) -> bytes:
        return self.format(record).encode("utf-8", "backslashreplace")

    def handle(self, record: logging.LogRecord) -> bool:
        """Filter and emit a record, without a lock around its formatting."""
        if self.filters:
            passed: object = self.filter(record)
            if not passed:
                return False
            if isinstance(passed, logging.LogRecord):  # from Python 3.12 on
                record = passed
        self.emit(record)
        return True

    def line_of(self, record: logging.LogRecord) -> bytes:
        """The encoded line with its line break."""
        kept = record.__dict__.get(LINE)
        if kept is not None and kept[0] is self.formatter:
            line: bytes = kept[1]
            return line
        try:
            line = self._encode(record) + b"\n"
        except Exception as error:  # noqa: BLE001 - a formatter of others must not break a caller
            line = f"[log record refused: {type(error).__name__}]\n".encode()
        record.__dict__[LINE] = (self.formatter, line)
        return line

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record's line, or count it as lost."""
        line = self.line_of(record)
        self.take(record.levelno, (record.levelname, line, len(line)))

    def take(self, level: int, item: Item) -> None:
        """Queue a line, or count it as lost."""
        count = self._waiting.add(level, item)
        if not count:
            self.losses.add(item[0])
            return
        if count == 1 or self._thread is None:  # which may have died
            self._ring(self._bell)
        if level >= logging.ERROR:
            self._ring(self._hurry)
        if self._is_closed and not self.wait_until_written(_CLOSED_TIMEOUT_S):
            self._is_closed = False  # a sink that is stalled at the end is not waited for again

    def _ring(self, bell: threading.Lock) -> None:
        if self._thread is None:
            self._start()
        with suppress(RuntimeError):  # someone else just did
            bell.release()

    def _start(self) -> None:
        with self._waiting.gate:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._work, name=f"log {self.sink.name}", daemon=True)
            self._thread = thread
        try:
            thread.start()
        except RuntimeError:  # the process has no more threads, or is ending
            self._thread = None
            self._write_what_waits()

    def _work(self) -> None:
        try:
            is_going_on = True
            while is_going_on:
                self._bell.acquire()
                self._hurry.acquire(timeout=LINGER_S)
                is_going_on = self._write_what_waits()
            self.sink.close()
        finally:
            self._thread = None

    def _write_what_waits(self) -> bool:
        """Write all that waits, in batches; ``False`` where nothing will follow."""
        with self._waiting.gate:
            waiting, self._waiting.lines = self._waiting.lines, []
            marks, self._marks = self._marks, []
            is_retired = self._is_retired
        try:
            while waiting:
                size_bytes, count = first_batch(waiting, MAX_BATCH_BYTES)
                batch, waiting = waiting[:count], waiting[count:]
                self._write(batch, size_bytes)
        finally:
            if waiting:  # the thread dies; another one will write them
                with self._waiting.gate:
                    self._waiting.lines[:0] = waiting
        for mark in marks:
            mark.set()
        return not is_retired

    def _write(self, batch: Sequence[Item], size_bytes: int) -> None:
        written = 0
        try:
            written = self._try_to_write([bytes(line) for _, line, _ in batch])
        finally:
            for level, _, _ in batch[written:]:
                self.losses.add(level)
            with self._waiting.gate:
                self._waiting.unwritten_bytes -= size_bytes
        if written and (lost := self.losses.take_untold()):
            self._tell(lost)

    def _tell(self, lost: dict[str, int]) -> None:
        record = logging.LogRecord(
            __name__, logging.WARNING, __file__, 0, "log lines were lost", (), None
        )
        record.__dict__.update(sink=self.sink.name, lost=lost)
        if not self._try_to_write([self.line_of(record)]):
            self.losses.give_back(lost)

    def _try_to_write(self, lines: Sequence[bytes]) -> int:
        try:
            return self.sink.write(lines)
        except Exception:  # noqa: BLE001 - a sink may fail in any way; its lines are lost then
            return 0

    def mark(self) -> threading.Event:
        """What is set once all lines that wait now are written."""
        mark = threading.Event()
        with self._waiting.gate:
            if self._thread is None and not self._waiting.lines:
                mark.set()
                return mark
            self._marks.append(mark)
        self._ring(self._bell)  # which starts a thread where one died with lines that wait
        self._ring(self._hurry)
        return mark

    def wait_until_written(self, timeout_s: float) -> bool:
        """Whether the lines that wait now were written in time."""
        return self.mark().wait(timeout_s)

    def flush(self) -> None:
        """Wait for the lines that wait now, ``FLUSH_TIMEOUT_S`` at most."""
        self.wait_until_written(FLUSH_TIMEOUT_S)

    def close(self) -> None:
        """Write what waits; whatever comes later, while the process ends, is written at once."""
        self._is_closed = True
        self.wait_until_written(_CLOSED_TIMEOUT_S)
        super().close()

    def retire(self) -> None:
        """Write what waits, end the thread and close the sink; a stalled one may do so later."""
        super().close()
        thread = self._thread
        if thread is None:
            self.sink.close()
            return
        self._is_retired = True
        self._ring(self._bell)
        self._ring(self._hurry)
        thread.join(FLUSH_TIMEOUT_S)


def _rung_by_others() -> threading.Lock:
    """A bell: whoever waits for it gets it once however often it was rung meanwhile."""
    bell = threading.Lock()
    bell.acquire()
    return bell


_all: weakref.WeakSet[QueuedHandler] = weakref.WeakSet()


def flush(handlers: Iterable[QueuedHandler], timeout_s: float) -> bool:
    """Whether all lines that wait now were written in time, by all of the handlers."""
    deadline = time.monotonic() + timeout_s
    marks = [handler.mark() for handler in handlers]
    return all(mark.wait(max(0.0, deadline - time.monotonic())) for mark in marks)


def _count_losses() -> None:
    for handler in list(_all):
        handler.losses.count()


def _begin_anew() -> None:
    for handler in list(_all):
        handler.begin_anew()
    # Processes of multiprocessing end without atexit, once their own finalizers have run.
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_count_losses, _flush_at_the_end)


def _flush_at_the_end(_: object) -> None:
    util: Any = sys.modules["multiprocessing.util"]
    util.Finalize(None, _flush_all, exitpriority=0)


def _flush_all() -> None:
    flush(list(_all), FLUSH_TIMEOUT_S)


os.register_at_fork(after_in_child=_begin_anew)
metrics.before_render(_count_losses)

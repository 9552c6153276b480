"""Log lines on their way out: a bounded queue and a thread for each sink.

A caller puts an encoded line into the queue and goes on; the thread joins what has come and
writes it at once. Only the thread ever waits for a sink, and only for its own.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from queue import SimpleQueue
from typing import Any, Protocol

from app.utils import metrics
from app.utils._log_late import LateLine
from app.utils._log_losses import Losses
from app.utils._log_record import LINE

CAPACITY = 8_192
"""Most lines that wait for one sink."""
CAPACITY_BYTES = 16 * 1024 * 1024
RESERVE = 1_024
"""More lines of level ERROR and above that may wait where the queue is full for others."""
RESERVE_BYTES = 4 * 1024 * 1024
MAX_BATCH_BYTES = 1024 * 1024
"""Lines are joined to writes of about this size at most. All that waits is taken if it fits:
where callers are busy, a thread gets its turn seldom, and few lines a turn would be too few."""
LINGER_S = 0.01
"""How long the thread lets lines join before it writes; errors do not wait."""
FLUSH_TIMEOUT_S = 2.0

_CLOSED_TIMEOUT_S = 0.2

Line = bytes | LateLine
Item = tuple[str, Line] | threading.Event | None
"""A line with its level; or what is set once all before it is written; or the end."""


class Sink(Protocol):
    """Where lines end up."""

    name: str

    def write(self, lines: Sequence[bytes]) -> int:
        """Write lines, each with its line break; how many, from the first, were written whole."""

    def begin_anew(self) -> None:
        """Let go of what a forked process shares with its parent."""

    def close(self) -> None:
        """Let go of everything."""


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
        self._gate = threading.RLock()
        self._queue: SimpleQueue[Item] = SimpleQueue()
        self._hurry = threading.Lock()
        self._hurry.acquire()
        self._put_bytes = 0
        self._written_bytes = 0
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
        self.take(record.levelno, record.levelname, self.line_of(record))

    def take(self, level: int, level_name: str, line: Line) -> None:
        """Queue a line, or count it as lost."""
        size_bytes = len(line)
        is_error = level >= logging.ERROR
        with self._gate:
            waiting_bytes = self._put_bytes - self._written_bytes + size_bytes
            if (self._queue.qsize() >= CAPACITY or waiting_bytes > CAPACITY_BYTES) and not (
                is_error and self._has_reserve(waiting_bytes)
            ):
                self.losses.add(level_name)
                return
            self._put_bytes += size_bytes
        self._queue.put((level_name, line))
        if self._thread is None:
            self._start()
        if is_error:
            self._hasten()
        if self._is_closed and not self.wait_until_written(_CLOSED_TIMEOUT_S):
            self._is_closed = False  # a sink that is stalled at the end is not waited for again

    def _has_reserve(self, waiting_bytes: int) -> bool:
        return (
            self._queue.qsize() < CAPACITY + RESERVE
            and waiting_bytes <= CAPACITY_BYTES + RESERVE_BYTES
        )

    def _hasten(self) -> None:
        try:
            self._hurry.release()
        except RuntimeError:  # someone else just did
            return

    def _start(self) -> None:
        with self._gate:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._work, name=f"log {self.sink.name}", daemon=True)
            self._thread = thread
        try:
            thread.start()
        except RuntimeError:  # the process has no more threads, or is ending
            self._thread = None
            while not self._queue.empty():
                self._write_batch(self._queue.get())

    def _work(self) -> None:
        try:
            is_going_on = True
            while is_going_on:
                item = self._queue.get()
                if isinstance(item, tuple):
                    self._hurry.acquire(timeout=LINGER_S)
                is_going_on = self._write_batch(item)
            self.sink.close()
        finally:
            self._thread = None

    def _write_batch(self, item: Item) -> bool:
        """Write the lines from an item on; ``False`` where the end was among them."""
        batch: list[tuple[str, Line]] = []
        left_bytes = MAX_BATCH_BYTES
        while isinstance(item, tuple):
            batch.append(item)
            left_bytes -= len(item[1])
            if left_bytes <= 0 or self._queue.empty():
                break
            item = self._queue.get()
        if batch:
            self._write(batch)
        if isinstance(item, threading.Event):
            item.set()
        return item is not None

    def _write(self, batch: list[tuple[str, Line]]) -> None:
        written = 0
        try:
            written = self._try_to_write([bytes(line) for _, line in batch])
        finally:
            for level, _ in batch[written:]:
                self.losses.add(level)
            self._written_bytes += sum(len(line) for _, line in batch)
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
        if self._thread is None and not self._queue.empty():
            self._start()  # the thread died with lines in its queue
        if self._thread is None:
            mark.set()
        else:
            self._queue.put(mark)
            self._hasten()
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
        self._queue.put(None)
        self._hasten()
        thread.join(FLUSH_TIMEOUT_S)


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

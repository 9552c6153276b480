from __future__ import annotations

import json
import logging
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import pytest

from app.utils import _log_queue
from app.utils._log_queue import QueuedHandler
from app.utils._log_waiting import CAPACITY, CAPACITY_BYTES, RESERVE, RESERVE_BYTES
from app.utils.advanced_logging import JSONFormatter
from app.utils.metrics import get_metrics
from tests.fixtures.log_records import make_record

_WAIT_S = 20.0


class Memory:
    """A sink that keeps lines; it stalls while it is closed, and fails as often as it is told."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.lines: list[bytes] = []
        self.writes = 0
        self.is_open = threading.Event()
        self.is_open.set()
        self.is_stalled = threading.Event()
        self.error: BaseException | None = None
        self.is_closed = False
        self.begun_anew = 0

    def write(self, lines: Sequence[bytes]) -> int:
        self.writes += 1
        if not self.is_open.is_set():
            self.is_stalled.set()
            assert self.is_open.wait(_WAIT_S)
        if self.error is not None:
            raise self.error
        self.lines += lines
        return len(lines)

    def begin_anew(self) -> None:
        self.begun_anew += 1

    def close(self) -> None:
        self.is_closed = True

    @property
    def messages(self) -> list[str]:
        return [json.loads(line)["message"] for line in self.lines]


@pytest.fixture
def sink() -> Iterator[Memory]:
    memory = Memory()
    yield memory
    memory.is_open.set()


@pytest.fixture
def handler(sink: Memory) -> Iterator[QueuedHandler]:
    queued = QueuedHandler(sink, JSONFormatter())
    yield queued
    sink.is_open.set()
    queued.retire()


def record_of(level: int, message: str = "x") -> logging.LogRecord:
    record = make_record(message)
    record.levelno, record.levelname = level, logging.getLevelName(level)
    return record


def stall(handler: QueuedHandler, sink: Memory) -> None:
    """Have the thread wait in the sink, with one line in its hands."""
    sink.is_open.clear()
    handler.handle(record_of(logging.INFO, "in hand"))
    assert sink.is_stalled.wait(_WAIT_S)


def lost(level: str) -> float:
    prefix = f'log_records_dropped_total{{level="{level}"}} '
    lines = [line for line in get_metrics().splitlines() if line.startswith(prefix)]
    return float(lines[0].removeprefix(prefix)) if lines else 0.0


def test_lines_come_out_whole_and_in_order(handler: QueuedHandler, sink: Memory) -> None:
    for number in range(100):
        handler.handle(record_of(logging.INFO, str(number)))
    assert handler.wait_until_written(_WAIT_S)
    assert sink.messages == [str(number) for number in range(100)]
    assert sink.writes < 100


def test_callers_go_on_while_a_sink_is_stalled(handler: QueuedHandler, sink: Memory) -> None:
    infos, errors = lost("INFO"), lost("ERROR")
    stall(handler, sink)
    for _ in range(CAPACITY + 10):
        handler.handle(record_of(logging.INFO))
    for _ in range(RESERVE + 5):
        handler.handle(record_of(logging.ERROR, "grave"))
    assert not handler.wait_until_written(0.0)
    assert (lost("INFO") - infos, lost("ERROR") - errors) == (10, 5)
    sink.is_open.set()
    assert handler.wait_until_written(_WAIT_S)
    assert sink.messages.count("grave") == RESERVE
    told = [json.loads(line) for line in sink.lines if b"lines were lost" in line]
    assert [line["lost"] for line in told] == [{"INFO": 10, "ERROR": 5}]
    assert told[0]["sink"] == "memory"
    assert told[0]["level"] == "WARNING"


def test_what_waits_is_bounded_in_bytes_too(handler: QueuedHandler, sink: Memory) -> None:
    before = lost("INFO")
    stall(handler, sink)
    record = record_of(logging.INFO, "y" * 16_000)
    for _ in range(CAPACITY_BYTES // 16_000 + 10):
        handler.handle(record)
    assert 0 < lost("INFO") - before <= 20
    grave = lost("ERROR")
    for _ in range(RESERVE_BYTES // 16_000 + 10):
        handler.handle(record_of(logging.ERROR, "y" * 16_000))
    assert 0 < lost("ERROR") - grave <= 20


def test_levels_of_others_are_counted_together(handler: QueuedHandler, sink: Memory) -> None:
    before = lost("OTHER")
    sink.error = OSError("full")
    record = record_of(logging.INFO)
    record.levelname = "user 4711"
    handler.handle(record)
    assert handler.wait_until_written(_WAIT_S)
    assert lost("OTHER") - before == 1


def test_a_sink_that_fails_loses_lines_and_recovers(handler: QueuedHandler, sink: Memory) -> None:
    sink.error = OSError("full")
    handler.handle(record_of(logging.INFO, "lost"))
    assert handler.wait_until_written(_WAIT_S)
    sink.error = None
    handler.handle(record_of(logging.INFO, "kept"))
    assert handler.wait_until_written(_WAIT_S)
    assert sink.messages == ["kept", "log lines were lost"]


class Tired(Memory):
    """Takes one write and fails from then on."""

    def write(self, lines: Sequence[bytes]) -> int:
        if self.writes:
            self.error = OSError("tired")
        return super().write(lines)


def test_what_could_not_be_told_is_told_later() -> None:
    sink = Tired()
    handler = QueuedHandler(sink, JSONFormatter())
    handler.losses.add("INFO")
    handler.handle(record_of(logging.INFO))
    assert handler.wait_until_written(_WAIT_S)
    assert handler.losses.take_untold() == {"INFO": 1}
    handler.retire()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_replaced(handler: QueuedHandler, sink: Memory) -> None:
    sink.error = SystemExit()
    handler.handle(record_of(logging.ERROR, "dies with it"))
    thread = handler._thread
    if thread is not None:
        thread.join(_WAIT_S)
    sink.error = None
    handler.handle(record_of(logging.INFO, "after"))
    assert handler.wait_until_written(_WAIT_S)
    assert sink.messages == ["after", "log lines were lost"]


def test_without_threads_a_line_is_written_by_its_caller(
    handler: QueuedHandler, sink: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    handler.handle(record_of(logging.INFO, "own hands"))
    assert sink.messages == ["own hands"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_lines_that_a_dead_thread_left_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deadly(Memory):
        def write(self, lines: Sequence[bytes]) -> int:
            written = super().write(lines)
            if self.writes == 2:
                raise SystemExit
            return written

    monkeypatch.setattr(_log_queue, "MAX_BATCH_BYTES", 1)
    sink = Deadly()
    handler = QueuedHandler(sink, JSONFormatter())
    sink.is_open.clear()
    handler.handle(record_of(logging.ERROR, "first"))
    assert sink.is_stalled.wait(_WAIT_S)
    thread = handler._thread
    assert thread is not None
    handler.handle(record_of(logging.INFO, "dies with it"))
    handler.handle(record_of(logging.INFO, "left"))
    sink.is_open.set()
    thread.join(_WAIT_S)
    assert handler.wait_until_written(_WAIT_S)
    assert sink.messages == ["first", "dies with it", "left", "log lines were lost"]
    handler.retire()


def test_where_nothing_was_logged_nothing_is_waited_for(
    handler: QueuedHandler, sink: Memory
) -> None:
    handler.flush()
    assert handler.wait_until_written(0.0)
    assert sink.writes == 0


def test_a_thread_is_started_once(handler: QueuedHandler, sink: Memory) -> None:
    handler.handle(record_of(logging.INFO))
    thread = handler._thread
    handler._start()
    assert handler._thread is thread


def test_after_a_fork_a_process_begins_anew(
    handler: QueuedHandler, sink: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_log_queue, "_all", weakref.WeakSet([handler]))
    handler.losses.add("INFO")
    finalizers: list[Callable[[], None]] = []
    monkeypatch.setitem(
        sys.modules,
        "multiprocessing.util",
        SimpleNamespace(
            register_after_fork=lambda thing, function: function(thing),
            Finalize=lambda _thing, function, **_priority: finalizers.append(function),
        ),
    )
    _log_queue._begin_anew()
    assert handler.losses.take_untold() == {}
    assert sink.begun_anew == 1
    handler.handle(record_of(logging.INFO, "the child's"))
    (flush_at_the_end,) = finalizers
    flush_at_the_end()
    assert sink.messages == ["the child's"]
    monkeypatch.delitem(sys.modules, "multiprocessing.util")
    _log_queue._begin_anew()
    assert len(finalizers) == 1


def test_a_retired_handler_closes_its_sink(sink: Memory) -> None:
    unused = QueuedHandler(Memory(), JSONFormatter())
    unused.retire()
    assert isinstance(unused.sink, Memory)
    assert unused.sink.is_closed
    used = QueuedHandler(sink, JSONFormatter())
    used.handle(record_of(logging.INFO, "last"))
    used.retire()
    assert sink.messages == ["last"]
    assert sink.is_closed


def test_a_closed_handler_writes_at_once(handler: QueuedHandler, sink: Memory) -> None:
    handler.handle(record_of(logging.INFO, "before"))
    handler.close()
    handler.handle(record_of(logging.INFO, "after"))
    assert sink.messages == ["before", "after"]


def test_a_closed_handler_waits_for_a_stalled_sink_only_once(
    handler: QueuedHandler, sink: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall(handler, sink)
    monkeypatch.setattr(_log_queue, "_CLOSED_TIMEOUT_S", 0.0)
    handler.close()
    waits: list[float] = []
    monkeypatch.setattr(handler, "wait_until_written", waits.append)
    for _ in range(3):
        handler.handle(record_of(logging.INFO))
    assert len(waits) == 1


class Counting(JSONFormatter):
    """Counts what it encodes."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def encode(self, record: logging.LogRecord) -> bytes:
        self.count += 1
        return super().encode(record)


def test_a_record_is_encoded_once_for_all_handlers() -> None:
    formatter = Counting()
    sinks = [Memory(str(number)) for number in range(3)]
    handlers = [QueuedHandler(sink, formatter) for sink in sinks]
    record = record_of(logging.INFO)
    for handler in handlers:
        handler.handle(record)
    assert _log_queue.flush(handlers, _WAIT_S)
    assert formatter.count == 1
    assert len({sink.lines[0] for sink in sinks}) == 1
    other = QueuedHandler(Memory(), Counting())
    other.handle(record)
    other.retire()
    assert isinstance(other.formatter, Counting)
    assert other.formatter.count == 1
    for handler in handlers:
        handler.retire()


def test_one_stalled_sink_does_not_hold_up_the_others(handler: QueuedHandler, sink: Memory) -> None:
    stall(handler, sink)
    free = Memory("free")
    beside = QueuedHandler(free, JSONFormatter())
    record = record_of(logging.INFO, "through")
    handler.handle(record)
    beside.handle(record)
    assert not _log_queue.flush([handler, beside], 0.0)
    assert beside.wait_until_written(_WAIT_S)
    assert free.messages == ["through"]
    beside.retire()


def test_formatters_of_others_are_taken(handler: QueuedHandler, sink: Memory) -> None:
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.handle(record_of(logging.INFO, "a\ud800b"))
    assert handler.wait_until_written(_WAIT_S)
    assert sink.lines == [b"INFO a\\ud800b\n"]
    handler.setFormatter(logging.Formatter("%(message)s %(none)s"))
    handler.handle(record_of(logging.INFO))
    assert handler.wait_until_written(_WAIT_S)
    assert sink.lines[1:] == [b"[log record refused: ValueError]\n"]


def test_filters_hold_lines_back_and_may_replace_them(
    handler: QueuedHandler, sink: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler.addFilter(lambda record: record.getMessage() != "held back")
    assert not handler.handle(record_of(logging.INFO, "held back"))
    assert handler.handle(record_of(logging.INFO, "shown"))
    monkeypatch.setattr(handler, "filter", lambda _record: record_of(logging.INFO, "replaced"))
    assert handler.handle(record_of(logging.INFO, "other"))
    assert handler.wait_until_written(_WAIT_S)
    assert sink.messages == ["shown", "replaced"]


def test_a_large_batch_is_written_in_parts(
    handler: QueuedHandler, sink: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_log_queue, "MAX_BATCH_BYTES", 10)
    stall(handler, sink)
    for _ in range(4):
        handler.handle(record_of(logging.INFO))
    sink.is_open.set()
    assert handler.wait_until_written(_WAIT_S)
    assert sink.writes >= 5

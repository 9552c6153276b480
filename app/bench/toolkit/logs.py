"""Log lines: what one costs its caller, what a stalled reader costs, what reading back costs."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import msgspec
import orjson
import structlog
from pythonjsonlogger.json import JsonFormatter

from app.bench.report import Aim
from app.bench.toolkit.section import Claim, Loop, Section, cost_table, time_loops
from app.utils.advanced_logging import configure_logging, flush_logging, setup_logging

_FLOOR = "floor: orjson.dumps and os.write"
_OURS = "ours: console, app.log and errors.log"
_JSON_ROTATING = "json.dumps, RotatingFileHandler"
_PYTHON_JSON = "python-json-logger, RotatingFileHandler"
_STRUCTLOG = "structlog with orjson, buffered file"

_TYPED, _BY_JSON, _BY_WORDS = "ours: typed decode", "json.loads", "key=value text by findall"

_BLOCK_LINES = 1_000
"""Logs are read by blocks of about 200 KB, as a file is."""

_MAX_BYTES = 10 * 1024 * 1024
_PIPE_LINES = 5_000
"""Far more than the 64 KiB of a pipe."""

_EXTRA: dict[str, Any] = {
    "method": "GET",
    "endpoint": "/api/v1/stations",
    "status": 200,
    "duration_ms": 1.234,
    "client_ip": "192.0.2.7",
    "request_bytes": 0,
    "response_bytes": 18234,
    "request_id": "0123456789abcdef",
}
_WORDS = re.compile(r'(\w+)=("[^"]*"|\S+)')


class _Line(msgspec.Struct, gc=False):
    """What somebody who reads our request lines wants of them."""

    timestamp: str
    level: str
    message: str
    method: str
    endpoint: str
    status: int
    duration_ms: float
    response_bytes: int


@contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Our logging as a service has it: files in a folder, and a console that nobody reads."""
    console = sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stderr = nowhere
        configure_logging(directory=folder)
        try:
            yield
        finally:
            flush_logging()
            configure_logging()
            sys.stderr = console


async def measure(*, calls: int, rounds: int, folder: str) -> dict[str, Any]:
    """Microseconds of a line, the worst call beside a stalled reader, and of reading back."""
    directory = Path(folder)
    with logging_to(directory / "ours"), ExitStack() as opened:
        emitters = _emitters(directory, opened)
        emit_us = await time_loops(emitters, calls=calls, rounds=rounds)
    return {
        "emit_us": emit_us,
        "worst_call_while_stalled_ms": _stall(),
        "read_us": await time_loops(_readers(), calls=calls, rounds=rounds),
    }


def describe(findings: dict[str, Any]) -> Section:
    """Tables, aims and claims of what was measured."""
    emit_us, read_us = findings["emit_us"], findings["read_us"]
    return Section(
        tables=(
            cost_table("Log lines with 8 extras: written, the wait for the file included",
                       emit_us, _FLOOR),
            cost_table("Log lines: one read back", read_us, _TYPED),
        ),
        aims=(
            Aim("a log line", "× floor", 6.0, emit_us[_OURS] / emit_us[_FLOOR]),
            Aim("worst call while the reader stalls", "ms", 20.0,
                findings["worst_call_while_stalled_ms"]),
        ),
        claims=(
            Claim("log processing 10×", _BY_WORDS, read_us[_BY_WORDS], read_us[_TYPED], "µs", 10.0),
            Claim("log processing 10×", f"{_BY_JSON} of the same lines", read_us[_BY_JSON],
                  read_us[_TYPED], "µs", 10.0),
        ),
    )  # fmt: skip


def _emitters(directory: Path, opened: ExitStack) -> dict[str, Loop]:
    ours = setup_logging("app.bench.toolkit.lines")
    by_json = _stdlib_logger("bench.json", directory / "json.log", _JsonDumps(), opened)
    by_peer = _stdlib_logger(
        "bench.peer",
        directory / "peer.log",
        JsonFormatter("{asctime}{levelname}{name}{message}", style="{"),
        opened,
    )
    by_structlog = structlog.wrap_logger(
        structlog.BytesLogger(opened.enter_context((directory / "structlog.log").open("wb"))),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return {
        _FLOOR: _loop_over(_floor_into(directory / "floor.log", opened)),
        _OURS: _loop_over(lambda: ours.info("answered", extra=_EXTRA), flush_logging),
        _STRUCTLOG: _loop_over(lambda: by_structlog.info("answered", **_EXTRA)),
        _JSON_ROTATING: _loop_over(lambda: by_json.info("answered", extra=_EXTRA)),
        _PYTHON_JSON: _loop_over(lambda: by_peer.info("answered", extra=_EXTRA)),
    }


def _floor_into(path: Path, opened: ExitStack) -> Callable[[], object]:
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o640)
    opened.callback(os.close, file)

    def write() -> None:
        line = {"timestamp": time.time(), "level": "INFO", "message": "answered", **_EXTRA}
        os.write(file, orjson.dumps(line) + b"\n")

    return write


def _loop_over(log: Callable[[], object], finish: Callable[[], object] | None = None) -> Loop:
    async def loop(times: int) -> None:
        for _ in range(times):
            log()
        if finish is not None:
            finish()

    return loop


class _JsonDumps(logging.Formatter):
    """What most projects write for themselves."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(
            {
                "timestamp": self.formatTime(record),
                "level": record.levelname,
                "message": record.getMessage(),
                **{key: record.__dict__[key] for key in _EXTRA},
            }
        )


def _stdlib_logger(
    name: str, path: Path, formatter: logging.Formatter, opened: ExitStack
) -> logging.Logger:
    handler = RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=2)
    opened.callback(handler.close)
    handler.setFormatter(formatter)
    logger = logging.getLogger(name)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.handlers = [handler]
    return logger


def _stall() -> float:
    """The longest that one call took while nobody read the console, in ms."""
    reading, writing = os.pipe()
    console = sys.stderr
    worst_s = 0.0
    with open(writing, "w", encoding="utf-8") as stalled:  # noqa: PTH123 - a descriptor
        sys.stderr = stalled
        logger = setup_logging("app.bench.toolkit.stalled")
        for _ in range(_PIPE_LINES):
            began_s = time.perf_counter()
            logger.info("answered", extra=_EXTRA)
            worst_s = max(worst_s, time.perf_counter() - began_s)
        sys.stderr = console
        os.close(reading)
        flush_logging()
    return worst_s * 1000


def _readers() -> dict[str, Loop]:
    fields = {"timestamp": "2026-01-31T12:00:00.000Z", "level": "INFO", "message": "answered"}
    line = msgspec.json.encode({**fields, **_EXTRA})
    words = " ".join(f"{key}={value}" for key, value in (fields | _EXTRA).items())
    return {
        _TYPED: _reading(line + b"\n", msgspec.json.Decoder(_Line).decode_lines),
        _BY_JSON: _reading(line + b"\n", lambda block: list(map(json.loads, block.splitlines()))),
        _BY_WORDS: _reading(
            words.encode() + b"\n",
            lambda block: list(map(_line_of_words, block.decode().splitlines())),
        ),
    }


def _line_of_words(words: str) -> _Line:
    found = dict(_WORDS.findall(words))
    return _Line(
        found["timestamp"],
        found["level"],
        found["message"],
        found["method"],
        found["endpoint"],
        int(found["status"]),
        float(found["duration_ms"]),
        int(found["response_bytes"]),
    )


def _reading(line: bytes, read: Callable[[bytes], list[Any]]) -> Loop:
    """Reads so many lines, of blocks that are ready."""

    async def loop(times: int) -> None:
        for first in range(0, times, _BLOCK_LINES):
            read(line * min(_BLOCK_LINES, times - first))

    return loop

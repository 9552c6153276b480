"""The metrics of requests, with the children of their families kept at hand."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import msgspec
from prometheus_client import Counter as CounterMetric
from prometheus_client import Gauge, Histogram

from app.middleware.request_id import Identity
from app.utils import metrics

EXAMPLE_EVERY_S = 1.0
"""An exemplar doubles the cost of an observation; traced requests always are one."""

MOST_WAITING = 128
"""Answers that are told to the families together, if nobody looks earlier."""

StreamKind = Literal["websocket", "sse"]


class Counts(Protocol):
    """What is counted of requests and streams."""

    def begin(self, request: object) -> None:
        """A request arrived."""

    def end(self, request: object) -> None:
        """A request is over, or turned out to be a stream."""

    def open_stream(self, kind: StreamKind) -> None:
        """A WebSocket or an event stream was opened."""

    def close_stream(self, kind: StreamKind) -> None:
        """It is over."""

    def answered(
        self, method: str, endpoint: str, status: int, elapsed_s: float | None, identity: Identity
    ) -> None:
        """A request was answered, or its client did not wait.

        ``elapsed_s`` is how long it took, up to the last byte; ``None`` for what has no end.
        """

    def slow(self) -> None:
        """It took longer than it should."""


class Counting:
    """Counts into the families of the process."""

    def __init__(self, *, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        # Told together they cost a third; adding and taking are single steps for threads, too.
        self._waiting: deque[_Answer] = deque()
        # A set, for the same reason; a gauge is set when somebody looks.
        self._in_progress: set[object] = set()
        self.begin = self._in_progress.add
        self.end = self._in_progress.discard
        metrics.before_render(self._show)

    def _show(self) -> None:
        metrics.requests_in_progress.set(len(self._in_progress))
        self._tell()

    def open_stream(self, kind: StreamKind) -> None:
        _streams(kind).opened.inc()
        _streams(kind).in_progress.inc()

    def close_stream(self, kind: StreamKind) -> None:
        _streams(kind).in_progress.dec()

    def answered(
        self, method: str, endpoint: str, status: int, elapsed_s: float | None, identity: Identity
    ) -> None:
        self._waiting.append(_Answer(method, endpoint, status, elapsed_s, identity))
        if len(self._waiting) >= self._most_waiting:
            self._tell()

    def _tell(self) -> None:
        """Bring the families up to date."""
        answers: list[_Answer] = []
        with suppress(IndexError):
            while True:
                answers.append(self._waiting.popleft())
        _tell(answers, time.monotonic())

    def slow(self) -> None:
        metrics.slow_requests_total.inc()


class CountingNothing:
    """Metrics are off."""

    def begin(self, request: object) -> None: ...

    def end(self, request: object) -> None: ...

    def open_stream(self, kind: StreamKind) -> None: ...

    def close_stream(self, kind: StreamKind) -> None: ...

    def answered(
        self, method: str, endpoint: str, status: int, elapsed_s: float | None, identity: Identity
    ) -> None: ...

    def slow(self) -> None: ...


# What processes share is read by others at any time.
_COUNTING = Counting(most_waiting=MOST_WAITING if metrics.shared is None else 1)
_COUNTING_NOTHING = CountingNothing()


def current_counts() -> Counts:
    """What counts now; a request keeps to what it began with."""
    return _COUNTING if metrics.is_enabled() else _COUNTING_NOTHING


class _Answer(msgspec.Struct, frozen=True, gc=False):
    method: str
    endpoint: str
    status: int
    elapsed_s: float | None
    identity: Identity


def _tell(answers: Sequence[_Answer], now_s: float) -> None:
    """Of many answers: each counter goes up once, by as many as there were."""
    for hundreds, count in Counter([answer.status // 100 for answer in answers]).items():
        _responses(hundreds).inc(count)
    alike: defaultdict[tuple[str, str], list[_Answer]] = defaultdict(list)
    for answer in answers:
        alike[answer.method, answer.endpoint].append(answer)
    for labels, of_series in alike.items():
        _series(*labels).tell(of_series, now_s)


class _Series:
    """Children of a label set, and when the next request without a trace is an example."""

    def __init__(self, requests: CounterMetric, duration: Histogram) -> None:
        self._requests = requests
        self._duration = duration
        self._example_due_s = 0.0

    def tell(self, answers: Sequence[_Answer], now_s: float) -> None:
        """Count them, and how long they took."""
        self._requests.inc(len(answers))
        no_examples = []
        for answer in answers:
            if answer.elapsed_s is None:
                continue
            if answer.identity.trace_id is not None:
                self._duration.observe(answer.elapsed_s, {"trace_id": answer.identity.trace_id})
            elif now_s >= self._example_due_s:
                self._example_due_s = now_s + EXAMPLE_EVERY_S
                self._duration.observe(answer.elapsed_s, {"request_id": answer.identity.request_id})
            else:
                no_examples.append(answer.elapsed_s)
        metrics.observe_all(self._duration, no_examples)


class _Streams(NamedTuple):
    opened: CounterMetric
    in_progress: Gauge


@lru_cache(maxsize=1024)
def _series(method: str, endpoint: str) -> _Series:
    return _Series(
        metrics.request_count.labels(method, endpoint),
        metrics.request_duration.labels(method, endpoint),
    )


@lru_cache(maxsize=8)
def _streams(kind: StreamKind) -> _Streams:
    return _Streams(metrics.streams_opened.labels(kind), metrics.streams_in_progress.labels(kind))


@lru_cache(maxsize=8)
def _responses(hundreds: int) -> CounterMetric:
    return metrics.responses_total.labels(f"{hundreds}xx")

"""Every metric family of a process, and what is called before they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.metrics_core import Metric

from app.utils._metrics_shared import join

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STATEMENT_SECONDS = (0.0001, 0.00025, 0.0005, *_SECONDS)
_ROWS = (1, 10, 50, 100, 250, 500, 1000)

disable_created_metrics()  # type: ignore[no-untyped-call] # untyped - in the library
_before_render: list[Callable[[], None]] = []
_flushing = Lock()


class _Registry(CollectorRegistry):
    """Brings what is counted in plain integers up to date before anybody reads."""

    def collect(self) -> Iterable[Metric]:
        flush()
        return super().collect()


registry = _Registry()
shared = join()
"""Where the numbers of several processes are; None: this process keeps its own."""

label_names: dict[str, tuple[str, ...]] = {}
"""Family → its labels, in the order in which they are shown."""


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    label_names[name] = labels
    return Counter(name, meaning, labels, registry=registry)


def _gauge(
    name: str, meaning: str, *labels: str, of_several: Literal["livesum", "livemax"] = "livesum"
) -> Gauge:
    """Of several processes, the sum or the greatest of those that live."""
    label_names[name] = labels
    return Gauge(name, meaning, labels, registry=registry, multiprocess_mode=of_several)


def _histogram(
    name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _SECONDS
) -> Histogram:
    label_names[name] = labels
    return Histogram(name, meaning, labels, buckets=buckets, registry=registry)


request_count = _counter("request_count", "Total HTTP requests", "method", "endpoint")
request_duration = _histogram(
    "request_duration",
    "Seconds from the first byte of a request to the last byte of its answer",
    "method",
    "endpoint",
)
requests_in_progress = _gauge("requests_in_progress", "HTTP requests being answered now")
responses_total = _counter("responses", "HTTP answers by class of status (2xx, 4xx, …)", "status")
slow_requests_total = _counter(
    "slow_requests", "HTTP requests that took longer than SLOW_REQUEST_THRESHOLD"
)
streams_in_progress = _gauge(
    "streams_in_progress", "WebSockets and event streams that are open now", "kind"
)
streams_opened = _counter("streams_opened", "WebSockets and event streams ever opened", "kind")
errors_total = _counter("errors", "Errors by a bounded word", "type")
operation_duration = _histogram(
    "operation_duration", "Seconds that a tracked function took, awaiting included", "operation"
)
operations_in_progress = _gauge(
    "operations_in_progress", "Tracked functions running now", "operation"
)
db_query_duration = _histogram(
    "db_query_duration",
    "Seconds that a statement took, failed ones too",
    "operation",
    "table",
    buckets=_STATEMENT_SECONDS,
)
active_connections = _gauge("active_connections", "Database connections in use now")
batch_rows = _histogram("batch_rows", "Rows of one batch statement", "operation", buckets=_ROWS)
cache_hits = _counter("cache_hits", "Calls answered by a cache", "cache", "tier")
cache_misses = _counter("cache_misses", "Calls that a cache could not answer", "cache", "tier")
cache_size = _gauge("cache_size", "Entries held by a cache", "cache", "tier")
cache_bytes = _gauge("cache_bytes", "Bytes held by a cache", "cache", "tier")
log_records_dropped = _counter(
    "log_records_dropped", "Log records given up because the sink did not keep up", "level"
)
memory_rss_bytes = _gauge("memory_rss_bytes", "Resident memory in bytes")
memory_limit_bytes = _gauge(
    "memory_limit_bytes",
    "Memory that the processes may use together, in bytes; 0 without a limit",
    of_several="livemax",
)

_switch = {"on": True}


def set_enabled(on: bool) -> None:  # noqa: FBT001 - it reads as what it does
    """Turn measuring on or off for this process; it is on to begin with.

    Off, tracked functions are called plainly, the middleware counts nothing, and databases
    that are opened are not listened to. Rare events (``errors_total``) are counted still.
    """
    _switch["on"] = on


def is_enabled() -> bool:
    """Whether this process measures."""
    return _switch["on"]


def before_render(callback: Callable[[], None]) -> None:
    """Call something before every rendering: what counts in plain integers flushes here.

    A callback is kept once and for good, so register module functions rather than objects
    that come and go. It runs on any thread, one at a time. One that raises is counted as
    ``errors_total{type="metrics"}`` and keeps neither the others nor the scrape from running.
    """
    if callback not in _before_render:
        _before_render.append(callback)


def flush() -> None:
    """Call what ``before_render`` was given."""
    with _flushing:
        for callback in tuple(_before_render):
            try:
                callback()
            except Exception:  # noqa: BLE001 - a broken callback must not end the scrape
                errors_total.labels("metrics").inc()

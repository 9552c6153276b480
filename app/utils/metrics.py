"""The metrics of a process, and their exposition for Prometheus.

>>> @track_request()
... async def expensive_operation(): ...
>>> metrics_text = get_metrics()

``request_count`` is rendered here and not by the client library: its text form has no
``_total`` and the labels ``method`` and ``endpoint`` in this order, as clients rely on. Under
OpenMetrics, which Prometheus negotiates, it is ``request_count_total`` as that standard asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector

from app.utils import _metrics_text as text
from app.utils._metrics_families import (
    active_connections,
    batch_rows,
    before_render,
    cache_bytes,
    cache_hits,
    cache_misses,
    cache_size,
    db_query_duration,
    errors_total,
    flush,
    is_enabled,
    label_names,
    log_records_dropped,
    memory_limit_bytes,
    memory_rss_bytes,
    operation_duration,
    operations_in_progress,
    registry,
    request_count,
    request_duration,
    requests_in_progress,
    responses_total,
    set_enabled,
    shared,
    slow_requests_total,
    streams_in_progress,
    streams_opened,
)
from app.utils._metrics_observing import observe_all
from app.utils._metrics_tracking import track_request

__all__ = [
    "OPENMETRICS_TYPE",
    "TEXT_TYPE",
    "Changes",
    "active_connections",
    "batch_rows",
    "before_render",
    "cache_bytes",
    "cache_hits",
    "cache_misses",
    "cache_size",
    "db_query_duration",
    "errors_total",
    "flush",
    "get_metrics",
    "get_openmetrics",
    "is_enabled",
    "label_names",
    "log_records_dropped",
    "memory_limit_bytes",
    "memory_rss_bytes",
    "observe_all",
    "operation_duration",
    "operations_in_progress",
    "registry",
    "request_count",
    "request_duration",
    "requests_in_progress",
    "responses_total",
    "set_enabled",
    "shared",
    "slow_requests_total",
    "streams_in_progress",
    "streams_opened",
    "testing",
    "track_request",
]

TEXT_TYPE = text.TEXT.content_type
OPENMETRICS_TYPE = text.OPENMETRICS.content_type

ProcessCollector(registry=registry)


def get_metrics() -> str:
    """The exposition in Prometheus' text format 0.0.4.

    Of several processes that share a directory, the numbers of all; ``process_*`` is then
    left out, since it tells of one.

    Cost: grows with the number of label sets, about 0.15 ms for each endpoint.
    """
    return text.render(_families(), text.TEXT)


def get_openmetrics() -> str:
    """The exposition in OpenMetrics form, with exemplars where one process has all numbers."""
    return text.render(_families(), text.OPENMETRICS)


def _families() -> Iterable[Metric]:
    own = registry.collect()
    return own if shared is None else shared.read().families(own, label_names)


class Changes:
    """How far numbers moved since the block began; see ``testing``."""

    def __init__(self) -> None:
        self._before = _numbers()

    def __call__(self, sample: str, **labels: str) -> float:
        """The change of one sample, as ``changed("errors_total", type="cache")``."""
        key = (sample, frozenset(labels.items()))
        return _numbers().get(key, 0.0) - self._before.get(key, 0.0)

    def new_series(self) -> set[str]:
        """Samples of label sets that were not there before, by name."""
        return {name for name, _labels in _numbers().keys() - self._before.keys()}


@contextmanager
def testing(*, enabled: bool = True) -> Iterator[Changes]:  # noqa: PT028 - not a test itself
    """For tests: measure in this block, and tell how far each number moved in it.

    Differences need no reset, so blocks may nest and other tests may have counted before.
    """
    was = is_enabled()
    set_enabled(enabled)
    try:
        yield Changes()
    finally:
        set_enabled(was)


testing.__test__ = False  # type: ignore[attr-defined] # - else pytest takes it for a test


def _numbers() -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in _families()
        for sample in family.samples
    }

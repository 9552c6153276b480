"""Numbers of several processes, added up."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from prometheus_client.metrics_core import Metric

_MOST_KEYS = 100_000

Labels = tuple[tuple[str, str], ...]


class _Series(NamedTuple):
    """What a key of the client library names: JSON of family, sample, labels, meaning."""

    family: str
    sample: str
    labels: dict[str, str]


@lru_cache(maxsize=_MOST_KEYS)
def _series(key: str) -> _Series:
    family, sample, labels, _meaning = json.loads(key)
    return _Series(family, sample, labels)


class Numbers:
    """Sums by the client library's keys.

    Args:
        counts: What to begin with; not changed.
    """

    def __init__(self, counts: Mapping[str, float]) -> None:
        self.counts = dict(counts)
        self._gauges: dict[str, float] = {}

    def add_counts(self, entries: Iterable[tuple[str, float]]) -> None:
        """Add counters and the parts of histograms."""
        for key, value in entries:
            self.counts[key] = self.counts.get(key, 0.0) + value

    def add_gauges(self, entries: Iterable[tuple[str, float]], *, mode: str) -> None:
        """Add gauges of one process; under the mode ``livemax`` the greatest is kept."""
        for key, value in entries:
            known = self._gauges.get(key)
            if known is None:
                self._gauges[key] = value
            else:
                self._gauges[key] = max(known, value) if mode == "livemax" else known + value

    def families(
        self, own: Iterable[Metric], label_names: Mapping[str, tuple[str, ...]]
    ) -> Iterator[Metric]:
        """Each family of ``own`` with these numbers, its labels in the order of their names.

        Families without ``label_names`` tell of one process alone and are left out.
        """
        found: defaultdict[str, list[tuple[_Series, float]]] = defaultdict(list)
        for numbers in (self.counts, self._gauges):
            for key, value in numbers.items():
                series = _series(key)
                found[series.family].append((series, value))
        for metric in own:
            if metric.name in label_names:
                yield _filled(metric, found[metric.name], label_names[metric.name])


def _filled(metric: Metric, numbers: list[tuple[_Series, float]], names: tuple[str, ...]) -> Metric:
    filled = Metric(metric.name, metric.documentation, metric.type)
    if metric.type == "histogram":
        _add_histograms(filled, numbers, names)
        return filled
    for series, value in numbers:
        filled.add_sample(series.sample, {name: series.labels[name] for name in names}, value)
    return filled


def _add_histograms(
    filled: Metric, numbers: list[tuple[_Series, float]], names: tuple[str, ...]
) -> None:
    """Buckets are kept apart in the files and are cumulative when they are shown."""
    sums: dict[Labels, float] = {}
    buckets: defaultdict[Labels, dict[str, float]] = defaultdict(dict)
    for series, value in numbers:
        labels = tuple((name, series.labels[name]) for name in names)
        if "le" in series.labels:
            buckets[labels][series.labels["le"]] = value
        else:
            sums[labels] = value
    for labels, values in buckets.items():
        count = 0.0
        for bound in sorted(values, key=float):
            count += values[bound]
            bucket = {**dict(labels), "le": bound}
            filled.add_sample(f"{filled.name}_bucket", bucket, count)
        filled.add_sample(f"{filled.name}_count", dict(labels), count)
        filled.add_sample(f"{filled.name}_sum", dict(labels), sums.get(labels, 0.0))

"""Lines that were lost: none of them silently."""

from __future__ import annotations

import threading
from collections import Counter

from app.utils import metrics

_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})


class Losses:
    """Lines that were lost, by level, until the log and the metrics have told of them."""

    def __init__(self) -> None:
        self._gate = threading.RLock()
        self._untold: Counter[str] = Counter()
        self._uncounted: Counter[str] = Counter()

    def add(self, level: str) -> None:
        """Count one line; levels of others are told as ``OTHER``."""
        level = level if level in _LEVELS else "OTHER"
        with self._gate:
            self._untold[level] += 1
            self._uncounted[level] += 1

    def take_untold(self) -> dict[str, int]:
        """What the log has not told yet; afterwards it has."""
        with self._gate:
            untold = dict(self._untold)
            self._untold.clear()
        return untold

    def give_back(self, untold: dict[str, int]) -> None:
        """It could not be told after all."""
        with self._gate:
            self._untold.update(untold)

    def count(self) -> None:
        """Bring ``log_records_dropped`` up to date."""
        with self._gate:
            uncounted = dict(self._uncounted)
            self._uncounted.clear()
        for level, lines in uncounted.items():
            metrics.log_records_dropped.labels(level).inc(lines)

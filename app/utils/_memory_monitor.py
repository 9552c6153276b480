"""A watch on the process's memory: numbers in the log, metrics, callbacks above a threshold."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

from app.utils._memory_reading import MIB, read_limit_bytes, read_peak_bytes, read_rss_bytes
from app.utils.advanced_logging import setup_logging
from app.utils.metrics import before_render, errors_total, memory_limit_bytes, memory_rss_bytes


class MemoryUsage(NamedTuple):
    """Memory of this process at a moment."""

    rss_bytes: int
    """Resident now."""
    peak_bytes: int
    """Resident at most so far."""
    limit_bytes: int | None
    """What its control group may have; ``None`` without a limit."""
    threshold_bytes: int
    """From where on the monitor warns."""

    @property
    def is_above(self) -> bool:
        """Whether the threshold is reached."""
        return self.rss_bytes >= self.threshold_bytes


Callback = Callable[[MemoryUsage], object]


class MemoryMonitor:
    """Warns, and has memory freed, when the process grows beyond a threshold.

    The threshold is ``threshold_mb`` or nine tenths of the control group's limit, whichever
    is less. Reaching it warns and calls the callbacks; after that, nothing happens until
    memory has fallen to nine tenths of the threshold and reaches it again, or until
    ``repeat_s`` have passed above it. Two warnings are ``min_interval_s`` apart at least.

    Args:
        threshold_mb: Resident size in MiB.
        min_interval_s: Seconds between two warnings.
        repeat_s: Seconds after which one is repeated while memory stays high.
        read: Resident bytes now.
        limit_bytes: The limit; default: what the control group says.
        clock: Seconds, from any beginning.

    Raises:
        ValueError: ``threshold_mb`` is not positive.

    Cost: 0.1 ms a look. It never collects garbage: that stops every thread for as long as
    there are objects to visit.

    >>> monitor = MemoryMonitor(threshold_mb=500)
    >>> monitor.log_memory_usage()
    """

    def __init__(
        self,
        threshold_mb: float = 500,
        *,
        min_interval_s: float = 60.0,
        repeat_s: float = 600.0,
        read: Callable[[], int] = read_rss_bytes,
        limit_bytes: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if threshold_mb <= 0:
            raise ValueError(f"threshold_mb is above 0, not {threshold_mb}")
        self.limit_bytes = read_limit_bytes() if limit_bytes is None else limit_bytes
        threshold_bytes = int(threshold_mb * MIB)
        if self.limit_bytes is not None:
            threshold_bytes = min(threshold_bytes, self.limit_bytes * 9 // 10)
        self.threshold_bytes = threshold_bytes
        self._callbacks: list[Callback] = []
        self._min_interval_s = min_interval_s
        self._repeat_s = repeat_s
        self._read = read
        self._clock = clock
        self._peak_bytes = 0
        self._is_armed = True
        self._warned_at = -float("inf")
        self._log = setup_logging("app.memory")
        before_render(publish)

    def add_callback(self, callback: Callback) -> None:
        """Call this with the usage when the threshold is reached, whatever others raise.

        It may free what can be made again, such as a cache. Callbacks run in the order in which
        they were added; under ``watching`` on a worker thread.
        """
        self._callbacks.append(callback)

    def usage(self) -> MemoryUsage:
        """Memory now; the peak is the system's own where it tells."""
        rss_bytes = self._read()
        self._peak_bytes = max(self._peak_bytes, rss_bytes, read_peak_bytes() or 0)
        return MemoryUsage(rss_bytes, self._peak_bytes, self.limit_bytes, self.threshold_bytes)

    def log_memory_usage(self) -> MemoryUsage:
        """One log line with the numbers: a warning above the threshold."""
        usage = self.usage()
        if usage.is_above:
            self._log.warning("memory is above its threshold", extra=_told(usage))
        else:
            self._log.info("memory usage", extra=_told(usage))
        return usage

    def check(self) -> MemoryUsage:
        """Look; warn and call the callbacks if it is time to, on this thread."""
        usage = self.usage()
        if self._is_due(usage):
            self._warn(usage)
        return usage

    @asynccontextmanager
    async def watching(
        self,
        interval_s: float = 10.0,
        *,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> AsyncIterator[Self]:
        """Check every ``interval_s`` while the block runs, in a task of its own."""
        task = asyncio.create_task(self._watch(interval_s, pause), name="memory monitor")
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, interval_s: float, pause: Callable[[float], Awaitable[object]]) -> None:
        while True:
            try:
                usage = self.usage()
                if self._is_due(usage):
                    await asyncio.to_thread(self._warn, usage)
            except Exception:  # noqa: BLE001 - one look that fails must not be the last
                errors_total.labels("memory").inc()
                self._log.exception("memory could not be looked at")
            await pause(interval_s)

    def _is_due(self, usage: MemoryUsage) -> bool:
        if not usage.is_above:
            self._is_armed |= usage.rss_bytes < self.threshold_bytes * 9 // 10
            return False
        passed_s = self._clock() - self._warned_at
        return passed_s >= (self._min_interval_s if self._is_armed else self._repeat_s)

    def _warn(self, usage: MemoryUsage) -> None:
        self._is_armed = False
        self._warned_at = self._clock()
        self._log.warning("memory is above its threshold", extra=_told(usage))
        for callback in self._callbacks:
            try:
                callback(usage)
            except Exception:  # noqa: BLE001 - whatever others do, memory is to be freed
                errors_total.labels("memory").inc()
                self._log.exception("memory could not be freed")
        if self._callbacks:
            self._log.info("memory was freed where it could be", extra=_told(self.usage()))


def publish() -> None:
    """Resident memory and the limit, into the metrics; every rendering calls it."""
    memory_rss_bytes.set(read_rss_bytes())
    memory_limit_bytes.set(read_limit_bytes() or 0)


def _told(usage: MemoryUsage) -> dict[str, object]:
    return {
        "rss_mb": round(usage.rss_bytes / MIB, 1),
        "peak_mb": round(usage.peak_bytes / MIB, 1),
        "threshold_mb": round(usage.threshold_bytes / MIB, 1),
        "limit_mb": None if usage.limit_bytes is None else round(usage.limit_bytes / MIB, 1),
    }

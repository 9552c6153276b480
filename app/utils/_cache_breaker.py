"""Leaves a Redis that does not answer alone for a while."""

from __future__ import annotations

from collections.abc import Callable


class Breaker:
    """Opens after failures in a row; one caller then probes from time to time.

    Args:
        clock: Seconds of a monotonic clock.
        failures: How many in a row open it.
        pause_s: How long nobody asks; doubles with every probe that fails.
        longest_pause_s: Bound of that doubling.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        failures: int = 2,
        pause_s: float = 1.0,
        longest_pause_s: float = 5.0,
    ) -> None:
        self._clock = clock
        self._limit = failures
        self._first_pause_s = pause_s
        self._longest_pause_s = longest_pause_s
        self._failures = 0
        self._pause_s = pause_s
        self._asks_again_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether callers are kept away, but for a probe."""
        return self._asks_again_at is not None

    @property
    def is_in_doubt(self) -> bool:
        """Whether the last answer failed to come, though callers may still ask."""
        return self._failures > 0

    def allows(self) -> bool:
        """Whether this caller may ask; of those that come after the pause, one may."""
        if self._asks_again_at is None:
            return True
        now = self._clock()
        if now < self._asks_again_at:
            return False
        self._asks_again_at = now + self._pause_s
        return True

    def succeeded(self) -> None:
        """An answer came."""
        self._failures = 0
        self._pause_s = self._first_pause_s
        self._asks_again_at = None

    def failed(self) -> None:
        """No answer came."""
        self._failures += 1
        if self.is_open:
            self._pause_s = min(2 * self._pause_s, self._longest_pause_s)
        if self._failures >= self._limit:
            self._asks_again_at = self._clock() + self._pause_s

"""How the caches of this process are set up; read whenever a cached function is called."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.utils._cache_link import Link, open_link


@dataclass(frozen=True)
class Configuration:
    """What ``configure_caching`` was told."""

    redis_url: str | None = None
    default_ttl_s: float = 3600.0
    namespace: str = "voltway"
    redis_timeout_s: float = 0.05


class TestClock:
    """A clock that stands still until it is told to go on."""

    __test__ = False

    def __init__(self) -> None:
        self._now_s = 1_000_000.0

    def __call__(self) -> float:
        """Seconds since some moment."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now_s += seconds


class State:
    """The one set-up of the process: a configuration, a clock, a switch, a way to Redis."""

    def __init__(self) -> None:
        self.configuration = Configuration()
        self.clock: Callable[[], float] = time.monotonic
        self.wall_clock: Callable[[], float] = time.time
        self.share: Callable[[], float] = random.random
        self.is_on = True
        """Off: decorated functions compute every call and keep nothing."""
        self._link: Link | None = None

    @property
    def is_real_time(self) -> bool:
        """Whether the clock is the computer's."""
        return self.clock is time.monotonic

    def now(self) -> float:
        """Seconds of the clock that is set, which tests exchange."""
        return self.clock()

    def link(self) -> Link | None:
        """The way to Redis; None where none is configured. It opens at its first command."""
        url = self.configuration.redis_url
        if self._link is None and url is not None:
            self._link = open_link(
                url, timeout_s=self.configuration.redis_timeout_s, clock=self.now
            )
        return self._link

    def configure(self, configuration: Configuration) -> Link | None:
        """Go by this from now on; the former link is the caller's to close."""
        former, self._link = self._link, None
        self.configuration = configuration
        return former


state = State()

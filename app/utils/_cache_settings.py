"""How the caches of this process are set up; read whenever a cached function is called."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.utils._cache_redis import RedisLink


@dataclass(frozen=True)
class Configuration:
    """What ``configure_caching`` was told."""

    redis_url: str | None = None
    default_ttl_s: float = 3600.0
    namespace: str = "voltway"
    redis_timeout_s: float = 0.05


class State:
    """The one set-up of the process: a configuration, a clock, a switch, a way to Redis."""

    def __init__(self) -> None:
        self.configuration = Configuration()
        self.clock: Callable[[], float] = time.monotonic
        self.share: Callable[[], float] = random.random
        self.is_on = True
        self._link: RedisLink | None = None

    def now(self) -> float:
        """Seconds of the clock that is set, which tests exchange."""
        return self.clock()

    def link(self) -> RedisLink | None:
        """The way to Redis; None where none is configured. It opens at its first command."""
        url = self.configuration.redis_url
        if self._link is None and url is not None:
            self._link = RedisLink(
                url, timeout_s=self.configuration.redis_timeout_s, clock=self.now
            )
        return self._link

    def configure(self, configuration: Configuration) -> RedisLink | None:
        """Go by this from now on; the former link is the caller's to close."""
        former, self._link = self._link, None
        self.configuration = configuration
        return former


state = State()

"""Asks a Redis, from coroutines and from threads, and never for longer than agreed.

Whatever goes wrong there is an answer, too: ``AWAY``. A cache must not fail a request.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
import weakref
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from app.utils import metrics
from app.utils._cache_breaker import Breaker

Command: TypeAlias = tuple[str | bytes | int, ...]

_log = logging.getLogger("app.utils.caching")
_WARNING_INTERVAL_S = 30.0
_CONNECTIONS = 32
_TRIP_SLACK = 1.2
"""A whole trip may take this much longer than one wait at the socket."""


class _Away(Enum):
    AWAY = "away"


AWAY: Final = _Away.AWAY
Away: TypeAlias = Literal[_Away.AWAY]


class RedisLink:
    """A way to one Redis, with short waits, no retries, and a breaker.

    Nothing is opened before the first command. Each event loop has connections of its own,
    and so has a forked process; threads share a pool.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``.
        timeout_s: Longest wait for a connection, for an answer, and for a free connection.
        clock: Seconds of a monotonic clock; the breaker and the log go by it.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 0.05, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._clock = clock
        self._breaker = Breaker(clock)
        self._warned_at: float | None = None
        self._process = os.getpid()
        self._blocking: redis.Redis | None = None
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = (
            weakref.WeakKeyDictionary()
        )

    @property
    def is_away(self) -> bool:
        """Whether the breaker keeps callers away from it."""
        return self._breaker.is_open

    @property
    def is_in_doubt(self) -> bool:
        """Whether its last answer failed to come."""
        return self._breaker.is_in_doubt

    async def run(self, *command: str | bytes | int) -> Any:
        """The answer to one command, or ``AWAY``."""
        if not self._breaker.allows():
            return AWAY
        try:
            async with asyncio.timeout(_TRIP_SLACK * self._timeout_s):
                answer = await self._client().execute_command(*command)  # type: ignore[no-untyped-call] # - in the library
        except (RedisError, OSError) as error:
            return self._failed(error)
        self._breaker.succeeded()
        return answer

    async def run_many(self, commands: Sequence[Command]) -> list[Any] | Away:
        """The answers to several independent commands in one trip, or ``AWAY``.

        A command that Redis refuses leaves its error as its answer.
        """
        answers = await self.exchange(commands)
        if answers is not AWAY:
            for answer in answers:
                if isinstance(answer, ResponseError):
                    self.refused(answer)
                    break
        return answers

    async def get_many(self, names: Sequence[str]) -> list[bytes | None] | Away:
        """The values of several names in one trip, or ``AWAY``."""
        values: list[bytes | None] | Away = await self.run("MGET", *names)
        return values

    async def exchange(self, commands: Sequence[Command]) -> list[Any] | Away:
        """As ``run_many``, but what a refusal means is left to the caller."""
        if not self._breaker.allows():
            return AWAY
        try:
            async with asyncio.timeout(_TRIP_SLACK * self._timeout_s):
                pipeline = self._client().pipeline(transaction=False)
                for command in commands:
                    pipeline.execute_command(*command)
                answers: list[Any] = await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            return self._failed(error)
        self._breaker.succeeded()
        return answers

    def run_blocking(self, *command: str | bytes | int) -> Any:
        """As ``run``, for functions that are not async."""
        if not self._breaker.allows():
            return AWAY
        try:
            answer = self._blocking_client().execute_command(*command)  # type: ignore[no-untyped-call] # - in the library
        except (RedisError, OSError) as error:
            return self._failed(error)
        self._breaker.succeeded()
        return answer

    def exchange_blocking(self, commands: Sequence[Command]) -> list[Any] | Away:
        """As ``exchange``, for functions that are not async."""
        if not self._breaker.allows():
            return AWAY
        try:
            pipeline = self._blocking_client().pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call] # - in the library
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            return self._failed(error)
        self._breaker.succeeded()
        return answers

    def refused(self, error: ResponseError) -> None:
        """Count and tell that it answers, but does not do what it was asked."""
        self._failed(error)

    async def shards(self) -> Sequence[RedisLink]:
        """The servers that share the keys: this one."""
        return [self]

    def shards_blocking(self) -> Sequence[RedisLink]:
        """As ``shards``, for functions that are not async."""
        return [self]

    def subscribed(self, channel: str) -> redis.client.PubSub:
        """A subscription on a connection of its own, whose waits are the caller's matter.

        Raises:
            RedisError: It is away.
        """
        client = self._blocking_client()
        subscription: redis.client.PubSub = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call] # - in the library
        subscription.subscribe(channel)
        return subscription

    async def close(self) -> None:
        """Close the connections of this event loop, and those of the threads."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
            await client.connection_pool.disconnect()
        self.close_blocking()

    def close_blocking(self) -> None:
        """Close the connections of the threads."""
        if self._blocking is not None:
            self._blocking.connection_pool.disconnect()
            self._blocking = None

    def _failed(self, error: Exception) -> Away:
        if isinstance(error, ResponseError):
            self._breaker.succeeded()
        else:
            self._breaker.failed()
        metrics.errors_total.labels("cache").inc()
        now = self._clock()
        if self._warned_at is None or now - self._warned_at >= _WARNING_INTERVAL_S:
            self._warned_at = now
            _log.warning(
                "The cache's Redis does not serve (%s); working without it", _reason(error)
            )
        return AWAY

    def _client(self) -> redis.asyncio.Redis:
        self._forget_after_fork()
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            # The whole trip is timed by who asks; timing each reply as well costs a fifth of it.
            pool = redis.asyncio.BlockingConnectionPool.from_url(
                self._url, retry=AsyncRetry(NoBackoff(), 0), socket_timeout=None, **self._limits()
            )
            client = self._clients[loop] = redis.asyncio.Redis(connection_pool=pool)
        return client

    def _blocking_client(self) -> redis.Redis:
        self._forget_after_fork()
        if self._blocking is None:
            pool = redis.BlockingConnectionPool.from_url(
                self._url,
                retry=Retry(NoBackoff(), 0),
                socket_timeout=self._timeout_s,
                **self._limits(),
            )
            self._blocking = redis.Redis(connection_pool=pool)
        return self._blocking

    def _limits(self) -> dict[str, Any]:
        """What both kinds of client have in common; a lean greeting keeps connecting short."""
        return {
            "max_connections": _CONNECTIONS,
            "timeout": self._timeout_s,
            "socket_connect_timeout": self._timeout_s,
            "protocol": 2,
            "driver_info": None,
        }

    def _forget_after_fork(self) -> None:
        """Connections of the parent are the parent's."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._blocking = None
            self._clients = weakref.WeakKeyDictionary()


def _reason(error: Exception) -> str:
    """What went wrong, without the URL: that may hold a password."""
    code = str(error).split(" ", 1)[0] if isinstance(error, ResponseError) else ""
    return f"{type(error).__name__} {code}".strip()

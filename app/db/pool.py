"""How a process connects: to which servers, and how many connections it may hold."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import URL, AsyncAdaptedQueuePool, PoolProxiedConnection, make_url
from sqlalchemy.exc import TimeoutError as NoneFree

from app.db.errors import DatabaseUnavailable

RESERVE = 10
"""Connections of a server left to others: an import, ``psql``, monitoring."""

MOST_SESSIONS, MOST_READS = 10, 8
"""One process is busy with as many: more would wait for its processor."""

POOL_TIMEOUT_S = 3.0
"""A request that has not got a connection by then is told to come back."""

POOLER = "pooler"
"""The option of a URL that says what stands in between: ``pooler=transaction``."""

_LISTENER = 1
_LEAST = 2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shares:
    """Connections of one process, beside the one that is told of commits.

    Attributes:
        sessions: Of SQLAlchemy's pool, for transactions.
        reads: Of the reader's pool, for single statements.
    """

    sessions: int = 5
    reads: int = 4

    @property
    def connections(self) -> int:
        """The most that one process holds, the one that is told of commits included."""
        return self.sessions + self.reads + _LISTENER


@dataclass(frozen=True, slots=True)
class Connections:
    """How a process reaches its database.

    Attributes:
        processes: Processes, of all hosts, that share the server.
        direct_url: Around a pooler, for what needs a session: being told of commits, locks.
        replica_urls: Streaming replicas to read from.
    """

    processes: int = 1
    direct_url: str | None = None
    replica_urls: tuple[str, ...] = ()
    shares: Shares = Shares()


class ConnectionSettings(Protocol):
    """As much of the settings as tells how to connect."""

    @property
    def database_processes(self) -> int:
        """See ``Connections.processes``."""
        ...

    @property
    def database_direct_url(self) -> str | None:
        """See ``Connections.direct_url``."""
        ...

    @property
    def database_replica_urls(self) -> tuple[str, ...]:
        """See ``Connections.replica_urls``."""
        ...


def connections_of(settings: ConnectionSettings) -> Connections:
    """How a process with such settings connects, before it is known what the server allows."""
    return Connections(
        processes=settings.database_processes,
        direct_url=settings.database_direct_url,
        replica_urls=settings.database_replica_urls,
    )


ALONE = Connections()
"""One process that asks one server, with nothing in between."""


def shares_of(limit: int, processes: int) -> Shares:
    """What each of some processes may hold of ``limit`` connections.

    One process more is counted, since one that is replaced lives beside its successor.
    Each gets at least one connection of both kinds, which may be too many: that is logged.
    With hundreds of processes put a pooler in between.
    """
    share = (limit - RESERVE) // (processes + 1) - _LISTENER
    if share < _LEAST:
        _log.warning(
            "PostgreSQL allows too few connections for so many processes.",
            extra={"limit": limit, "processes": processes},
        )
    return Shares(
        sessions=max(1, min(MOST_SESSIONS, share // 2)),
        reads=max(1, min(MOST_READS, share - share // 2)),
    )


def driver_url(url: str) -> URL:
    """The URL without what only we understand."""
    return make_url(url).difference_update_query([POOLER])


class BoundedPool(AsyncAdaptedQueuePool):
    """A pool that tells in our words when it has no connection to give."""

    _sqla_logger_namespace = "sqlalchemy.pool.BoundedPool"  # or its chatter would be our log

    def connect(self) -> PoolProxiedConnection:
        """A connection, within the pool's timeout.

        Raises:
            DatabaseUnavailable: All are in use.
        """
        try:
            return super().connect()
        except NoneFree as error:
            raise DatabaseUnavailable.all_in_use() from error


def pool_options(shares: Shares) -> dict[str, Any]:
    """Keyword arguments of ``create_async_engine`` for a pool that never grows."""
    return {
        "poolclass": BoundedPool,
        "pool_size": shares.sessions,
        "max_overflow": 0,
        "pool_timeout": POOL_TIMEOUT_S,
    }

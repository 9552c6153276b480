"""Connecting to PostgreSQL, and telling in one line why that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url

from app.db.errors import DatabaseUnavailable, DatabaseUrlRefused
from app.db.pool import POOLER
from app.errors import VoltWayError

OLDEST = (13, 0)
"""The oldest server whose statements these are."""

CONNECT_TIMEOUT_S = 10.0
"""Of a server that does not answer at all."""

CLOSE_TIMEOUT_S = 5.0
"""Of one that does not even say good-bye."""

FAILURES = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection whose server has just said good-bye
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TooManyConnectionsError,
)
"""What is raised where a connection has gone or is not to be had."""

_OPTIONS = frozenset({"host", "port", "ssl", "prepared_statement_cache_size", POOLER})


def checked_url(text: str) -> URL:
    """A URL without what the driver would stumble over.

    Raises:
        DatabaseUrlRefused: An option that is not known, or no database.
    """
    url = make_url(text)
    for name in sorted(url.query.keys() - _OPTIONS):
        hint = "; write ssl=require" if name == "sslmode" else ""
        raise DatabaseUrlRefused(f"the option {name!r} is not known{hint}")
    if url.query.get(POOLER, "transaction") != "transaction":
        raise DatabaseUrlRefused(f"the option {POOLER!r} is 'transaction' or left out")
    if not url.database:
        raise DatabaseUrlRefused("it names no database")
    return url


def is_pooled(url: URL) -> bool:
    """Whether a pooler stands in between that gives out connections by the transaction."""
    return POOLER in url.query


def connect_options(url: URL) -> dict[str, Any]:
    """What asyncpg takes to connect where SQLAlchemy would.

    Behind a pooler statements are not kept: the next one may go to another session.
    """
    options: dict[str, Any] = {
        name: url.query[name] for name in ("host", "port", "ssl") if name in url.query
    }
    if is_pooled(url):
        options["statement_cache_size"] = 0
    return {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "timeout": CONNECT_TIMEOUT_S,
        **options,
    }


def reading_options(url: URL) -> dict[str, Any]:
    """The same for a session that only reads; a pooler takes no settings of a session."""
    options = connect_options(url)
    if not is_pooled(url):
        options["server_settings"] = {"default_transaction_read_only": "on"}
    return options


async def connect(options: dict[str, Any]) -> asyncpg.Connection:
    """A connection beside SQLAlchemy's pool.

    Raises:
        DatabaseUnavailable: There is none to be had.
    """
    try:
        return await asyncpg.connect(**options)
    except Exception as error:
        raise unavailable(error, options) from error


def unavailable(error: BaseException, options: dict[str, Any]) -> VoltWayError:
    """Why a connection cannot be had: one line, never with the password."""
    if isinstance(error, VoltWayError):
        return error
    place = f"{options['host'] or 'this machine'}:{options['port'] or 5432}"
    for cause in _causes(error):
        match cause:
            case asyncpg.InvalidCatalogNameError():
                return DatabaseUnavailable(
                    f"PostgreSQL at {place} has no database {options['database']!r}",
                    "Make it with `createdb`, or set DATABASE_URL to another.",
                )
            case asyncpg.InvalidAuthorizationSpecificationError():
                return DatabaseUnavailable(
                    f"PostgreSQL at {place} refuses the user {options['user'] or ''!r}",
                    "Check user and password in DATABASE_URL, and the server's pg_hba.conf.",
                )
            case asyncpg.TooManyConnectionsError():
                return DatabaseUnavailable(
                    f"PostgreSQL at {place} has no connection left",
                    "Raise its max_connections, or run fewer workers.",
                )
    reason = " ".join(str(list(_causes(error))[-1]).split()) or "it does not answer in time"
    if options["password"]:
        reason = reason.replace(str(options["password"]), "***")
    return DatabaseUnavailable(
        f"PostgreSQL at {place} cannot be reached: {reason}",
        "Is it running, and does DATABASE_URL name it?",
    )


def check_version(found: tuple[int, ...]) -> None:
    """Refuse a server that lacks what the statements use.

    Raises:
        DatabaseUnavailable: It is older than ``OLDEST``.
    """
    if found < OLDEST:
        raise DatabaseUnavailable(
            f"PostgreSQL {'.'.join(map(str, found))} is too old",
            f"Use PostgreSQL {OLDEST[0]} or newer.",
        )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__

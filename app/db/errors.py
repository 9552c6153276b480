"""Problems of the database that a user can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import ClassVar

from app.errors import VoltWayError

_DISK_FULL = "53100"
"""PostgreSQL's code for it."""


class DatabaseUrlRefused(VoltWayError):
    """``DATABASE_URL`` cannot be used."""

    slug, title, status, exit_code = "database-url", "DATABASE_URL cannot be used", 503, 4

    def __init__(self, why: str) -> None:
        super().__init__(
            f"DATABASE_URL cannot be used: {why}."
            " Use postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE or"
            " sqlite+aiosqlite:////absolute/path/voltway.db, or leave it unset."
        )


class DatabaseUnavailable(VoltWayError):
    """The database's server gives no connection, or is none that can be used."""

    slug, title, status = "database-unavailable", "The database is unavailable", 503
    exit_code = 4

    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}
    public_detail: ClassVar[str | None] = (
        "The database cannot be asked at this moment. Ask again in a few seconds."
    )

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}. {remedy}")

    @classmethod
    def all_in_use(cls) -> DatabaseUnavailable:
        """A process has no connection to give."""
        return cls(
            "All connections of this process are in use",
            "Ask again in a few seconds; run more workers if that happens often.",
        )


class DatabaseFull(VoltWayError):
    """The disk of the database takes no more."""

    slug, title, status, exit_code = "database-full", "The disk of the database is full", 507, 4
    public_detail: ClassVar[str | None] = "The database can store nothing at this moment."

    def __init__(self) -> None:
        super().__init__(
            "The disk of the database is full. What was stored before stays as it is: make"
            " room, then run the same command again."
        )

    @classmethod
    def behind(cls, error: BaseException) -> DatabaseFull | None:
        """This, where it is what lies behind an error of a driver."""
        cause: BaseException | None = error
        while cause is not None:
            of_sqlite = getattr(cause, "sqlite_errorcode", None)
            if of_sqlite == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", None) == _DISK_FULL:
                return cls()
            cause = cause.__cause__
        return None


class SchemaOutOfDate(VoltWayError):
    """The database's schema is not the one that this version needs."""

    slug, title, status, exit_code = "schema-out-of-date", "The schema is out of date", 503, 4

    def __init__(self, found: str | None, needed: str) -> None:
        super().__init__(
            f"The database has schema {found or 'none'}, this version needs {needed}."
            " Run `voltway db upgrade`, or set AUTO_MIGRATE=true.",
            found=found,
            needed=needed,
        )


class DatabaseMissing(VoltWayError):
    """There is no database yet where one is to be looked at."""

    slug, title, status, exit_code = "database-missing", "There is no database yet", 503, 4

    def __init__(self) -> None:
        super().__init__(
            "There is no database yet at DATABASE_URL or in DATA_DIR (see `voltway settings`)."
            " `voltway db upgrade` makes an empty one, `voltway import` and `voltway demo` fill it."
        )

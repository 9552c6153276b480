"""Transactions of a use case: committed before its answer is sent, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.db.errors import DatabaseFull, DatabaseUnavailable


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[AsyncSession]:
    """A session that only reads.

    Raises:
        DatabaseUnavailable: The database was lost on the way.
    """
    async with _told(), database.reads() as session:
        yield session


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[AsyncSession]:
    """A session whose changes are committed when its block ends, and undone when it raises.

    Raises:
        DatabaseFull: Its disk takes no more.
        DatabaseUnavailable: The database was lost on the way; whether a commit that was
            under way holds, nobody knows.
    """
    async with _told(), database.writes.begin() as session:
        yield session


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What a lost or busy database raises, in our words; wrong statements stay what they are."""
    try:
        yield
    except DBAPIError as error:
        if full := DatabaseFull.behind(error):
            raise full from error
        is_lost = error.connection_invalidated or isinstance(
            error, OperationalError | InterfaceError
        )
        if not is_lost:
            raise
        raise DatabaseUnavailable(
            f"The database broke off: {type(error.orig).__name__}",
            "Ask again in a few seconds; `voltway doctor` says whether it can be reached.",
        ) from error

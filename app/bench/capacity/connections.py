"""Connections that services hold of a PostgreSQL server."""

from __future__ import annotations

from sqlalchemy import text

from app.db.engine import fit_pools, open_database
from app.db.pool import Connections

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def connections_in_use(url: str) -> int:
    """Connections to a database, but for the one that asks."""
    database = open_database(url)
    try:
        async with database.reads() as session:
            return int(await session.scalar(_OTHERS) or 0)
    finally:
        await database.close()


async def most_connections(url: str, workers: int) -> int:
    """The most that the pools of so many workers may grow to on this server."""
    fitted = await fit_pools(url, Connections(processes=workers))
    return workers * fitted.shares.connections

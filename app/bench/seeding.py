"""Catalogues of the demo's stations to measure on."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete

from app.bench.errors import DatabaseNotEmpty
from app.db import migrate
from app.db.base import Base
from app.db.engine import Database, open_database
from app.importers import synthetic
from app.stations.models import Catalogue

CATALOGUE_FILE = "voltway.db"
"""As ``DATA_DIR`` has it."""


def catalogue_url(data_dir: str | Path) -> str:
    """The database URL of the catalogue in a directory."""
    return f"sqlite+aiosqlite:///{(Path(data_dir) / CATALOGUE_FILE).absolute()}"


async def fill_catalogue(url: str, stations: int, seed: int) -> None:
    """Make a catalogue of the demo's stations in a database.

    Raises:
        DatabaseNotEmpty: It has stations.
    """
    database = open_database(url)
    try:
        await migrate.upgrade(database)
        await require_empty(database)
        await synthetic.fill(database, stations, seed)
    finally:
        await database.close()


async def require_empty_at(url: str) -> None:
    """Bring a database's schema up to date, and refuse it if it has stations.

    Raises:
        DatabaseNotEmpty: It has.
    """
    database = open_database(url)
    try:
        await migrate.upgrade(database)
        await require_empty(database)
    finally:
        await database.close()


async def require_empty(database: Database) -> None:
    """Refuse to measure in somebody's catalogue.

    Raises:
        DatabaseNotEmpty: It has stations.
    """
    if not await synthetic.is_empty(database):
        raise DatabaseNotEmpty


async def empty(database: Database) -> None:
    """Delete all that was stored, children first; the catalogue keeps its name."""
    async with database.writes.begin() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != Catalogue.__tablename__:
                await session.execute(delete(table))

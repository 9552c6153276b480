"""Catalogues of the demo's stations to measure on."""

from __future__ import annotations

from pathlib import Path

from app.db import migrate
from app.db.engine import open_database
from app.importers import synthetic

CATALOGUE_FILE = "voltway.db"
"""As ``DATA_DIR`` has it."""


def catalogue_url(data_dir: str | Path) -> str:
    """The database URL of the catalogue in a directory."""
    return f"sqlite+aiosqlite:///{(Path(data_dir) / CATALOGUE_FILE).absolute()}"


async def fill_catalogue(data_dir: Path, stations: int, seed: int) -> None:
    """Make a catalogue of the demo's stations."""
    database = open_database(catalogue_url(data_dir))
    try:
        await migrate.upgrade(database)
        await synthetic.fill(database, stations, seed)
    finally:
        await database.close()

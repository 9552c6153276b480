"""Catalogues of the demo's stations to measure on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.db import migrate
from app.db.engine import open_database
from app.importers import synthetic

CATALOGUE_FILE = "voltway.db"
"""As ``DATA_DIR`` has it."""


def catalogue_url(data_dir: str | Path) -> str:
    """The database URL of the catalogue in a directory."""
    return f"sqlite+aiosqlite:///{(Path(data_dir) / CATALOGUE_FILE).absolute()}"


async def seed_catalogue(*, data_dir: str, stations: int, seed: int) -> dict[str, Any]:
    """Make a catalogue; also a task for a process of its own."""
    database = open_database(catalogue_url(data_dir))
    try:
        await migrate.upgrade(database)
        return (await synthetic.fill(database, stations, seed))._asdict()
    finally:
        await database.close()

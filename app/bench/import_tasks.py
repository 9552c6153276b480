"""Tasks of ``bench import`` that run in a process of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.bench.floor import measure_floor, read_ready_rows
from app.bench.memory import PeakMemory
from app.bench.seeding import catalogue_url, empty, require_empty
from app.bench.timing import Stopwatch
from app.db import migrate
from app.db.engine import Database, open_database
from app.importers.fetch import locate
from app.importers.registry import FEEDS
from app.importers.run import import_feed


async def import_once_or_twice(
    *, rows_file: str, data_dir: str, again: bool, database_url: str | None = None
) -> dict[str, Any]:
    """Import an IRVE file into a fresh catalogue; then, if asked, the same file again.

    Args:
        rows_file: The file.
        data_dir: Where the catalogue is made, unless ``database_url`` names one.
        again: Whether to import it twice.
        database_url: A database without stations; it is emptied again.

    Raises:
        DatabaseNotEmpty: It has stations.
    """
    database = open_database(database_url or catalogue_url(data_dir))
    try:
        await migrate.upgrade(database)
        await require_empty(database)
        measured = await _measure(database, rows_file, again=again)
        if database_url is not None:
            await empty(database)
    finally:
        await database.close()
    return measured


async def _measure(database: Database, rows_file: str, *, again: bool) -> dict[str, Any]:
    feed, location = FEEDS["irve"], locate(rows_file)
    memory = PeakMemory()
    watch = Stopwatch()
    report = await import_feed(database, location, feed)
    measured = {
        **watch.read(),
        "peak_above_start_mb": memory.above_start_mb(),
        "report": report.as_json(),
    }
    if again:
        watch = Stopwatch()
        repeated = await import_feed(database, location, feed)
        measured["again"] = {**watch.read(), "report": repeated.as_json()}
    return measured


async def floor(*, rows_file: str, catalogue: str, data_dir: str) -> dict[str, Any]:
    """The floor of an import, with the rows that one has stored in ``catalogue``."""
    ready = read_ready_rows(Path(catalogue))
    return await measure_floor(Path(rows_file), ready, Path(data_dir))

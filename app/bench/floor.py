"""The floor of an import: what reading the file and writing its rows costs at least.

``csv.reader`` reads every row of the file; then rows that are ready to be stored (those
of an import made before) go by ``executemany`` into the same tables and indices, under the
same pragmas, in transactions of as many stations as the import's.
"""

from __future__ import annotations

import csv
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from app.bench.irve_file import open_rows
from app.bench.seeding import CATALOGUE_FILE, catalogue_url
from app.bench.timing import Stopwatch
from app.db import migrate
from app.db.engine import open_database

STATIONS_PER_TRANSACTION = 500

_FIRST = ("feed", "operator", "import_run")
_EDGE_KEYS = {
    "station": "id",
    "evse": "station_id",
    "connector": "(SELECT station_id FROM evse WHERE evse.id = connector.evse_id)",
    "card": "station_id",
    "sighting": "station_id",
    "change": "station_id",
}
"""Table → expression for the station that a row belongs to."""

Rows = list[tuple[Any, ...]]


class ReadyRows(NamedTuple):
    """A catalogue as lists of tuples."""

    first: dict[str, Rows]
    """Tables that the others refer to."""
    by_station: dict[str, tuple[list[int], Rows]]
    """Table → the station of each row, ascending, and the rows."""
    texts: Rows
    """Station and its search tokens."""


def read_ready_rows(catalogue: Path) -> ReadyRows:
    """Read the rows that an import has stored."""
    connection = sqlite3.connect(catalogue)
    try:
        by_station = {}
        for table, key in _EDGE_KEYS.items():
            statement = f"SELECT {key} AS owner, {table}.* FROM {table} ORDER BY owner"  # noqa: S608 - our own names
            rows = connection.execute(statement).fetchall()
            by_station[table] = ([row[0] for row in rows], [row[1:] for row in rows])
        return ReadyRows(
            first={
                table: connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own names
                for table in _FIRST
            },
            by_station=by_station,
            texts=connection.execute(
                "SELECT id, search_tokens FROM station ORDER BY id"
            ).fetchall(),
        )
    finally:
        connection.close()


async def measure_floor(rows_file: Path, ready: ReadyRows, data_dir: Path) -> dict[str, float]:
    """Time to read the file and to store the ready rows in a new catalogue."""
    database = open_database(catalogue_url(data_dir))
    await migrate.upgrade(database)
    await database.close()
    connection = sqlite3.connect(data_dir / CATALOGUE_FILE, isolation_level=None)
    database.dialect.on_connect(connection)
    watch = Stopwatch()
    with open_rows(rows_file) as file:
        for _ in csv.reader(file):
            pass
    _insert(connection, ready)
    times = watch.read()
    connection.close()
    return times


def _insert(connection: sqlite3.Connection, ready: ReadyRows) -> None:
    with _transaction(connection):
        for table, rows in ready.first.items():
            _insert_many(connection, table, rows)
    station_ids = ready.by_station["station"][0]
    for first in range(0, len(station_ids), STATIONS_PER_TRANSACTION):
        lowest = station_ids[first]
        beyond = station_ids[min(first + STATIONS_PER_TRANSACTION, len(station_ids)) - 1] + 1
        with _transaction(connection):
            for table, (owners, rows) in ready.by_station.items():
                of_these = rows[bisect_left(owners, lowest) : bisect_left(owners, beyond)]
                _insert_many(connection, table, of_these)
            connection.executemany(
                "INSERT INTO station_text(rowid, search_tokens) VALUES (?, ?)",
                ready.texts[first : first + STATIONS_PER_TRANSACTION],
            )


def _insert_many(connection: sqlite3.Connection, table: str, rows: Rows) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")

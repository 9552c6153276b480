"""A disk that is full during an import: one line, a sound catalogue, and the next run finishes."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.disks import SmallDisk
from tests.fixtures.irve_table import write_irve_table
from tests.fixtures.servers import PostgresServer

STATIONS = 6_000
DEADLINE_S = 120.0

BROKEN = (
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM card)",
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM sighting)",
    "SELECT coalesce(sum(evse_count), 0) - (SELECT count(*) FROM evse) FROM station",
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("irve") / "irve.csv"
    write_irve_table(path, STATIONS)
    return path


def run_import(table: Path, data_dir: Path, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "import", "irve", str(table), "--json"],
        env={**os.environ, "DATA_DIR": str(data_dir), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def require_refusal(done: subprocess.CompletedProcess[str]) -> None:
    """The database could not do it: one line says so."""
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("voltway: The disk of the database is full.")
    assert len(done.stderr.splitlines()) == 1, done.stderr


def require_whole(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["stations_total"], report["evses_total"]) == (STATIONS, 2 * STATIONS)


def test_sqlite_keeps_whole_chunks_and_finishes_once_there_is_room(
    small_disk: SmallDisk, empty_catalogue: Path, table: Path
) -> None:
    small_disk.grow(5)
    database = small_disk.folder / "voltway.db"
    shutil.copy(empty_catalogue, database)
    url = f"sqlite+aiosqlite:///{database}"
    require_refusal(run_import(table, small_disk.folder, url))
    small_disk.grow(200)
    connection = sqlite3.connect(database)
    assert [connection.execute(broken).fetchone() for broken in BROKEN] == [(0,)] * len(BROKEN)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    require_whole(run_import(table, small_disk.folder, url))


@pytest.fixture
def url(
    small_disk: SmallDisk, postgresql_server: PostgresServer, postgresql_template: str
) -> Iterator[str]:
    """The URL of an empty catalogue on the small disk; the server's own files are elsewhere."""
    small_disk.grow(12)
    shutil.chown(small_disk.folder, "postgres", "postgres")
    url = postgresql_server.create_database(like=postgresql_template)
    name = url.rpartition("/")[2]
    admin = url.replace(name, "postgres")
    postgresql_server.ask(admin, f"CREATE TABLESPACE small LOCATION '{small_disk.folder}'")
    postgresql_server.ask(admin, f"ALTER DATABASE {name} SET TABLESPACE small")
    yield url
    postgresql_server.drop_database(url)
    postgresql_server.ask(admin, "DROP TABLESPACE small")


def test_postgresql_keeps_whole_chunks_and_finishes_once_there_is_room(
    tmp_path: Path,
    small_disk: SmallDisk,
    postgresql_server: PostgresServer,
    url: str,
    table: Path,
) -> None:
    require_refusal(run_import(table, tmp_path, url))
    assert [postgresql_server.ask(url, broken) for broken in BROKEN] == ["0"] * len(BROKEN)
    small_disk.grow(200)
    require_whole(run_import(table, tmp_path, url))

"""Importers into PostgreSQL: killed at any point, two at once, schemas raced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fixtures.irve_table import write_irve_table
from tests.fixtures.servers import PostgresServer

STATIONS = 3_000
DEADLINE_S = 60.0

BROKEN = (
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM card)",
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM sighting)",
    "SELECT coalesce(sum(evse_count), 0) - (SELECT count(*) FROM evse) FROM station",
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM change)",
)


def start(folder: Path, url: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A ``voltway`` of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        env={**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[bytes], exit_code: int = 0) -> tuple[str, str]:
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == exit_code, err.decode()
    return out.decode(), err.decode()


@pytest.fixture
def url(postgresql_server: PostgresServer, postgresql_template: str) -> str:
    return postgresql_server.create_database(like=postgresql_template)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("irve") / "irve.csv"
    write_irve_table(path, STATIONS)
    return path


def wait_for_stations(
    server: PostgresServer, url: str, process: subprocess.Popen[bytes], wanted: int
) -> None:
    """Until so many are committed, or the importer has ended before."""
    deadline = time.monotonic() + DEADLINE_S
    while int(server.ask(url, "SELECT count(*) FROM station")) < wanted:
        assert time.monotonic() < deadline, "the importer did not come so far"
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
            return


def test_a_killed_importer_leaves_whole_chunks_and_no_lock(
    tmp_path: Path, url: str, table: Path, postgresql_server: PostgresServer
) -> None:
    importer = start(tmp_path, url, "import", "irve", str(table), "--json")
    wait_for_stations(postgresql_server, url, importer, 1)
    importer.kill()
    importer.communicate()
    for broken in BROKEN:
        assert postgresql_server.ask(url, broken) == "0", broken
    deadline = time.monotonic() + DEADLINE_S
    while True:  # the server notices the broken connection when it next looks at it
        again = start(tmp_path, url, "import", "irve", str(table), "--json")
        out, err = again.communicate(timeout=DEADLINE_S)
        if again.returncode != 4:
            break
        assert time.monotonic() < deadline, err.decode()
    report = json.loads(out)
    assert (report["stations_total"], report["evses_total"]) == (STATIONS, 2 * STATIONS)
    for broken in BROKEN:
        assert postgresql_server.ask(url, broken) == "0", broken
    states = "SELECT string_agg(state, ' ' ORDER BY id) FROM import_run"
    assert postgresql_server.ask(url, states) in {"interrupted done", "done done"}


def test_of_two_importers_of_a_feed_one_is_told_to_wait(
    tmp_path: Path, url: str, table: Path, postgresql_server: PostgresServer
) -> None:
    first = start(tmp_path, url, "import", "irve", str(table), "--json")
    wait_for_stations(postgresql_server, url, first, 1)
    assert first.poll() is None, "the table is too small for this test"
    second = start(tmp_path, url, "import", "irve", str(table), "--json")
    other = start(tmp_path, url, "import", "irve", str(table), "--feed", "other", "--json")
    reports = [process.communicate(timeout=DEADLINE_S) for process in (second, other, first)]
    assert second.returncode in {0, 4}
    if second.returncode == 4:
        assert b"wait until it is done" in reports[0][1]
    assert (other.returncode, first.returncode) == (0, 0), reports
    count = "SELECT count(*), count(DISTINCT public_id) FROM station"
    assert postgresql_server.ask(url, count) == f"{2 * STATIONS}|{2 * STATIONS}"


def test_processes_that_start_at_once_make_one_schema(
    tmp_path: Path, postgresql_server: PostgresServer
) -> None:
    empty = postgresql_server.create_database()
    started = [start(tmp_path, empty, "db", "upgrade") for _ in range(3)]
    told = [finish(process)[0] for process in started]
    assert all(line.startswith("The schema ") for line in told)
    assert postgresql_server.ask(empty, "SELECT count(*) FROM catalogue") == "1"

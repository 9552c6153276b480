"""An importer that is killed again and again, at random moments, on each database."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fixtures.irve_table import write_irve_table
from tests.fixtures.servers import PostgresServer

STATIONS = 1_500
KILLS = 20
LONGEST_S = 2.0
"""A whole run takes about so long."""
DEADLINE_S = 120.0

BROKEN = (
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM card)",
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM sighting)",
    "SELECT coalesce(sum(evse_count), 0) - (SELECT count(*) FROM evse) FROM station",
    "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM change)",
    "SELECT count(*) FROM evse WHERE id NOT IN (SELECT evse_id FROM connector)",
)

Ask = Callable[[str], int]


@pytest.fixture
def ask(request: pytest.FixtureRequest, catalogue_url: str) -> Ask:
    """Asks for one number of the catalogue."""
    if catalogue_url.startswith("sqlite"):
        path = catalogue_url.partition(":///")[2]

        def ask_file(query: str) -> int:
            connection = sqlite3.connect(path)
            try:
                return int(connection.execute(query).fetchone()[0])
            finally:
                connection.close()

        return ask_file
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    return lambda query: int(server.ask(catalogue_url, query))


def start(table: Path, data_dir: Path, url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "app", "import", "irve", str(table), "--json"],
        env={**os.environ, "DATA_DIR": str(data_dir), "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_it_is_sound_after_each_and_whole_after_the_last(
    tmp_path: Path, catalogue_url: str, ask: Ask
) -> None:
    table = tmp_path / "irve.csv"
    write_irve_table(table, STATIONS)
    chance = random.Random(20)  # noqa: S311 - the same moments in every run
    killed = 0
    for _ in range(KILLS):
        importer = start(table, tmp_path, catalogue_url)
        with suppress(subprocess.TimeoutExpired):
            importer.wait(chance.uniform(0.0, LONGEST_S))
        importer.kill()
        importer.communicate()
        killed += importer.returncode < 0
        assert [ask(broken) for broken in BROKEN] == [0] * len(BROKEN)
    assert killed > KILLS / 4, "runs take less time than this test expects"
    report = last_report(table, tmp_path, catalogue_url)
    assert (report["stations_total"], report["evses_total"]) == (STATIONS, 2 * STATIONS)
    assert ask("SELECT count(*) FROM import_run WHERE state = 'running'") == 0


def last_report(table: Path, data_dir: Path, url: str) -> dict[str, object]:
    """Of a run that ends, once the database has noticed that the one before it is dead."""
    for _ in range(KILLS):
        importer = start(table, data_dir, url)
        out, err = importer.communicate(timeout=DEADLINE_S)
        if importer.returncode == 0:
            report: dict[str, object] = json.loads(out)
            return report
        assert b"wait until it is done" in err, err.decode()
    pytest.fail("a dead importer still holds its feed")

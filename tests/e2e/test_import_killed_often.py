"""An importer that is killed again and again, each time a little later, on each database."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.forked import fork_importer
from tests.fixtures.irve_table import write_irve_table
from tests.fixtures.servers import PostgresServer

STATIONS = 1_500
KILLS = 20
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


def test_it_is_sound_after_each_and_whole_after_the_last(
    tmp_path: Path, catalogue_url: str, ask: Ask
) -> None:
    table = tmp_path / "irve.csv"
    write_irve_table(table, STATIONS)
    chance = random.Random(20)  # noqa: S311 - the same moments in every run
    environment = {"DATA_DIR": str(tmp_path), "DATABASE_URL": catalogue_url}
    whole_s = 2 * reading_s(table, environment)
    killed = 0
    for later in range(KILLS):
        importer = fork_importer(table, environment)
        importer.join((later + chance.random()) / KILLS * whole_s)
        importer.kill()
        importer.join()
        killed += importer.exitcode == -signal.SIGKILL
        assert [ask(broken) for broken in BROKEN] == [0] * len(BROKEN)
    assert killed > KILLS / 4, "runs take less time than this test expects"
    report = last_report(table, environment)
    assert (report["stations_total"], report["evses_total"]) == (STATIONS, 2 * STATIONS)
    assert ask("SELECT count(*) FROM import_run WHERE state = 'running'") == 0


def reading_s(table: Path, environment: dict[str, str]) -> float:
    """How long the first half of a run takes on this machine, all but the storing."""
    for _ in range(2):  # once to start the process that others are forked from
        begun_s = time.monotonic()
        importer = fork_importer(table, environment, "--dry-run")
        importer.join(DEADLINE_S)
        assert importer.exitcode == 0
    return time.monotonic() - begun_s


def last_report(table: Path, environment: dict[str, str]) -> dict[str, object]:
    """Of a run that ends, once the database has noticed that the one before it is dead."""
    for _ in range(KILLS):
        importer = subprocess.run(
            [sys.executable, "-m", "app", "import", "irve", str(table), "--json"],
            env={**os.environ, **environment},
            check=False,
            capture_output=True,
            timeout=DEADLINE_S,
        )
        if importer.returncode == 0:
            report: dict[str, object] = json.loads(importer.stdout)
            return report
        assert b"wait until it is done" in importer.stderr, importer.stderr.decode()
    pytest.fail("a dead importer still holds its feed")

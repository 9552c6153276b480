"""An importer that is killed at any point leaves a sound catalogue, and the next run finishes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.fixtures.irve_table import write_irve_table

STATIONS = 3_000
DEADLINE_S = 60.0


class Importer:
    """A process that imports a file into a catalogue of its own."""

    def __init__(self, folder: Path, source: str, *, given: BinaryIO | None = None) -> None:
        self.folder = folder
        self.database = folder / "voltway.db"
        environment = {**os.environ, "DATA_DIR": str(folder)}
        environment.pop("DATABASE_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "import", "irve", source, "--json"],
            env=environment,
            stdin=given or subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def ask(self, query: str) -> int:
        """One number of the catalogue, 0 before there is one."""
        if not self.database.exists():
            return 0
        connection = sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)
        try:
            return int(connection.execute(query).fetchone()[0] or 0)
        except sqlite3.OperationalError:
            return 0
        finally:
            connection.close()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Until the importer has come so far, or has ended before."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "the importer did not come so far"
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.01)
                return

    def children(self) -> set[str]:
        """The processes that it has started and that are still there."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return {pid for task in tasks for pid in task.read_text().split()}

    def finish(self) -> dict[str, object]:
        """The report of a clean end."""
        out, err = self.process.communicate(timeout=DEADLINE_S)
        assert self.process.returncode == 0, err.decode()
        report: dict[str, object] = json.loads(out)
        return report

    def require_sound(self) -> None:
        """What must hold at any moment, looked at from outside."""
        for broken in (
            "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM card)",
            "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM sighting)",
            "SELECT sum(evse_count) - (SELECT count(*) FROM evse) FROM station",
            "SELECT count(*) FROM station WHERE id NOT IN (SELECT station_id FROM change)",
            "SELECT count(*) FROM evse WHERE id NOT IN (SELECT evse_id FROM connector)",
        ):
            assert self.ask(broken) == 0, broken
        connection = sqlite3.connect(self.database)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute(
            "INSERT INTO station_text(station_text, rank) VALUES ('integrity-check', 1)"
        )
        connection.close()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("irve") / "irve.csv"
    write_irve_table(path, STATIONS)
    return path


@pytest.fixture
def catalogue(tmp_path: Path, empty_catalogue: Path) -> Path:
    """A ``DATA_DIR`` with an empty catalogue in it."""
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    return tmp_path


@pytest.mark.parametrize("stored", [1, STATIONS - 600])
def test_killed_while_storing(catalogue: Path, table: Path, stored: int) -> None:
    importer = Importer(catalogue, str(table))
    importer.wait_for(lambda: importer.ask("SELECT count(*) FROM station") >= stored)
    importer.process.kill()
    importer.process.communicate()
    importer.require_sound()
    report = Importer(catalogue, str(table)).finish()
    assert report["rows_read"] == 2 * STATIONS
    assert report["stations_total"] == STATIONS
    assert report["evses_total"] == 2 * STATIONS
    importer.require_sound()
    assert importer.ask("SELECT count(*) FROM import_run WHERE state = 'running'") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="finds children in /proc")
def test_the_reading_process_does_not_outlive_the_importer(catalogue: Path, table: Path) -> None:
    with table.open("rb") as given:
        importer = Importer(catalogue, "-", given=given)
    importer.wait_for(lambda: importer.ask("SELECT count(*) FROM station") >= 1)
    readers = importer.children()
    assert len(readers) == 1
    importer.process.kill()
    importer.process.communicate()
    deadline = time.monotonic() + DEADLINE_S
    while any(Path(f"/proc/{pid}/exe").exists() for pid in readers):
        assert time.monotonic() < deadline, "it reads on for nobody"
    importer.require_sound()
    assert Importer(catalogue, str(table)).finish()["stations_total"] == STATIONS


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_ended_while_it_waits_for_input(
    catalogue: Path, table: Path, number: signal.Signals
) -> None:
    importer = Importer(catalogue, "-")
    assert importer.process.stdin is not None
    half = table.read_bytes()[: table.stat().st_size // 2]
    importer.process.stdin.write(half)
    importer.process.stdin.flush()
    importer.wait_for(
        lambda: importer.ask("SELECT count(*) FROM import_run WHERE state = 'running'") == 1
    )
    importer.process.send_signal(number)
    assert importer.process.wait(DEADLINE_S) == (
        -signal.SIGKILL if number == signal.SIGKILL else 130
    )
    importer.process.communicate()
    state = "running" if number == signal.SIGKILL else "interrupted"
    assert importer.ask(f"SELECT count(*) FROM import_run WHERE state = '{state}'") == 1  # noqa: S608 - a word of this test
    importer.require_sound()
    assert Importer(catalogue, str(table)).finish()["stations_total"] == STATIONS

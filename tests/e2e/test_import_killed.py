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

import pytest

STATIONS = 3_000
DEADLINE_S = 60.0


def irve_like(path: Path) -> None:
    """A table as the French registry publishes it, two charge points a station."""
    columns = (
        "nom_operateur,id_station_itinerance,nom_station,implantation_station,adresse_station,"
        "coordonneesXY,nbre_pdc,id_pdc_itinerance,puissance_nominale,prise_type_ef,prise_type_2,"
        "prise_type_combo_ccs,prise_type_chademo,prise_type_autre,condition_acces,horaires,date_maj"
    )
    with path.open("w") as file:
        print(columns, file=file)
        for number in range(STATIONS * 2):
            station = number % STATIONS
            longitude, latitude = 2 + station / STATIONS, 46 + station / STATIONS
            print(
                f'Réseau {station % 7},FRTSTP{station:06},Borne {station},Voirie,"{station} rue X",'
                f'"[{longitude:.5f}, {latitude:.5f}]",2,FRTSTE{number:06},22,false,true,false,'
                "false,false,Accès libre,24/7,2024-05-01",
                file=file,
            )


class Importer:
    """A process that imports a file into a catalogue of its own."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self.database = folder / "voltway.db"
        environment = {**os.environ, "DATA_DIR": str(folder)}
        environment.pop("DATABASE_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "import", "irve", source, "--json"],
            env=environment,
            stdin=subprocess.PIPE,
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
    irve_like(path)
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

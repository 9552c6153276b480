"""``voltway doctor`` in several states of health."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli import doctor
from app.settings import Settings
from tests.fixtures.command import Voltway
from tests.fixtures.servers import free_port

Ask = Callable[[], tuple[dict[str, dict[str, str]], int]]


@pytest.fixture
def findings(voltway: Voltway, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask the doctor; answers with its findings by name and the exit code."""
    monkeypatch.setenv("PORT", "0")

    def ask() -> tuple[dict[str, dict[str, str]], int]:
        outcome = voltway("doctor", "--json")
        return {finding["name"]: finding for finding in json.loads(outcome.out)}, outcome.exit_code

    return ask


def test_a_fresh_machine_lacks_nothing_that_is_needed(findings: Ask, data_dir: Path) -> None:
    found, exit_code = findings()
    assert exit_code == 0
    assert found["catalogue"]["state"] == "note"
    assert found["DATA_DIR"]["seen"].endswith("(will be made)")
    assert not data_dir.exists(), "the doctor changes nothing"


def test_stations_are_counted(voltway: Voltway, findings: Ask) -> None:
    voltway("demo", "--stations", "7", "--seed", "1")
    found, exit_code = findings()
    assert exit_code == 0
    assert found["catalogue"]["state"] == "ok"
    assert found["catalogue"]["seen"].startswith("7 stations")


def test_an_empty_catalogue_gets_a_hint(voltway: Voltway, findings: Ask) -> None:
    voltway("db", "upgrade")
    assert "voltway import" in findings()[0]["catalogue"]["remedy"]


@pytest.mark.parametrize(("migrates", "exit_code"), [("true", 0), ("false", 4)])
def test_an_old_schema_is_missing_only_where_nobody_migrates(
    findings: Ask, data_dir: Path, monkeypatch: pytest.MonkeyPatch, migrates: str, exit_code: int
) -> None:
    data_dir.mkdir()
    with closing(sqlite3.connect(data_dir / "voltway.db")) as connection, connection:
        connection.execute("CREATE TABLE other (id INTEGER)")
    monkeypatch.setenv("AUTO_MIGRATE", migrates)
    found, code = findings()
    assert code == exit_code
    assert "db upgrade" in found["catalogue"]["remedy"]


def test_a_file_that_is_no_database_is_told(findings: Ask, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "voltway.db").write_bytes(b"not a database, but long enough to look at" * 50)
    found, exit_code = findings()
    assert exit_code == 4
    assert "cannot be opened" in found["catalogue"]["seen"]


def test_a_database_that_is_not_supported_is_told(
    findings: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "oracle://somewhere/else")
    found, exit_code = findings()
    assert exit_code == 4
    assert "'oracle' is not supported" in found["catalogue"]["remedy"]


def test_a_data_dir_that_cannot_be_made_is_told_with_its_remedy(
    findings: Ask, data_dir: Path
) -> None:
    data_dir.write_text("a file stands in the way")
    found, exit_code = findings()
    assert exit_code == 4
    assert found["DATA_DIR"]["state"] == "missing"
    assert str(data_dir) in found["DATA_DIR"]["remedy"]


def test_a_port_in_use_is_told(voltway: Voltway, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        monkeypatch.setenv("PORT", str(server.getsockname()[1]))
        outcome = voltway("doctor")
    assert outcome.exit_code == 0
    assert "note     port: 127.0.0.1:" in outcome.out


def test_a_redis_is_asked_and_never_needed(redis_url: str) -> None:
    unused = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    away = doctor.check_redis(Settings(redis_url=unused))
    assert (away.state, away.remedy is None) == ("note", False)
    assert "hunter2" not in f"{away.seen}{away.remedy}"
    assert doctor.check_redis(Settings(redis_url=redis_url)).seen == "it answers"
    assert doctor.check_redis(Settings()).state == "ok"


def test_where_errors_go_is_told_without_the_key() -> None:
    assert "reported nowhere" in doctor.check_sentry(Settings()).seen
    dsn = SecretStr("https://k3y@errors.example/7")
    assert doctor.check_sentry(Settings(sentry_dsn=dsn)).seen == (
        "errors are reported to errors.example"
    )


def test_where_the_metrics_are_is_told() -> None:
    assert doctor.check_metrics(Settings()).seen == "/metrics, on PORT alone"
    assert "off" in doctor.check_metrics(Settings(metrics_enabled=False)).seen
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        taken = doctor.check_metrics(Settings(prometheus_port=server.getsockname()[1]))
    assert taken.state == "note"
    assert "PROMETHEUS_PORT" in str(taken.remedy)


def test_a_folder_for_logs_that_cannot_be_made_is_told(data_dir: Path) -> None:
    data_dir.write_text("a file stands in the way")
    told = doctor.check_log_dir(Settings(log_dir=data_dir / "logs"))
    assert (told.name, told.state) == ("LOG_DIR", "missing")


def test_little_room_is_a_note(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", float("inf"))
    assert doctor.check_disk(Settings()).state == "note"


def test_the_map_is_looked_for_where_it_is_built() -> None:
    assert doctor.check_map(Settings()).state in {"ok", "note"}


def test_the_nearest_existing_folder_is_found(tmp_path: Path) -> None:
    assert doctor.nearest_existing(tmp_path / "a" / "b") == tmp_path

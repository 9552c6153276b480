"""``voltway`` with ``DATABASE_URL`` on PostgreSQL, and what it says where that does not work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.importers import registry
from tests.fixtures.command import Voltway
from tests.fixtures.servers import PostgresServer, free_port
from tests.fixtures.small_feed import HEADER, SmallFeed

LINES = ["A,1,Alpha,48.1,2.1,22,5,", "A,2,Alpha,48.1,2.1,22,5,", "B,1,Beta,48.2,2.2,50,5,"]


@pytest.fixture
def database_url(
    postgresql_url: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty database, in force for commands."""
    monkeypatch.setenv("DATABASE_URL", postgresql_url)
    yield postgresql_url
    assert not list(data_dir.glob("*.db"))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(registry.FEEDS, "small", SmallFeed())
    path = tmp_path / "table.csv"
    path.write_text("\n".join([HEADER, *LINES, ""]))
    return path


def test_every_command_works_on_postgresql(voltway: Voltway, database_url: str) -> None:
    assert "db upgrade" in voltway("db", "check").err
    assert voltway("db", "upgrade").out.startswith("The schema went from none to ")
    assert voltway("db", "upgrade").out.startswith("The schema is up to date")
    assert voltway("demo", "--stations", "30").out.startswith("30 synthetic stations")
    check = voltway("db", "check")
    assert (check.exit_code, check.out[:11]) == (0, "30 stations")
    assert len(voltway("export", "--format", "ndjson").out.splitlines()) == 30
    found = {part["name"]: part for part in json.loads(voltway("doctor", "--json").out)}
    assert found["catalogue"]["seen"].startswith("30 stations")
    assert found["database"]["state"] == "ok"
    assert found["database"]["seen"].startswith("PostgreSQL ")
    shown = json.loads(voltway("settings", "--json").out)
    assert "postgresql+asyncpg" in json.dumps(shown)


def test_an_import_is_accounted_for_and_repeats_without_a_change(
    voltway: Voltway, database_url: str, table: Path
) -> None:
    first = json.loads(voltway("import", "small", str(table), "--json").out)
    again = json.loads(voltway("import", "small", str(table), "--json").out)
    assert (first["stored"], first["merged"], first["stations_total"]) == (2, 1, 2)
    assert (again["unchanged"], again["stations_total"]) == (3, 2)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM card WHERE station_id = 3", "1 stations have no card"),
        ("UPDATE station SET evse_count = evse_count + 1", "count their EVSEs wrongly"),
        ("UPDATE station SET place_id = 99 WHERE id = 5", "a place that does not exist"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'pk_card'::regclass",
            "index: pk_card is not valid",
        ),
    ],
)
def test_damage_is_found_and_ends_with_4(
    voltway: Voltway, database_url: str, postgresql_server: PostgresServer, damage: str, told: str
) -> None:
    voltway("demo", "--stations", "12")
    postgresql_server.ask(database_url, damage)
    outcome = voltway("db", "check")
    assert outcome.exit_code == 4
    assert told in outcome.out


COMMANDS = [
    ("import", "small", "TABLE"),
    ("demo", "--stations", "3"),
    ("export",),
    ("db", "upgrade"),
    ("db", "check"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_server_that_is_away_is_one_line_and_exit_code_4(
    voltway: Voltway, table: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    url = f"postgresql+asyncpg://me:sesame@127.0.0.1:{free_port()}/voltway"
    monkeypatch.setenv("DATABASE_URL", url)
    outcome = voltway(*(str(table) if part == "TABLE" else part for part in arguments))
    assert outcome.exit_code == 4
    assert "cannot be reached" in outcome.err
    assert "sesame" not in outcome.err + outcome.out
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"database": "nowhere"}, "has no database 'nowhere'"),
        ({"username": "stranger", "password": "sesame"}, "refuses the user 'stranger'"),
        ({"query": {"sslmode": "require"}}, "write ssl=require"),
    ],
)
def test_a_wrong_address_is_said_by_import_and_doctor(
    voltway: Voltway,
    database_url: str,
    table: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, object],
    told: str,
) -> None:
    url = make_url(database_url).set(**changed)  # type: ignore[arg-type]  # parts of a URL
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    outcome = voltway("import", "small", str(table))
    assert (outcome.exit_code, outcome.err.count("\n")) == (4, 1)
    assert told in outcome.err
    seen = voltway("doctor")
    assert seen.exit_code == 4
    assert told in seen.out
    assert "sesame" not in outcome.err + seen.out

"""``voltway db`` on a real file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.fixtures.command import Voltway


@pytest.fixture
def catalogue(voltway: Voltway, data_dir: Path) -> Callable[[str], None]:
    """A demo catalogue of a few stations; answers with a way to edit its file."""
    assert voltway("demo", "--stations", "12", "--seed", "1").exit_code == 0

    def edit(statement: str) -> None:
        with closing(sqlite3.connect(data_dir / "voltway.db")) as connection, connection:
            connection.execute(statement)

    return edit


def test_upgrade_makes_the_schema_and_then_leaves_it(voltway: Voltway) -> None:
    first = voltway("db", "upgrade")
    assert first.exit_code == 0
    assert first.out.startswith("The schema went from none to ")
    again = voltway("db", "upgrade")
    assert again.out.startswith("The schema is up to date")
    report = json.loads(voltway("db", "upgrade", "--json").out)
    assert report["schema"] == report["schema_before"]


def test_looking_for_a_database_does_not_make_one(voltway: Voltway, data_dir: Path) -> None:
    assert voltway("db", "check").exit_code == 4
    assert not data_dir.exists()


def test_an_empty_catalogue_is_sound(voltway: Voltway) -> None:
    voltway("db", "upgrade")
    report = json.loads(voltway("db", "check", "--json").out)
    assert report["findings"] == []
    assert report["stations_total"] == 0


def test_a_filled_catalogue_is_sound(voltway: Voltway, catalogue: Callable[[str], None]) -> None:
    outcome = voltway("db", "check")
    assert outcome.exit_code == 0
    assert outcome.out.startswith("12 stations")
    assert outcome.out.endswith("sound.\n")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM card WHERE station_id = 3", "1 stations have no card"),
        ("UPDATE card SET version = version + 1", "12 stations have a card of another version"),
        ("UPDATE station SET evse_count = evse_count + 1", "count their EVSEs wrongly"),
        ("UPDATE station SET max_power_w = 1", "than their strongest connector"),
        ("UPDATE station SET place_id = 99 WHERE id = 5", "a place that does not exist"),
        ("UPDATE station SET place_id = 5 WHERE id IN (5, 6)", "beside another of the same place"),
        ("UPDATE station SET search_tokens = 'nonsense'", "text index"),
        ("DELETE FROM operator", "foreign key"),
    ],
)
def test_damage_is_found_and_ends_with_4(
    voltway: Voltway, catalogue: Callable[[str], None], damage: str, told: str
) -> None:
    catalogue(damage)
    outcome = voltway("db", "check")
    assert outcome.exit_code == 4
    assert told in outcome.out


def test_checking_changes_nothing(
    voltway: Voltway, catalogue: Callable[[str], None], data_dir: Path
) -> None:
    def dump() -> list[str]:
        with closing(sqlite3.connect(data_dir / "voltway.db")) as connection:
            return [line for line in connection.iterdump() if "INSERT" in line]

    before = dump()
    voltway("db", "check")
    assert dump() == before

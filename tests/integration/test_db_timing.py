"""The database tells how long its statements take, and how many connections are out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.engine import open_database
from app.utils.metrics import registry

pytestmark = pytest.mark.anyio


def count_of(operation: str) -> float:
    return (
        registry.get_sample_value("db_query_duration_count", {"operation": operation, "table": ""})
        or 0
    )


def connections_out() -> float:
    return registry.get_sample_value("active_connections") or 0


async def test_statements_and_connections_are_counted(
    tmp_path: Path, empty_catalogue: Path
) -> None:
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'voltway.db'}")
    before = {word: count_of(word) for word in ("select", "delete", "other")}
    out = connections_out()
    async with database.writes.begin() as session:
        await session.execute(text("SELECT 1"))
        await session.execute(text("DELETE FROM change"))
        await session.execute(text("PRAGMA user_version"))
        assert connections_out() == out + 1
    assert connections_out() == out
    counted = {word: count_of(word) - before[word] for word in before}
    assert counted == {"select": 1, "delete": 1, "other": 2}  # BEGIN is one of them
    await database.close()


async def test_reads_past_the_engine_are_counted_too(tmp_path: Path, empty_catalogue: Path) -> None:
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'voltway.db'}")
    reader = database.dialect.reader()
    before = count_of("select")
    await reader.read_cards([1])
    await reader.find_text(["a"], None)
    await reader.fetch_all("SELECT 1")
    assert count_of("select") == before + 3
    await reader.close()
    await database.close()

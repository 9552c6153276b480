"""The benchmark of whole services at a tiny size: all is measured, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bench.capacity.run import QUICK, measure_capacity
from app.bench.child import run_here
from app.bench.errors import DatabaseNotEmpty
from app.bench.plots import draw_capacity
from app.db.engine import open_database
from app.importers import synthetic
from app.stations import audit
from tests.fixtures.command import Voltway


@pytest.mark.anyio
async def test_services_of_both_databases_are_held_against_the_model(
    tmp_path: Path, postgresql_url: str
) -> None:
    async def measure(sizes: list[int]) -> dict[str, object]:
        result = await measure_capacity(
            sizes,
            effort=QUICK,
            seed=1,
            folder=tmp_path,
            say=lambda _: None,
            postgresql_url=postgresql_url,
            most_workers=1,
            run_task=run_here,
        )
        assert draw_capacity(result.findings, tmp_path)[0].is_file()
        assert len(result.aims) == len(result.findings["postgresql_to_sqlite"])
        return result.findings

    findings = await measure([50, 100])
    services = findings["services"]
    assert isinstance(services, list)
    assert [(each["stations"], each["database"], each["workers"]) for each in services] == [
        (50, "SQLite", 1),
        (100, "SQLite", 1),
        (100, "PostgreSQL", 1),
    ]
    for each in services:
        assert each["failures"] == 0
        assert each["requests_per_s"] > 0
        assert each["cores"] > 0
        assert each["memory_mb_per_worker"] > 0
        assert 0 < each.get("connections", 1) <= each.get("connections_at_most", 1)
    database = open_database(postgresql_url)
    async with database.reads() as session:
        assert await audit.count_stations(session) == 0
    await synthetic.fill(database, 3, seed=1)
    with pytest.raises(DatabaseNotEmpty):
        await measure([50, 100])
    await database.close()


def test_one_size_shows_no_growth(voltway: Voltway) -> None:
    outcome = voltway("bench", "capacity", "--stations", "100,100")
    assert outcome.exit_code == 2
    assert "give two" in outcome.err

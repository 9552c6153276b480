"""The batch usage that the documentation gives, as written there, on the application's tables."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.engine import Database, open_database
from app.stations.models import Feed, Station
from app.utils import batch_ops
from app.utils.batch_ops import BatchOperations

BEGUN = datetime(2026, 1, 2, tzinfo=UTC)
pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path, empty_catalogue: Path) -> AsyncIterator[Database]:
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'voltway.db'}")
    yield opened
    await opened.close()


def make_station(number: int) -> Station:
    return Station(
        id=number, public_id=f"demo:{number}", feed_id=1, key=str(number), place_id=number,
        is_shown=True, latitude=48.0, longitude=2.0, latitude_band=0, payments="", licence="",
        attribution="", evse_count=0, static_rank=0, search_tokens="", content_hash=b"",
        card_version=1, created_at=BEGUN, updated_at=BEGUN,
    )  # fmt: skip


async def test_stations_are_added_and_flushed_by_themselves(database: Database) -> None:
    stations_list = [make_station(number) for number in range(1, 1_203)]
    async with database.writes() as session:
        session.add(Feed(id=1, source="demo", name="demo", title="", licence="", attribution="",
                         is_synthetic=True))  # fmt: skip
        async with BatchOperations(session, Station, batch_size=500) as ops:
            for station in stations_list:
                await ops.add(station)  # flushes by itself, also when the context ends
        assert await session.scalar(select(func.count(Station.id))) == 1_202
        await session.rollback()
        assert await session.scalar(select(func.count(Station.id))) == 0


def test_the_promised_names_are_there() -> None:
    promised = {"bulk_insert", "bulk_update", "batch_process", "BatchOperations"}
    assert promised <= set(batch_ops.__all__)
    parameters = inspect.signature(BatchOperations).parameters
    assert list(parameters)[:3] == ["session", "model", "batch_size"]
    assert parameters["batch_size"].default == 500
    assert batch_ops.MAX_ROWS == 1_000

"""Old changes go, the newest stays, and followers heal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from app.db.engine import open_database
from app.stations.changes import KEPT_FOR, prune
from app.stations.models import Change

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ages", "kept"),
    [
        ([], []),
        ([timedelta()], [1]),
        ([KEPT_FOR * 2], [1]),
        ([KEPT_FOR * 3, KEPT_FOR * 2, KEPT_FOR, timedelta(hours=1)], [3, 4]),
        ([KEPT_FOR * 3, KEPT_FOR * 2], [2]),
    ],
)
async def test_changes_are_kept_for_a_while(
    catalogue_url: str, ages: list[timedelta], kept: list[int]
) -> None:
    database = open_database(catalogue_url)
    async with database.writes.begin() as session:
        for age in ages:
            await session.execute(
                insert(Change).values(kind="station", station_id=1, version=1, created_at=NOW - age)
            )
        assert await prune(session, now=NOW) == len(ages) - len(kept)
        left = await session.scalars(select(Change.seq).order_by(Change.seq))
        assert list(left) == kept
    await database.close()

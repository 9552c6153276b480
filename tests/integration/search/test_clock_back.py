"""A clock that steps back: what is committed afterwards is still newer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.stations import changes
from app.stations.cards import as_json
from app.stations.criteria import Criteria
from app.stations.index import open_index
from app.stations.index.feed import Follower
from app.stations.search import StationSearch
from tests.fixtures.catalogue import NOW, Catalogue, simple_station

pytestmark = pytest.mark.anyio

STEPS = (timedelta(seconds=1), timedelta(hours=2), timedelta(days=400))


@pytest.mark.parametrize("step", STEPS, ids=str)
async def test_changes_are_followed_and_kept(
    catalogue: Catalogue, tmp_path: Path, step: timedelta
) -> None:
    before = NOW - step
    moments = [NOW]
    (one,) = await catalogue.store([simple_station("one", name="Before")], now=NOW)

    def clock() -> float:
        return moments[-1].timestamp()

    index = await open_index(catalogue.reader, tmp_path, status_max_age_s=3600, clock=clock)
    follower = Follower(index, catalogue.reader)
    await follower.poll()
    search = StationSearch(index, catalogue.reader)
    assert await names(search) == {one: "Before"}

    moments.append(before)
    await catalogue.store([simple_station("one", name="After")], now=before)
    (two,) = await catalogue.store([simple_station("two", name="New")], now=before)
    async with catalogue.database.writes.begin() as session:
        await changes.prune(session, now=before)
    await follower.poll()
    assert await names(search) == {one: "After", two: "New"}
    assert await updated(catalogue, two) == before

    again = await open_index(catalogue.reader, tmp_path, status_max_age_s=3600)
    await Follower(again, catalogue.reader).poll()
    assert await names(StationSearch(again, catalogue.reader)) == {one: "After", two: "New"}


async def names(search: StationSearch) -> dict[int, str]:
    page = await search.page(Criteria())
    return {one.station_id: json.loads(as_json(one))["name"] for one in page.found}


async def updated(catalogue: Catalogue, station_id: int) -> datetime:
    """When the catalogue says that a station changed."""
    rows = await catalogue.reader.fetch_all(
        "SELECT updated_at FROM station WHERE id = ?", (station_id,)
    )
    ((milliseconds,),) = rows
    return datetime.fromtimestamp(milliseconds / 1000, NOW.tzinfo)

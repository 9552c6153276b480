"""Busy hours of a station: what its reports said, by hour of its week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from app.db.engine import open_database
from app.stations import counting
from app.stations.busy_schemas import BusyHours
from app.stations.models import Station
from app.stations.tally import Report
from tests.fixtures.filled import Filled

pytestmark = pytest.mark.anyio

_LYON = "irve:GRID0000"
_MONDAY_EIGHT_IN_LYON = datetime(2026, 6, 1, 6, tzinfo=UTC)


def path(station_id: str) -> str:
    return f"/api/v1/stations/{station_id}/busy-hours"


async def count(catalogue: Filled, station_id: str, moment: datetime, said: str) -> None:
    """Of so many bays: ``#`` is occupied, anything else free."""
    database = open_database(catalogue.database_url)
    async with database.writes.begin() as session:
        row_id = (
            await session.scalars(select(Station.id).where(Station.public_id == station_id))
        ).one()
        at_ms = round(moment.timestamp() * 1000)
        reports = [Report(row_id, bay, at_ms, one == "#") for bay, one in enumerate(said)]
        await counting.count(session, database.dialect, reports)
    await database.close()


async def test_an_hour_tells_the_share_of_its_reports_that_said_occupied(
    catalogue: Filled, client: AsyncClient
) -> None:
    await count(catalogue, _LYON, _MONDAY_EIGHT_IN_LYON, "###.......")
    await count(catalogue, _LYON, _MONDAY_EIGHT_IN_LYON + timedelta(days=6, hours=15), "#########")
    answer = await client.get(path(_LYON))
    assert answer.status_code == 200
    found = BusyHours.model_validate_json(answer.content)
    assert (found.station_id, found.time_zone) == (_LYON, "Europe/Paris")
    assert (found.reports, found.least_reports) == (19, 10)
    assert found.since == _MONDAY_EIGHT_IN_LYON
    assert (found.source, found.licence, found.synthetic) == ("irve", "etalab-2.0", False)
    assert [(one.weekday, one.hour) for one in found.hours] == [
        (weekday, hour) for weekday in range(1, 8) for hour in range(24)
    ]
    told = {(one.weekday, one.hour): one for one in found.hours if one.reports}
    assert set(told) == {(1, 8), (7, 23)}
    assert told[1, 8].occupied_share == 0.3
    assert told[7, 23].occupied_share is None  # one report too few
    assert all(one.occupied_share is None for one in found.hours if not one.reports)


async def test_the_reports_of_an_import_are_there(client: AsyncClient) -> None:
    found = (await client.get(path("irve:FRRIVP1"))).json()
    assert found["reports"] == 2
    assert sum(hour["reports"] for hour in found["hours"]) == 2


async def test_a_station_that_never_reported_has_an_empty_week(client: AsyncClient) -> None:
    found = (await client.get(path("irve:GRID0101"))).json()
    assert (found["reports"], found["since"]) == (0, None)
    assert len(found["hours"]) == 168


@pytest.mark.parametrize("spelling", ["osm:node%252F123", "osm:node%2F123", "osm:node/123"])
async def test_an_id_is_understood_encoded_twice_once_or_not(
    client: AsyncClient, spelling: str
) -> None:
    answer = await client.get(path(spelling))
    assert answer.status_code == 200
    assert answer.json()["station_id"] == "osm:node%2F123"


@pytest.mark.parametrize(
    ("asked", "status", "slug"),
    [
        (path("irve:NOWHERE"), 404, "station-not-found"),
        (path("osm:node%252F999"), 410, "station-gone"),
        (path(_LYON) + "?weekday=1", 422, "invalid-parameters"),
    ],
)
async def test_what_cannot_be_told_is_a_problem(
    client: AsyncClient, asked: str, status: int, slug: str
) -> None:
    answer = await client.get(asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(slug)


async def test_a_copy_is_good_until_another_report_is_counted(
    catalogue: Filled, client: AsyncClient
) -> None:
    asked = path("irve:GRID0202")
    station = await client.get("/api/v1/stations/irve:GRID0202")
    etag = (await client.get(asked)).headers["etag"]
    again = await client.get(asked, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    await count(catalogue, "irve:GRID0202", _MONDAY_EIGHT_IN_LYON, "#")
    changed = await client.get(asked, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    same = await client.get("/api/v1/stations/irve:GRID0202")
    assert same.headers["etag"] == station.headers["etag"]  # it holds no busy hours
    head = await client.head(asked)
    assert (head.status_code, head.headers["etag"]) == (200, changed.headers["etag"])

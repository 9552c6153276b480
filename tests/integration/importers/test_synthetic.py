"""Filling the catalogue with the demo: complete, repeatable, marked as synthetic."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.db.engine import Database, open_database
from app.importers import synthetic
from app.importers.errors import ImportBusy
from app.importers.feeds import demo, demo_weeks
from app.stations.models import BusyHours, Card, Change, Feed, ImportRun, Station
from app.stations.tally import Tally

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    opened = open_database(catalogue_url)
    yield opened
    await opened.close()


async def _shown(database: Database) -> int:
    async with database.reads() as session:
        shown = await session.scalar(
            select(func.count(Station.id)).where(Station.gone_at.is_(None))
        )
    return shown or 0


async def test_stores_every_station_with_its_card(database: Database) -> None:
    steps: list[int] = []
    assert await synthetic.is_empty(database)
    filling = await synthetic.fill(database, 700, seed=3, on_progress=steps.append)
    assert (filling.stored, filling.changed, filling.unchanged, filling.gone) == (700, 0, 0, 0)
    assert steps == [500, 200]
    assert not await synthetic.is_empty(database)
    async with database.reads() as session:
        feed = (await session.scalars(select(Feed))).one()
        run = (await session.scalars(select(ImportRun))).one()
        bodies = (await session.scalars(select(Card.body))).all()
    assert (feed.source, feed.is_synthetic, feed.licence) == ("demo", True, "CC0-1.0")
    assert (run.state, run.is_complete, run.rows_read) == ("done", True, 700)
    assert len(bodies) == 700
    assert all(body.endswith(b'"synthetic":true') for body in bodies)


async def test_the_same_seed_again_changes_no_content(database: Database) -> None:
    await synthetic.fill(database, 300, seed=3)
    async with database.reads() as session:
        before = (await session.execute(select(Station.id, Station.updated_at))).all()
    again = await synthetic.fill(database, 300, seed=3)
    assert (again.stored, again.changed, again.unchanged, again.gone) == (0, 0, 300, 0)
    async with database.reads() as session:
        assert (await session.execute(select(Station.id, Station.updated_at))).all() == before
        kinds = (await session.scalars(select(Change.kind).where(Change.seq > 300))).all()
    assert set(kinds) <= {"status"}  # the hour may strike between the two runs


async def test_those_that_report_have_a_busy_week_behind_them(database: Database) -> None:
    async def busy_hours() -> dict[str, tuple[datetime, bytes]]:
        async with database.reads() as session:
            rows = await session.execute(
                select(Station.key, BusyHours.since, BusyHours.hours).join(
                    BusyHours, BusyHours.station_id == Station.id
                )
            )
            return {key: (since, hours) for key, since, hours in rows}

    await synthetic.fill(database, 200, seed=3)
    found = await busy_hours()
    reporting = {draft.content.key for draft in demo.synthetic_stations(200, 3) if draft.statuses}
    assert found.keys() == reporting
    for since, packed in found.values():
        assert timedelta(weeks=demo_weeks.WEEKS) <= datetime.now(UTC) - since
        hours = Tally.unpacked(0, packed).hours
        shares = [occupied / reports for reports, occupied in hours.values()]
        assert len(hours) > 140
        assert 0 <= min(shares) < 0.15 < max(shares) <= 1
    assert len({hours for _, hours in found.values()}) > 30
    await synthetic.fill(database, 250, seed=3)
    more = await busy_hours()
    # The hour may strike between the two runs, and bring one new report of each bay.
    assert {key: more[key][0] for key in found} == {key: since for key, (since, _) in found.items()}
    assert more.keys() > found.keys()


async def test_fewer_stations_mark_the_rest_gone_and_more_bring_them_back(
    database: Database,
) -> None:
    await synthetic.fill(database, 300, seed=3)
    fewer = await synthetic.fill(database, 100, seed=3)
    assert (fewer.unchanged, fewer.gone) == (100, 200)
    assert await _shown(database) == 100
    await synthetic.fill(database, 300, seed=3)
    assert await _shown(database) == 300


async def test_two_processes_never_fill_at_once(database: Database) -> None:
    async with database.dialect.exclusive("import:demo:demo"):
        with pytest.raises(ImportBusy):
            await synthetic.fill(database, 10, seed=3)
    assert await synthetic.is_empty(database)

"""Busy hours are counted where statuses are stored: each report once, with its status."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import delete, event, select

from app.stations import counting, intake
from app.stations.draft import EvseDraft, StationDraft, StatusDraft
from app.stations.models import BusyHours, Card, Connector, Evse, Sighting, Station
from app.stations.tally import Hours, Report, Tally
from app.stations.vocabulary import EvseStatus
from tests.fixtures.catalogue import NOW, Catalogue, open_catalogue, simple_station

pytestmark = pytest.mark.anyio

FREE, TAKEN, BROKEN = EvseStatus.AVAILABLE, EvseStatus.CHARGING, EvseStatus.OUTOFORDER
MONDAY_NOON_IN_PARIS = datetime(2026, 6, 1, 10, tzinfo=UTC)
NOON = 12
BAYS = (EvseDraft("1"), EvseDraft("2"))
MOST_S = 60


@pytest.fixture
async def catalogue(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Catalogue]:
    async with open_catalogue(catalogue_url) as opened:
        yield opened


def station(*statuses: StatusDraft, key: str = "a", **facts: object) -> StationDraft:
    draft = simple_station(key, **{"evses": BAYS, **facts})
    return msgspec.structs.replace(draft, statuses=statuses)


def said(status: EvseStatus, minutes: int = 0, bay: str = "1") -> StatusDraft:
    return StatusDraft(bay, status, MONDAY_NOON_IN_PARIS + timedelta(minutes=minutes))


async def tallies(catalogue: Catalogue) -> dict[str, Tally]:
    """By key of the station."""
    rows = await catalogue.reader.fetch_all(
        "SELECT station.key, since, hours FROM busy_hours JOIN station ON station.id = station_id"
    )
    return {key: Tally.unpacked(since_ms, hours) for key, since_ms, hours in rows}


async def hours_of(catalogue: Catalogue, key: str = "a") -> Hours:
    return (await tallies(catalogue))[key].hours


async def test_a_new_station_brings_its_first_reports(catalogue: Catalogue) -> None:
    await catalogue.store([station(said(FREE), said(TAKEN, 5, bay="2"))])
    since_ms, hours = (await tallies(catalogue))["a"]
    assert hours == {NOON: (2, 1)}
    assert since_ms == MONDAY_NOON_IN_PARIS.timestamp() * 1000


async def test_the_same_again_counts_nothing_and_newer_reports_are_added(
    catalogue: Catalogue,
) -> None:
    for minutes in (0, 0, 30, 30, 60, 90, 90):
        await catalogue.store([station(said(TAKEN, minutes))])
    assert await hours_of(catalogue) == {NOON: (2, 2), NOON + 1: (2, 2)}


async def test_a_report_older_than_the_newest_counts_nothing(catalogue: Catalogue) -> None:
    """Nobody could tell whether it was counted before."""
    for minutes in (60, 30, 60, 30):
        await catalogue.store([station(said(TAKEN, minutes))])
    assert await hours_of(catalogue) == {NOON + 1: (1, 1)}


async def test_what_is_neither_free_nor_occupied_has_no_row(catalogue: Catalogue) -> None:
    await catalogue.store([station(said(BROKEN), StatusDraft("2", TAKEN, None)), station(key="b")])
    await catalogue.store([station(said(BROKEN, 10)), station(key="b")])
    assert await tallies(catalogue) == {}


async def test_a_bay_that_a_station_got_later_counts_too(catalogue: Catalogue) -> None:
    await catalogue.store([station(said(FREE), evses=BAYS[:1])])
    await catalogue.store([station(said(FREE, 1), said(TAKEN, 1, bay="2"))])
    assert await hours_of(catalogue) == {NOON: (3, 1)}


async def test_what_was_counted_outlives_a_bay_and_a_time_of_being_gone(
    catalogue: Catalogue,
) -> None:
    await catalogue.store([station(said(TAKEN, bay="2"))])
    feed, _ = catalogue.feeds["alpha"]
    async with catalogue.database.writes.begin() as session:
        run_id = await intake.begin_run(session, feed, origin="-", now=NOW)
        dialect = catalogue.database.dialect
        await intake.mark_gone(session, dialect, feed, run_id, now=NOW)
    await catalogue.store([station(said(FREE, 1), evses=BAYS[:1])])
    assert await hours_of(catalogue) == {NOON: (2, 1)}


async def test_a_station_without_a_zone_is_not_counted(catalogue: Catalogue) -> None:
    await catalogue.store([station(key="a")])
    await catalogue.run("UPDATE station SET time_zone = NULL")
    await catalogue.store([station(said(TAKEN))])
    assert await tallies(catalogue) == {}


async def test_reports_are_kept_with_their_statuses_or_not_at_all(catalogue: Catalogue) -> None:
    await catalogue.store([station(said(FREE))])
    feed, run_id = catalogue.feeds["alpha"]
    async with catalogue.database.writes() as session:
        later = [station(said(TAKEN, 10))]
        await intake.store(session, catalogue.database.dialect, feed, run_id, later, now=NOW)
        await session.rollback()
    assert await hours_of(catalogue) == {NOON: (1, 0)}
    await catalogue.store([station(said(TAKEN, 10))])
    assert await hours_of(catalogue) == {NOON: (2, 1)}


async def test_they_go_with_a_station_that_is_deleted(catalogue: Catalogue) -> None:
    await catalogue.store([station(said(FREE)), station(said(FREE), key="b")])
    async with catalogue.database.writes.begin() as session:
        (one,) = (await session.scalars(select(Station.id).where(Station.key == "a"))).all()
        bays = select(Evse.id).where(Evse.station_id == one)
        await session.execute(delete(Connector).where(Connector.evse_id.in_(bays)))
        for table in (Evse, Card, Sighting):
            await session.execute(delete(table).where(table.station_id == one))
        await session.execute(delete(Station).where(Station.id == one))
    assert list(await tallies(catalogue)) == ["b"]


async def test_a_long_history_is_what_a_count_by_hand_gives(catalogue: Catalogue) -> None:
    """Reports of three stations in any order, with repeats, some files old: 40 imports."""
    random, zone = Random(4), ZoneInfo("Europe/Paris")  # noqa: S311 - the same reports each time
    newest: dict[tuple[str, str], datetime] = {}
    expected: dict[str, dict[int, list[int]]] = {}
    for day in range(40):
        drafts = []
        for key in random.sample("abc", random.randint(1, 3)):
            statuses = []
            for bay in ("1", "2"):
                minutes = random.randint(0, 20_000) if day % 4 else random.randint(0, 1_000) * 20
                status = (FREE, TAKEN, BROKEN)[minutes % 3]
                statuses.append(said(status, minutes, bay))
                moment = statuses[-1].observed_at
                assert moment is not None
                if moment > newest.get((key, bay), moment - timedelta(1)):
                    newest[key, bay] = moment
                    if status is not BROKEN:
                        local = moment.astimezone(zone)
                        hour = local.weekday() * 24 + local.hour
                        count = expected.setdefault(key, {}).setdefault(hour, [0, 0])
                        count[0] += 1
                        count[1] += status is TAKEN
            drafts.append(station(*statuses, key=key))
        await catalogue.store(drafts)
    found = {key: one.hours for key, one in (await tallies(catalogue)).items()}
    assert found == {
        key: {hour: (count[0], count[1]) for hour, count in hours.items()}
        for key, hours in expected.items()
    }


async def test_writers_at_once_lose_no_report(catalogue: Catalogue) -> None:
    """Each counts the same stations, in another order, also those that had no report yet."""
    ids = await catalogue.store([station(key=key) for key in "abcdef"])

    async def write(writer: int) -> None:
        for turn in range(5):
            at_ms = 1_000 * (1 + writer * 5 + turn)
            order: Sequence[int] = ids if writer % 2 else ids[::-1]
            async with catalogue.database.writes.begin() as session:
                reports = [Report(one, 10 * one, at_ms, True) for one in order]
                await counting.count(session, catalogue.database.dialect, reports)

    async with asyncio.timeout(MOST_S):
        await asyncio.gather(*(write(writer) for writer in range(4)))
    found = await tallies(catalogue)
    assert {key: sum(count for count, _ in one.hours.values()) for key, one in found.items()} == (
        dict.fromkeys("abcdef", 20)
    )
    assert {one.since_ms for one in found.values()} == {1_000}


async def test_a_feed_without_statuses_costs_no_statement(catalogue: Catalogue) -> None:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = catalogue.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await catalogue.store([station(key="a"), station(key="b")])
    await catalogue.store([station(key="a", name="renamed"), station(key="b")])
    assert not any(BusyHours.__tablename__ in statement for statement in statements)
    await catalogue.store([station(said(TAKEN)), station(said(TAKEN), key="b")])
    counted = [statement for statement in statements if BusyHours.__tablename__ in statement]
    assert len(counted) == 3
    event.remove(engine, "before_cursor_execute", note)

"""What every dialect promises, on a real file and a real server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base
from app.db.dialects.base import LockHeldError, TextEdit
from app.db.engine import Database
from app.stations.models import Change, Feed, ImportRun, Operator, Station

pytestmark = pytest.mark.anyio

OPERATOR = Base.metadata.tables["operator"]
CARD = Base.metadata.tables["card"]
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


async def add_station(session: AsyncSession, station_id: int, tokens: str) -> None:
    """A station with the least that its table asks for."""
    session.add(
        Station(
            id=station_id,
            public_id=f"demo:{station_id}",
            feed_id=1,
            key=str(station_id),
            place_id=station_id,
            is_shown=True,
            latitude=1.0,
            longitude=2.0,
            latitude_band=4550,
            payments="",
            licence="CC0-1.0",
            attribution="nobody",
            evse_count=0,
            static_rank=0,
            search_tokens=tokens,
            content_hash=b"0" * 16,
            card_version=1,
            created_at=MOMENT,
            updated_at=MOMENT,
        )
    )
    await session.flush()


@pytest.fixture
async def two_stations(database: Database) -> Database:
    """Stations 1 and 2, with their words indexed."""
    async with database.writes.begin() as session:
        session.add(
            Feed(
                id=1,
                source="demo",
                name="demo",
                title="",
                licence="",
                attribution="",
                is_synthetic=True,
            )
        )
        await session.flush()
        for station_id, tokens in ((1, "gare du nord paris"), (2, "gare de lyon paris")):
            await add_station(session, station_id, tokens)
        await database.dialect.index_text(
            session,
            [TextEdit(1, None, "gare du nord paris"), TextEdit(2, None, "gare de lyon paris")],
        )
    return database


async def test_many_rows_are_inserted_updated_and_deleted(database: Database) -> None:
    dialect, many = database.dialect, 40_000
    async with database.writes.begin() as session:
        await dialect.insert_rows(
            session, OPERATOR, ("id", "name"), [(number, f"n{number}") for number in range(many)]
        )
        await dialect.update_rows(session, OPERATOR, ("name",), "id", [("changed", 5)])
        await dialect.delete_rows(session, OPERATOR, "id", range(10, many))
        await dialect.insert_rows(session, OPERATOR, ("id", "name"), [])
    async with database.reads() as session:
        names = (await session.scalars(select(Operator.name).order_by(Operator.id))).all()
    assert names == ["n0", "n1", "n2", "n3", "n4", "changed", "n6", "n7", "n8", "n9"]


async def test_ids_are_fresh_and_none_are_none(database: Database) -> None:
    async with database.writes.begin() as session:
        assert list(await database.dialect.allocate_ids(session, OPERATOR, 0)) == []
        assert await database.dialect.allocate_ids(session, OPERATOR, 3) == range(1, 4)
        await database.dialect.insert_rows(session, OPERATOR, ("id", "name"), [(3, "Three")])
        assert await database.dialect.allocate_ids(session, OPERATOR, 2) == range(4, 6)


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def break_off_half_way() -> None:
        async with database.writes.begin() as session:
            await database.dialect.insert_rows(session, OPERATOR, ("id", "name"), [(1, "a")])
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        await break_off_half_way()
    async with database.reads() as session:
        assert (await session.scalars(select(Operator.id))).all() == []


async def test_writers_take_turns_and_none_fails(database: Database) -> None:
    async def add_operators(writer: int) -> None:
        for number in range(5):
            async with database.writes.begin() as session:
                (new_id,) = await database.dialect.allocate_ids(session, OPERATOR, 1)
                session.add(Operator(id=new_id, name=f"{writer}-{number}"))

    await asyncio.gather(*(add_operators(writer) for writer in range(4)))
    async with database.reads() as session:
        ids = (await session.scalars(select(Operator.id).order_by(Operator.id))).all()
    assert ids == list(range(1, 21))


async def test_a_lock_is_held_by_one_at_a_time(database: Database) -> None:
    async with database.dialect.exclusive("import irve"):
        with pytest.raises(LockHeldError, match="import irve"):
            async with database.dialect.exclusive("import irve"):
                pass
        async with database.dialect.exclusive("import osm"):
            pass
    async with database.dialect.exclusive("import irve"):
        pass


async def test_words_are_found_whole_or_by_their_beginning(two_stations: Database) -> None:
    reader = two_stations.dialect.reader()
    try:
        assert (await reader.find_text(["gare"], None)).tolist() == [1, 2]
        assert (await reader.find_text(["gare", "nord"], None)).tolist() == [1]
        assert (await reader.find_text([], "ly")).tolist() == [2]
        assert (await reader.find_text(["gare"], "p")).tolist() == [1, 2]
        assert (await reader.find_text(["gar"], None)).tolist() == []
    finally:
        await reader.close()


async def test_old_words_are_forgotten(two_stations: Database) -> None:
    async with two_stations.writes.begin() as session:
        await session.execute(text("UPDATE station SET search_tokens = 'quai' WHERE id = 1"))
        await two_stations.dialect.index_text(session, [TextEdit(1, "gare du nord paris", "quai")])
    async with two_stations.writes() as session:
        assert await two_stations.dialect.find_damage(session) == []
    reader = two_stations.dialect.reader()
    try:
        assert (await reader.find_text(["nord"], None)).tolist() == []
        assert (await reader.find_text(["quai"], None)).tolist() == [1]
    finally:
        await reader.close()


async def test_a_reader_sees_what_is_committed_and_cannot_write(two_stations: Database) -> None:
    reader = two_stations.dialect.reader()
    try:
        before = await reader.data_version()
        assert await reader.data_version() == before
        async with two_stations.writes.begin() as session:
            await two_stations.dialect.insert_rows(
                session, CARD, ("station_id", "version", "body"), [(1, 1, b"{}")]
            )
            await two_stations.dialect.lock_changes(session)
            session.add(Change(kind="station", station_id=1, version=1, created_at=MOMENT))
            await session.flush()
            assert await reader.read_cards([1, 2, 99]) == []
        assert await reader.data_version() != before
        assert await reader.read_cards([1, 2, 99]) == [(1, 1, b"{}")]
        assert await reader.read_cards([]) == []
        assert await reader.read_bodies([99, 1, 2]) == [None, b"{}", None]
        assert await reader.read_bodies([]) == []
        many = [99] * 70 + [1]
        assert await reader.read_bodies(many) == [None] * 70 + [b"{}"]
        assert await reader.fetch_all("SELECT id FROM station WHERE id > ?", [1]) == [(2,)]
        with pytest.raises(Exception, match=r"readonly|read-only"):
            await reader.fetch_all("DELETE FROM card")
    finally:
        await reader.close()


async def test_a_reference_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with database.writes.begin() as session:
            session.add(
                ImportRun(
                    feed_id=99,
                    state="running",
                    is_complete=False,
                    origin="-",
                    started_at=MOMENT,
                    rows_read=0,
                    counts="{}",
                )
            )


async def test_times_come_back_aware(two_stations: Database) -> None:
    async with two_stations.reads() as session:
        assert await session.scalar(select(Station.created_at).where(Station.id == 1)) == MOMENT

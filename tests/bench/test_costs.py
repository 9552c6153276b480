"""What a search and an import cost, in what a machine's speed does not change."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.bench.seeding import CATALOGUE_FILE, catalogue_url, fill_catalogue
from app.db import migrate
from app.db.dialects.base import CatalogueReader
from app.db.engine import Database, open_database
from app.geo.bbox import Box
from app.geo.point import Point
from app.importers.feeds import demo
from app.stations.criteria import Along, Criteria, Filters, Inside, Near
from app.stations.index.build import open_index
from app.stations.index.overlay import StationIndex
from app.stations.intake import begin_run, ensure_feed, store
from app.stations.records import FeedRow
from app.stations.search import StationSearch
from app.stations.vocabulary import ConnectorStandard
from app.utils.batch_ops import MAX_ROWS

pytestmark = pytest.mark.anyio

STATIONS = 1_500
PARIS = Point(48.85, 2.35)
EVERYWHERE = Box(-180, -85, 180, 85)
NOW = datetime(2026, 6, 1, tzinfo=UTC)

MOST_BYTES_PER_STATION = 115
MOST_STATEMENTS_PER_CHUNK = 20
ROWS_OF_500_STATIONS = 4_000
"""Of EVSEs and connectors of the demo, at most."""


class Searching:
    """A search whose statements are counted."""

    def __init__(self, index: StationIndex, reader: Any) -> None:
        self.index = index
        self.search = StationSearch(index, reader)
        self.statements: list[str] = []
        for part in vars(reader).values():
            if isinstance(part, sqlite3.Connection):
                part.set_trace_callback(self._note)

    def _note(self, statement: str) -> None:
        # The text index asks its own tables; those are not our statements.
        if not statement.startswith(("--", "PRAGMA")) and "'station_text_" not in statement:
            self.statements.append(statement)


@pytest.fixture(scope="module")
async def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("costs")
    await fill_catalogue(catalogue_url(data_dir), STATIONS, seed=1)
    return data_dir


@pytest.fixture
async def searching(catalogue: Path) -> AsyncIterator[Searching]:
    database = open_database(catalogue_url(catalogue))
    reader: CatalogueReader = database.dialect.reader()
    index = await open_index(reader, None, status_max_age_s=86_400)
    yield Searching(index, reader)
    await reader.close()
    await database.close()


@pytest.mark.parametrize(
    ("criteria", "statements"),
    [
        (Criteria(Near(PARIS, 500)), 1),
        (
            Criteria(
                Near(PARIS, 500),
                Filters(
                    connectors=frozenset({ConnectorStandard.IEC_62196_T2_COMBO}),
                    min_power_kw=50,
                    is_available=True,
                ),
            ),
            1,
        ),
        (Criteria(Inside(EVERYWHERE)), 1),
        (Criteria(Along((PARIS, Point(50.85, 4.35)), 20)), 1),
        (Criteria(), 1),
        (Criteria(filters=Filters(text="market squ")), 2),
    ],
)
async def test_statements_of_a_search(
    searching: Searching, criteria: Criteria, statements: int
) -> None:
    page = await searching.search.page(criteria, limit=100)
    assert page.found
    assert len(searching.statements) == statements


async def test_a_search_that_finds_nothing_reads_no_card(searching: Searching) -> None:
    page = await searching.search.page(Criteria(Near(Point(-80, 0), 10)))
    assert page.found == []
    assert len(searching.statements) <= 1


async def test_clusters_of_the_world_read_only_the_cards_of_lone_stations(
    searching: Searching,
) -> None:
    clusters = await searching.search.clusters(EVERYWHERE, 2, Filters())
    assert sum(cluster.count for cluster in clusters) == STATIONS
    assert all(cluster.is_synthetic for cluster in clusters)
    assert len(searching.statements) <= 1


async def test_counts_come_from_memory(searching: Searching) -> None:
    assert searching.search.count_operators()
    assert searching.search.count_connectors()
    assert list(searching.search.count_feeds().values()) == [STATIONS]
    assert searching.statements == []


async def test_bytes_of_index_per_station(searching: Searching) -> None:
    assert searching.index.byte_count / STATIONS < MOST_BYTES_PER_STATION


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(catalogue_url(tmp_path))
    await migrate.upgrade(opened)
    yield opened
    await opened.close()


async def _store(database: Database, feed: FeedRow, run_id: int, count: int, seed: int) -> int:
    """Store some stations in one chunk; how many statements that took."""
    drafts = list(demo.synthetic_stations(count, seed))
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.writes.begin() as session:
        await store(session, database.dialect, feed, run_id, drafts, now=NOW)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return len(statements)


async def test_statements_of_an_import_chunk_do_not_grow_with_its_stations(
    database: Database,
) -> None:
    async with database.writes.begin() as session:
        feed = await ensure_feed(
            session,
            source="demo",
            name="demo",
            title=demo.TITLE,
            licence=demo.LICENCE,
            attribution=demo.ATTRIBUTION,
            is_synthetic=True,
        )
        run_id = await begin_run(session, feed, origin="test", now=NOW)
    few = await _store(database, feed, run_id, 50, seed=1)
    many = await _store(database, feed, run_id, 500, seed=2)
    again = await _store(database, feed, run_id, 500, seed=2)
    by_thousands = ROWS_OF_500_STATIONS // MAX_ROWS  # a statement takes no more
    assert many <= few + by_thousands <= MOST_STATEMENTS_PER_CHUNK
    assert again <= few
    connection = sqlite3.connect(Path(str(database.engine.url.database)))
    stored = connection.execute("SELECT COUNT(*) FROM card").fetchone()
    connection.close()
    assert stored == (550,)
    assert CATALOGUE_FILE in str(database.engine.url)

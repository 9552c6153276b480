"""Each kind of search in this process, beside the same search by SQL and by the ORM."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from app.bench import orm_search
from app.bench.freshness import measure_freshness
from app.bench.questions import RADIUS_KM, Nearest, Questions
from app.bench.seeding import CATALOGUE_FILE, catalogue_url
from app.bench.sql_search import SqlSearch
from app.bench.timing import take_turns
from app.db.dialects.base import CatalogueReader
from app.db.engine import Database, open_database
from app.geo.bbox import Box
from app.stations.answers import page_body
from app.stations.criteria import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    MAX_RADIUS_KM,
    Criteria,
    Filters,
    Near,
    Sort,
)
from app.stations.index.build import open_index
from app.stations.index.feed import Follower
from app.stations.index.filters import compile_tests
from app.stations.index.overlay import StationIndex
from app.stations.index.ranking import order
from app.stations.index.search import Circle, Query, find
from app.stations.kept_cards import KeptCards, Key
from app.stations.search import StationSearch
from app.utils.caching import MemoryTier, Tiers
from app.web.formats import Form

INDEX, ANSWER = "nearest, index", "nearest, answer"
WARM = "nearest, answer, cards in memory"
FULL_PAGE = "nearest, a full page answered"
SQL, ORM = "nearest, SQL only", "nearest, ORM"
BOX, CORRIDOR, CLUSTERS = "box", "corridor 300 km", "clusters"
TEXT, COMMON_TEXT = "text: a town", "text: a common word"

RADIUS_M = RADIUS_KM * 1000
FAR_KM = MAX_RADIUS_KM
"""So far that the nearest 50 are found in a catalogue of any size."""
STATUS_MAX_AGE_S = 24 * 3600
ORM_SHARE = 5
"""The ORM gets every fifth query: it is slow, and the time is better spent on the others."""

Items = list[dict[str, Any]]


async def measure(
    data_dir: Path, questions: Questions, *, rounds: int, commits: int
) -> dict[str, dict[str, Any]]:
    """Build and open the index of a catalogue, ask it and the peers, watch it follow.

    Returns:
        ``in_process``: the spread of each kind of search; ``index``: facts about it.
    """
    database = open_database(catalogue_url(data_dir))
    reader = database.dialect.reader()
    try:
        build_s, _ = await _timed_open(reader, data_dir / "index")
        open_s, index = await _timed_open(reader, data_dir / "index")
        with closing(
            SqlSearch(data_dir / CATALOGUE_FILE, status_max_age_s=STATUS_MAX_AGE_S)
        ) as sql:
            asking = _Asking(database, reader, index, sql)
            differing = await asking.count_differences(questions.nearest)
            spreads = await asking.take_turns(questions, rounds)
        bytes_per_station = round(index.byte_count / max(1, index.station_count), 1)
        follower = Follower(index, reader)
        await follower.catch_up()
        seen_s = await measure_freshness(follower, data_dir, seed=1, commits=commits)
    finally:
        await reader.close()
        await database.close()
    return {
        "in_process": spreads,
        "index": {
            "build_s": round(build_s, 3),
            "open_saved_s": round(open_s, 4),
            "bytes_per_station": bytes_per_station,
            "seen_after_ms": round(median(seen_s) * 1000, 1),
            "seen_after_worst_ms": round(max(seen_s) * 1000, 1),
            "answers_compared": len(questions.nearest),
            "answers_that_differ": differing,
        },
    }


async def _timed_open(reader: CatalogueReader, directory: Path) -> tuple[float, StationIndex]:
    began_s = time.perf_counter()
    index = await open_index(reader, directory, status_max_age_s=STATUS_MAX_AGE_S)
    return time.perf_counter() - began_s, index


class _Asking:
    """The ways to ask, over one catalogue."""

    def __init__(
        self, database: Database, reader: CatalogueReader, index: StationIndex, sql: SqlSearch
    ) -> None:
        self._database = database
        self._search = StationSearch(index, reader)
        tiers: Tiers[Key] = Tiers(MemoryTier("bench"), None)
        self._warm = StationSearch(index, reader, KeptCards(reader, tiers))
        self._index = index
        self._sql = sql

    async def count_differences(self, questions: list[Nearest]) -> int:
        """How many answers of the peers, and of cards in memory, are not ours, item by item."""
        differing = 0
        for number, question in enumerate(questions):
            ours = _items(await self._answer(question.criteria))
            differing += _items(await self._answer_warm(question.criteria)) != ours
            differing += _items(await self._answer_by_sql(question)) != ours
            if number % ORM_SHARE == 0:
                models = (await self._answer_by_orm(question)).items
                differing += [model.model_dump() for model in models] != ours
        return differing

    async def take_turns(self, questions: Questions, rounds: int) -> dict[str, dict[str, Any]]:
        """The spread of each kind of search."""
        nearest = questions.nearest
        criteria = [question.criteria for question in nearest]
        full_pages = await self._fullest([Criteria(Near(one.centre, FAR_KM)) for one in nearest])
        spreads = await take_turns(
            {
                INDEX: (self._find, nearest),
                ANSWER: (self._answer, criteria),
                WARM: (self._answer_warm, criteria),
                FULL_PAGE: (self._answer, full_pages),
                SQL: (self._answer_by_sql, nearest),
                ORM: (self._answer_by_orm, nearest[::ORM_SHARE]),
                BOX: (self._answer_largest, questions.boxes),
                CORRIDOR: (self._answer_largest, questions.corridors),
                TEXT: (self._answer, questions.texts),
                COMMON_TEXT: (self._answer, questions.common_texts),
                CLUSTERS: (self._cluster, questions.cluster_boxes),
            },
            rounds=rounds,
        )
        return {name: spread._asdict() for name, spread in spreads.items()}

    async def _fullest(self, searches: list[Criteria]) -> list[Criteria]:
        """Those whose pages hold as many stations as any: equal answers, whatever the size."""
        pages = [await self._search.page(criteria) for criteria in searches]
        most = max(len(page.found) for page in pages)
        return [
            criteria
            for criteria, page in zip(searches, pages, strict=True)
            if len(page.found) == most
        ]

    async def _find(self, question: Nearest) -> None:
        """What the search does before any card is read."""
        filters = question.criteria.filters
        tests = compile_tests(filters, self._index.registry, self._index.hours, None)
        query = Query(
            Circle(question.centre, RADIUS_M), Sort.DISTANCE, tests, None, DEFAULT_LIMIT + 1
        )
        order(find(self._index.tiers, query), Sort.DISTANCE, count=DEFAULT_LIMIT + 1)

    async def _answer(self, criteria: Criteria, limit: int = DEFAULT_LIMIT) -> bytes:
        page = await self._search.page(criteria, limit=limit)
        return page_body(Form.JSON, page.listed, page.next_cursor, criteria)

    async def _answer_warm(self, criteria: Criteria) -> bytes:
        page = await self._warm.page(criteria)
        return page_body(Form.JSON, page.listed, page.next_cursor, criteria)

    async def _answer_largest(self, criteria: Criteria) -> bytes:
        return await self._answer(criteria, MAX_LIMIT)

    async def _answer_by_sql(self, question: Nearest) -> bytes:
        hits = self._sql.nearest(
            question.centre,
            RADIUS_M,
            question.standards,
            question.min_power_w,
            DEFAULT_LIMIT,
        )
        return self._sql.answer(hits)

    async def _answer_by_orm(self, question: Nearest) -> orm_search.StationsModel:
        async with self._database.reads() as session:
            return await orm_search.nearest(
                session,
                question.centre,
                RADIUS_M,
                question.standards,
                question.min_power_w,
                DEFAULT_LIMIT,
                status_max_age_s=STATUS_MAX_AGE_S,
            )

    async def _cluster(self, view: tuple[Box, int]) -> None:
        await self._search.clusters(*view, Filters())


def _items(body: bytes) -> Items:
    items: Items = json.loads(body)["items"]
    return items

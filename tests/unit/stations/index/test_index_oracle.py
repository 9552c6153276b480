"""The index against the oracle: any stations, any search, any mixture of old and new columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.bbox import Box
from app.geo.point import Point
from app.geo.route import build_route
from app.stations.criteria import Along, Criteria, Inside, Near, Sort
from app.stations.draft import ConnectorDraft, EvseDraft, StationContent, StatusDraft
from app.stations.index import places, ranking, rows, search
from app.stations.index.assemble import assemble
from app.stations.index.columns import Chunk
from app.stations.index.filters import compile_tests
from app.stations.index.overlay import StationIndex
from app.stations.index.registry import Registry
from app.stations.index.search import After, Circle, Corridor, Query, Shape, find
from app.stations.vocabulary import ConnectorStandard, EvseStatus
from tests.fixtures.oracle import CLOSE_M, Answer, Known, expected, sort_key
from tests.fixtures.worlds import MAX_AGE_S, NOW, drafts, searches

SOURCES = {1: "alpha", 2: "beta"}


@pytest.fixture(scope="module", autouse=True)
def _cells_for_all_but_the_fewest() -> Iterator[None]:
    """Columns of more than two stations are searched by their cells, as large ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "FEW", 2)
        patch.setattr(search, "FEW_CANDIDATES", 2)
        yield


class Operators(Registry):
    """Operators and feeds without a database."""

    def __init__(self) -> None:
        super().__init__()
        self.learnt: dict[str | None, int] = {}
        self._sources = SOURCES

    def learn(self, name: str | None) -> int | None:
        if name is None:
            return None
        if name not in self.learnt:
            self.learnt[name] = len(self.learnt) + 1
            self._learn(self.learnt[name], name)
        return self.learnt[name]


@st.composite
def known(draw: st.DrawFn, station_id: int) -> Known:
    draft = draw(drafts(key=str(station_id)))
    return Known(
        id=station_id,
        content=draft.content,
        rank=draw(st.sampled_from((0, 500, 65_535))),
        statuses=draft.statuses,
        source=draw(st.sampled_from(tuple(SOURCES.values()))),
        is_shown=draw(st.sampled_from((True, True, False))),
        created_s=int(NOW.timestamp()) + draw(st.integers(-1, 1)),
        updated_s=int(NOW.timestamp()) + draw(st.integers(-1, 1)),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[dict[int, Known | None]]:
    """First the stations that are there, then rounds of changes; ``None`` is gone."""
    first = {i: draw(known(i)) for i in range(1, draw(st.integers(0, 9)) + 1)}
    rounds: list[dict[int, Known | None]] = [dict(first)]
    for _ in range(draw(st.integers(0, 5))):
        ids = draw(st.sets(st.integers(1, 13), min_size=1, max_size=3))
        rounds.append({i: draw(st.none() | known(i)) for i in sorted(ids)})
    return rounds


def chunk_of(registry: Operators, stations: Sequence[Known]) -> Chunk:
    """As the database would give it."""
    now_s = NOW.timestamp()
    feeds = {source: row_id for row_id, source in SOURCES.items()}
    station_rows: list[tuple[Any, ...]] = [
        (
            one.id, one.content.latitude, one.content.longitude, feeds[one.source], one.is_shown,
            one.content.name, one.content.country, registry.learn(one.content.operator),
            one.content.access, one.content.open_24_7, None, None,
            " ".join(one.content.payments), len(one.content.evses), one.max_power_w, one.rank, 1,
            one.created_s * 1000, one.updated_s * 1000,
        )
        for one in stations
    ]  # fmt: skip
    facts, reports = [], []
    for one in stations:
        free = one.free_uids(now_s, MAX_AGE_S)
        counted: dict[tuple[Any, Any], int] = {}
        for evse in one.content.evses:
            for plug in evse.connectors:
                kind = (plug.standard, plug.max_power_w)
                counted[kind] = counted.get(kind, 0) + (evse.uid in free)
        facts += [(one.id, *kind, count) for kind, count in counted.items()]
        if one.statuses:
            available = one.available_count(now_s, MAX_AGE_S)
            reports.append((one.id, int(available is not None), available or 0, None, None))
    return rows.to_chunk(registry, station_rows, facts, reports, max_age_s=MAX_AGE_S)


def index_of(history: list[dict[int, Known | None]]) -> tuple[StationIndex, list[Known]]:
    registry, present = Operators(), {}
    index = StationIndex(
        assemble([chunk_of(registry, [one for one in history[0].values() if one])]),
        registry, uuid="", seq=0, max_age_s=MAX_AGE_S,
    )  # fmt: skip
    present.update(history[0])
    for changes in history[1:]:
        present |= changes
        index.apply(list(changes), chunk_of(registry, [one for one in changes.values() if one]))
    return index, [one for one in present.values() if one]


def shape_of(criteria: Criteria) -> Shape:
    area = criteria.area
    if isinstance(area, Near):
        return Circle(area.centre, area.radius_km * 1000)
    if isinstance(area, Along):
        return Corridor(build_route(area.points), area.corridor_km * 1000)
    return area.box if isinstance(area, Inside) else None


def hits_of(
    index: StationIndex, criteria: Criteria, after: After | None = None, count: int | None = None
) -> ranking.Hits:
    tests = compile_tests(criteria.filters, index.registry, index.hours, None)
    query = Query(shape_of(criteria), criteria.order, tests, after, count)
    return ranking.order(find(index.tiers, query), criteria.order, after=after, count=count)


def assert_same(criteria: Criteria, ids: list[int], answers: list[Answer], everyone: Any) -> None:
    """Equal, but for what lies on a border or is equally far within rounding."""
    by_id = {answer.station.id: answer for answer in answers}
    limit_m = None
    if isinstance(criteria.area, Near):
        limit_m = criteria.area.radius_km * 1000
    elif isinstance(criteria.area, Along):
        limit_m = criteria.area.corridor_km * 1000
    for station_id in set(ids) ^ set(by_id):
        answer = by_id.get(station_id) or everyone(station_id)
        assert limit_m is not None
        assert answer.distance_m is not None
        assert abs(answer.distance_m - limit_m) <= CLOSE_M, f"{station_id} of {criteria}"
    assert len(ids) == len(set(ids))
    shared = [station_id for station_id in ids if station_id in by_id]
    keys = [(sort_key(by_id[i], criteria.order), i) for i in shared]
    for (one, one_id), (two, two_id) in pairwise(keys):
        if isinstance(one, float):
            assert one <= two + CLOSE_M
            same_place = by_id[one_id].station.place == by_id[two_id].station.place
            assert not same_place or one_id < two_id
        else:
            assert (one, one_id) < (two, two_id)


def answers_of(present: list[Known], criteria: Criteria) -> tuple[list[Answer], Any]:
    now_s = NOW.timestamp()
    answers = expected(present, criteria, now_s=now_s, max_age_s=MAX_AGE_S)
    wider = criteria
    if isinstance(criteria.area, Near):
        wider = msgspec.structs.replace(
            criteria, area=Near(criteria.area.centre, criteria.area.radius_km + CLOSE_M / 1000)
        )
    elif isinstance(criteria.area, Along):
        wider = msgspec.structs.replace(
            criteria, area=Along(criteria.area.points, criteria.area.corridor_km + CLOSE_M / 1000)
        )
    everyone = {
        answer.station.id: answer
        for answer in expected(present, wider, now_s=now_s, max_age_s=MAX_AGE_S)
    }
    return answers, everyone.__getitem__


@settings(max_examples=80, deadline=None)
@given(histories(), searches())
def test_the_index_finds_what_the_oracle_finds(
    history: list[dict[int, Known | None]], criteria: Criteria
) -> None:
    index, present = index_of(history)
    hits = hits_of(index, criteria)
    answers, everyone = answers_of(present, criteria)
    assert_same(criteria, hits.ids.tolist(), answers, everyone)
    by_id = {answer.station.id: answer for answer in answers}
    for place, station_id in enumerate(hits.ids.tolist()):
        if station_id not in by_id:
            continue
        answer = by_id[station_id]
        available = answer.station.available_count(NOW.timestamp(), MAX_AGE_S)
        assert hits.available[place] == (-1 if available is None else available)
        if answer.distance_m is not None:
            assert hits.distances_m is not None
            assert abs(hits.distances_m[place] - answer.distance_m) < CLOSE_M


@settings(max_examples=40, deadline=None)
@given(histories(), searches(), st.integers(1, 4))
def test_pages_put_together_are_the_whole_result(
    history: list[dict[int, Known | None]], criteria: Criteria, limit: int
) -> None:
    index, _ = index_of(history)
    whole = hits_of(index, criteria).ids.tolist()
    paged: list[int] = []
    after = None
    while True:
        hits = hits_of(index, criteria, after, limit + 1)
        page = hits.ids[:limit].tolist()
        paged += page
        if len(hits.ids) <= limit:
            break
        after = After(hits.keys[limit - 1], page[-1])
    assert paged == whole


@settings(max_examples=40, deadline=None)
@given(histories(), searches(), st.integers(1, 3), st.data())
def test_pages_stay_in_step_while_stations_come_move_and_go(
    history: list[dict[int, Known | None]], criteria: Criteria, limit: int, data: st.DataObject
) -> None:
    registry_index, _ = index_of(history)
    touched: set[int] = set()
    before = hits_of(registry_index, criteria).ids.tolist()
    paged: list[int] = []
    after = None
    registry = registry_index.registry
    assert isinstance(registry, Operators)
    while True:
        hits = hits_of(registry_index, criteria, after, limit + 1)
        page = hits.ids[:limit].tolist()
        paged += page
        if len(hits.ids) <= limit:
            break
        after = After(hits.keys[limit - 1], page[-1])
        changes = {
            i: data.draw(st.none() | known(i))
            for i in sorted(data.draw(st.sets(st.integers(1, 20), max_size=2)))
        }
        touched |= set(changes)
        registry_index.apply(
            list(changes), chunk_of(registry, [one for one in changes.values() if one])
        )
    unchanged = [station_id for station_id in before if station_id not in touched]
    assert [station_id for station_id in paged if station_id not in touched] == unchanged


def test_a_route_with_too_many_discs_looks_at_all_stations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "MAX_RUNS", 0)
    index, _ = index_of([{i: plain(i) for i in range(1, 5)}])
    along = Criteria(Along((Point(47.9, 2.0), Point(48.1, 2.0)), 1))
    assert hits_of(index, along).ids.tolist() == [1, 2, 3, 4]


def test_many_stations_of_a_box_are_run_through_in_a_ready_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "MANY_CANDIDATES", 2)
    monkeypatch.setattr(search, "_FIRST_SCAN", 1)
    index, _ = index_of([{i: plain(i) for i in range(1, 9)}])
    inside = Criteria(Inside(Box(1, 47, 3, 49)))
    assert hits_of(index, inside, After(2, 2), 4).ids.tolist() == [3, 4, 5, 6]
    assert hits_of(index, Criteria(Inside(Box(5, 47, 6, 49))), count=4).ids.tolist() == []


@pytest.mark.parametrize("radius_km", [1.0, 2.0, 20.0, 25.0, 300.0])
@pytest.mark.parametrize("few", [0, 10_000])
def test_the_nearest_are_found_however_far_the_circle_must_grow(
    monkeypatch: pytest.MonkeyPatch, radius_km: float, few: int
) -> None:
    monkeypatch.setattr(search, "FEW_CANDIDATES", few)
    # Ever wider apart, so that every radius that is tried holds a few more.
    stations = [moved(plain(i), 48 + 0.0001 * i**1.7) for i in range(1, 200)]
    index, _ = index_of([{one.id: one for one in stations}])
    near = Criteria(Near(Point(48, 2), radius_km))
    whole = hits_of(index, near).ids.tolist()
    assert whole == [a.station.id for a in answers_of(stations, near)[0]]
    paged: list[int] = []
    after = None
    while len(paged) < len(whole):
        hits = hits_of(index, near, after, 8)
        paged += hits.ids[:7].tolist()
        after = After(hits.keys[:7][-1], paged[-1])
    assert paged == whole


def moved(station: Known, latitude: float) -> Known:
    content = msgspec.structs.replace(station.content, latitude=round(latitude, 7))
    return replace(station, content=content)


def test_an_order_without_its_area_is_a_mistake_of_the_caller() -> None:
    index, _ = index_of([{1: plain(1)}])
    with pytest.raises(ValueError, match="without a point or a route"):
        hits_of(index, Criteria(sort=Sort.DISTANCE))


def test_ids_that_are_not_here_have_no_rows() -> None:
    (columns,) = index_of([{3: plain(3)}])[0].tiers
    assert columns.rows_of(np.array([1, 3, 9])).tolist() == [0]
    (empty,) = index_of([{}])[0].tiers
    assert empty.rows_of(np.array([1])).tolist() == []


def test_an_empty_catalogue_has_nothing_in_any_order() -> None:
    index, _ = index_of([{}])
    for order in (Sort.POWER, Sort.NAME, Sort.UPDATED, Sort.ID, Sort.RELEVANCE):
        assert hits_of(index, Criteria(None, sort=order), count=5).ids.tolist() == []
    assert index.station_count == 0


def test_free_bays_are_patched_in_place() -> None:
    index, present = index_of([{1: plain(1, free=False)}])
    columns = index.tiers[0]
    assert isinstance(index.registry, Operators)
    index.apply([1], chunk_of(index.registry, [plain(1, free=True)]))
    assert index.tiers == (columns,)
    assert columns.available.tolist() == [1]
    assert np.count_nonzero(columns.fact_free) == 1
    assert present[0].available_count(NOW.timestamp(), MAX_AGE_S) == 0


def test_small_columns_are_put_together() -> None:
    history: list[dict[int, Known | None]] = [{i: plain(i)} for i in range(1, 12)]
    index, present = index_of(history)
    assert len(index.tiers) <= 6
    assert index.station_count == len(present) == 11
    assert hits_of(index, Criteria()).ids.tolist() == list(range(1, 12))


def plain(station_id: int, *, free: bool = True) -> Known:
    """A station with one bay, reported just now."""
    status = EvseStatus.AVAILABLE if free else EvseStatus.CHARGING
    return Known(
        station_id,
        StationContent(
            key=str(station_id),
            latitude=48.0,
            longitude=2.0,
            licence="CC0-1.0",
            attribution="nobody",
            evses=(
                EvseDraft(
                    uid="0",
                    connectors=(ConnectorDraft(ConnectorStandard.CHADEMO, max_power_w=50_000),),
                ),
            ),
        ),
        rank=0,
        statuses=(StatusDraft("0", status, NOW - timedelta(seconds=1)),),
    )

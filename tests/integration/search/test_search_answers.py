"""Whole searches on a real catalogue against the oracle: text, cards, pages, streams."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from app.geo.bbox import Box
from app.geo.point import Point
from app.importers.feeds.demo import synthetic_stations
from app.stations.cards import as_json, csv_cells
from app.stations.criteria import Along, Area, Criteria, Filters, Inside, Near, Sort
from app.stations.draft import StationDraft
from app.stations.errors import CursorMismatch, RouteTooTangled, SortNeedsArea
from app.stations.index import open_index
from app.stations.index.feed import Follower
from app.stations.rank import static_rank
from app.stations.search import StationSearch
from app.stations.vocabulary import Access, ConnectorStandard
from tests.fixtures.catalogue import NOW, Catalogue
from tests.fixtures.oracle import CLOSE_M, Known, expected

pytestmark = pytest.mark.anyio

COUNT = 700
MAX_AGE_S = 3600


async def search_of(catalogue: Catalogue) -> tuple[StationSearch, Follower]:
    index = await open_index(
        catalogue.reader, None, status_max_age_s=MAX_AGE_S, clock=NOW.timestamp
    )
    follower = Follower(index, catalogue.reader)
    await follower.poll()
    return StationSearch(index, catalogue.reader), follower


async def filled(catalogue: Catalogue) -> list[Known]:
    """Half of the stations, of two sources, are in the segment, half come later."""
    drafts = list(synthetic_stations(COUNT, 7, observed_at=NOW + timedelta(hours=4)))
    known = []
    for number, source in enumerate(("alpha", "beta")):
        part = drafts[number::2]
        ids = await catalogue.store(part, source=source)
        known += [_known(i, draft, source) for i, draft in zip(ids, part, strict=True)]
    return known


def _known(station_id: int, draft: StationDraft, source: str) -> Known:
    seen = Known(
        station_id,
        draft.content,
        0,
        draft.statuses,
        source=source,
        created_s=int(NOW.timestamp()),
        updated_s=int(NOW.timestamp()),
    )
    return replace(seen, rank=static_rank(draft.content, seen.max_power_w or None))


def random_searches(known: list[Known], count: int) -> list[Criteria]:
    chance = random.Random(5)  # noqa: S311 - the same searches in every run
    operators = sorted({one.content.operator for one in known if one.content.operator})
    cities = sorted({one.content.city for one in known if one.content.city})
    searches = []
    for _ in range(count):
        centre = chance.choice(known).place
        other = Point(centre.latitude + chance.uniform(-3, 3), centre.longitude)
        area: Area = chance.choice(
            (
                None,
                Near(centre, chance.choice((1, 10, 80, 500))),
                Inside(Box(centre.longitude, -80.0, -centre.longitude, 80.0)),
                Along((centre, other), 20),
            )
        )
        conditions: dict[str, object] = {}
        if chance.random() < 0.4:
            conditions["connectors"] = frozenset(chance.sample(list(ConnectorStandard), 12))
        if chance.random() < 0.3:
            conditions["min_power_kw"] = chance.choice((7.4, 22.0, 50.0))
        if chance.random() < 0.2:
            conditions["is_available"] = True
        if chance.random() < 0.2:
            conditions["operators"] = frozenset({chance.choice(operators).upper()})
        if chance.random() < 0.3:
            words = chance.choice(cities).split()
            conditions["text"] = " ".join(words)[: chance.choice((3, 5, 40))]
        if chance.random() < 0.2:
            conditions["access"] = frozenset({Access.PUBLIC})
        if chance.random() < 0.2:
            conditions["source"] = "beta"
        sort = chance.choice((None, None, Sort.POWER, Sort.NAME, Sort.ID, Sort.RELEVANCE))
        searches.append(Criteria(area, Filters(**conditions), sort))  # type: ignore[arg-type] # - named conditions
    return searches


async def test_searches_find_what_the_oracle_finds(catalogue: Catalogue) -> None:
    known = await filled(catalogue)
    search, _ = await search_of(catalogue)
    found_any = 0
    for criteria in random_searches(known, 120):
        answers = expected(known, criteria, now_s=NOW.timestamp(), max_age_s=MAX_AGE_S)
        found = [one async for batch in search.every(criteria) for one in batch]
        assert [one.station_id for one in found] == [a.station.id for a in answers], criteria
        found_any += bool(found)
        for one, answer in zip(found, answers, strict=True):
            item = json.loads(as_json(one))
            assert item["name"] == answer.station.content.name
            assert item["available_count"] == answer.station.available_count(
                NOW.timestamp(), MAX_AGE_S
            )
            if answer.distance_m is not None:
                assert one.distance_m == pytest.approx(answer.distance_m, abs=CLOSE_M)
                assert item["distance_m"] == round(one.distance_m or 0)
            if answer.along_m is not None:
                assert one.along_m == pytest.approx(answer.along_m, abs=0.01)
            assert len(csv_cells(one)) == len(item) + 3
    assert found_any > 60


async def test_pages_follow_each_other_to_the_end(catalogue: Catalogue) -> None:
    known = await filled(catalogue)
    search, _ = await search_of(catalogue)
    for criteria in random_searches(known, 30):
        whole = [one.station_id async for batch in search.every(criteria) for one in batch]
        paged: list[int] = []
        cursor = None
        for _ in range(len(known)):
            page = await search.page(criteria, limit=37, cursor=cursor)
            paged += [one.station_id for one in page.found]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert paged == whole


@pytest.mark.parametrize("order", [Sort.RELEVANCE, Sort.NAME, Sort.ID])
async def test_common_words_are_found_through_a_ready_order(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, order: Sort
) -> None:
    monkeypatch.setattr("app.stations.index.search.MANY_CANDIDATES", 0)
    monkeypatch.setattr("app.stations.index.search._FIRST_SCAN", 8)
    known = await filled(catalogue)
    search, _ = await search_of(catalogue)
    criteria = Criteria(None, Filters(text="demo"), order)
    paged: list[int] = []
    cursor = None
    for _ in range(len(known)):
        page = await search.page(criteria, limit=40, cursor=cursor)
        paged += [one.station_id for one in page.found]
        cursor = page.next_cursor
        if cursor is None:
            break
    answers = expected(known, criteria, now_s=NOW.timestamp(), max_age_s=MAX_AGE_S)
    assert paged == [answer.station.id for answer in answers]
    assert len(paged) > COUNT / 2


async def test_a_cursor_fits_no_other_search(catalogue: Catalogue) -> None:
    await filled(catalogue)
    search, _ = await search_of(catalogue)
    page = await search.page(Criteria(), limit=1)
    with pytest.raises(CursorMismatch):
        await search.page(Criteria(sort=Sort.NAME), cursor=page.next_cursor)


async def test_orders_need_their_area(catalogue: Catalogue) -> None:
    search, _ = await search_of(catalogue)
    for criteria in (
        Criteria(sort=Sort.DISTANCE),
        Criteria(Near(Point(0, 0)), sort=Sort.ALONG),
        Criteria(Inside(Box(0, 0, 1, 1)), sort=Sort.DISTANCE),
    ):
        with pytest.raises(SortNeedsArea):
            await search.page(criteria)


async def test_a_tangled_route_is_refused(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(catalogue)
    search, _ = await search_of(catalogue)
    monkeypatch.setattr("app.geo.route.MAX_LOOKS", 10)
    around_the_world = tuple(Point(40, longitude) for longitude in range(-180, 181, 10))
    with pytest.raises(RouteTooTangled):
        await search.page(Criteria(Along(around_the_world, 50)))


async def test_long_routes_are_measured_in_a_thread_with_the_same_answer(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(catalogue)
    search, _ = await search_of(catalogue)
    criteria = Criteria(Along((Point(48, 2), Point(49, 3), Point(48, 4)), 50))
    at_once = await search.page(criteria, limit=500)
    monkeypatch.setattr("app.stations.index.beside.MANY_POINTS", 2)
    monkeypatch.setattr("app.stations.index.beside.MANY_CANDIDATES", 0)
    assert (await search.page(criteria, limit=500)).found == at_once.found


async def test_text_without_a_word_finds_nothing(catalogue: Catalogue) -> None:
    await filled(catalogue)
    search, _ = await search_of(catalogue)
    assert (await search.page(Criteria(None, Filters(text="…")))).found == []
    assert await search.clusters(Box(-180, -90, 180, 90), 3, Filters(text="…")) == []


async def test_the_last_word_may_be_a_beginning(catalogue: Catalogue) -> None:
    known = await filled(catalogue)
    search, _ = await search_of(catalogue)
    city = next(
        one.content.city for one in known if one.content.city and " " not in one.content.city
    )
    for text in (city, city[:-1], city.upper(), f"  {city[:3]} "):
        assert (await search.page(Criteria(None, Filters(text=text)))).found


async def test_a_sample_is_spread_and_repeatable(catalogue: Catalogue) -> None:
    await filled(catalogue)
    search, _ = await search_of(catalogue)
    criteria = Criteria(Inside(Box(-180, -90, 180, 90)))
    page = await search.page(criteria, limit=20, sample=True)
    assert page.next_cursor is None
    assert len(page.found) == 20
    assert page.found == (await search.page(criteria, limit=20, sample=True)).found
    latitudes = {round(json.loads(as_json(one))["latitude"] / 20) for one in page.found}
    first = await search.page(criteria, limit=20)
    assert len(latitudes) >= len(
        {round(json.loads(as_json(one))["latitude"] / 20) for one in first.found}
    )
    everything = await search.page(criteria, limit=COUNT, sample=True)
    assert len(everything.found) == COUNT


async def test_every_station_is_in_one_cluster(catalogue: Catalogue) -> None:
    known = await filled(catalogue)
    search, _ = await search_of(catalogue)
    for box in (Box(-180, -90, 180, 90), Box(100, -80, -30, 80)):
        inside = [one for one in known if box.contains(one.place)]
        for zoom in (0, 3, 9, 22):
            clusters = await search.clusters(box, zoom, Filters())
            assert sum(one.count for one in clusters) == len(inside)
            assert all(sum(one.power_counts) == one.count for one in clusters)
            assert not any(one.is_synthetic for one in clusters)
            assert all((one.station is not None) == (one.count == 1) for one in clusters)
            assert sum(one.available_count or 0 for one in clusters) == sum(
                one.available_count(NOW.timestamp(), MAX_AGE_S) or 0 for one in inside
            )
            strongest = max(one.max_power_w for one in inside) / 1000
            assert max(one.max_power_kw or 0 for one in clusters) == strongest


async def test_counts_are_those_of_shown_stations(catalogue: Catalogue) -> None:
    known = await filled(catalogue)
    search, _ = await search_of(catalogue)
    operators = dict(search.count_operators())
    assert sum(operators.values()) == sum(one.content.operator is not None for one in known)
    connectors = dict(search.count_connectors())
    for standard in ConnectorStandard:
        having = sum(
            any(
                connector.standard is standard
                for evse in one.content.evses
                for connector in evse.connectors
            )
            for one in known
        )
        assert connectors.get(standard.value, 0) == having


async def test_hours_are_parsed_before_the_first_search(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(catalogue)
    search, _ = await search_of(catalogue)

    def fail(opening: object) -> None:
        raise AssertionError(f"{opening} was not parsed yet")

    monkeypatch.setattr("app.stations.index.hours.parse", fail)
    assert (await search.page(Criteria(None, Filters(open_at=NOW)))).found


async def test_others_have_their_turn_between_the_batches_of_a_stream(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(catalogue)
    search, _ = await search_of(catalogue)
    monkeypatch.setattr("app.stations.search.BATCH", 10)
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    batches = [len(batch) async for batch in search.every(Criteria())]
    other.cancel()
    assert sum(batches) > COUNT / 2
    assert turns >= len(batches)

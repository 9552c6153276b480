"""What is done differently for many stations has the same answer."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.geo.bbox import Box
from app.stations.criteria import Filters, Sort
from app.stations.index import filters, search
from app.stations.index.aside import MANY_STATIONS, aside
from app.stations.index.assemble import assemble
from app.stations.index.columns import FACT_TYPES, SHOWN, STATION_TYPES, Chunk, Columns
from app.stations.index.filters import compile_tests
from app.stations.index.hours import OpenHours
from app.stations.index.registry import Registry
from app.stations.index.sampling import spread_evenly
from app.stations.index.search import Match, Query, find

COUNT = 2_000


def many(seed: int) -> Columns:
    generator = np.random.default_rng(seed)
    stations = {name: np.zeros(COUNT, kind) for name, kind in STATION_TYPES.items()}
    stations["ids"] = generator.permutation(3 * COUNT)[:COUNT].astype(np.int64) + 1
    stations["latitudes_e7"] = generator.integers(-900_000_000, 900_000_000, COUNT).astype(np.int32)
    stations["longitudes_e7"] = generator.integers(-1_800_000_000, 1_800_000_000, COUNT).astype(
        np.int32
    )
    stations["ranks"] = generator.integers(0, 5, COUNT).astype(np.uint16)
    stations["live"][:] = SHOWN
    facts = {name: np.zeros(0, kind) for name, kind in FACT_TYPES.items()}
    return assemble([Chunk(stations, facts, np.zeros(COUNT, np.int64), [b"name"] * COUNT)])


@pytest.mark.parametrize("order", [Sort.POWER, Sort.RELEVANCE])
@pytest.mark.parametrize("share", [0, 5, 2])
def test_texts_of_many_stations_are_ticked_off(
    monkeypatch: pytest.MonkeyPatch, order: Sort, share: int
) -> None:
    columns = many(1)
    wanted = np.sort(columns.ids)[::share] if share else np.empty(0, np.int64)
    registry = Registry()

    def ids_found() -> list[int]:
        tests = compile_tests(Filters(text="x"), registry, OpenHours(registry), wanted)
        (match,) = find([columns], Query(wanted, order, tests))
        return sorted(columns.ids[match.rows].tolist())

    assert ids_found() == wanted.tolist()
    monkeypatch.setattr(filters, "MANY_IDS", 0)
    monkeypatch.setattr(search, "LOOKUPS", 1)
    assert ids_found() == wanted.tolist()


@pytest.mark.parametrize("box", [Box(-180, -90, 180, 90), Box(100, -40, -100, 40)])
@pytest.mark.parametrize("count", [1, 7, 50, 500])
def test_a_sample_takes_one_of_each_square_before_a_second(box: Box, count: int) -> None:
    columns = many(2)
    registry = Registry()
    tests = compile_tests(Filters(), registry, OpenHours(registry), None)
    inside = find([columns], Query(box, Sort.ID, tests))
    (sample,) = spread_evenly(inside, box, count)
    assert len(sample.rows) == min(count, len(inside[0].rows))
    assert len(sample.rows) == len(set(sample.rows.tolist()))
    assert set(sample.rows.tolist()) <= set(inside[0].rows.tolist())
    assert spread_evenly([Match(columns, sample.rows)], box, count)[0].rows is sample.rows
    width_deg = box.width_deg / 4
    offsets = (columns.longitudes(sample.rows) - box.west) % 360
    if count == 50:
        assert np.bincount((offsets / width_deg).astype(int)).min() > count / 16


@pytest.mark.anyio
@pytest.mark.parametrize(("count", "is_here"), [(1, True), (MANY_STATIONS + 1, False)])
async def test_work_over_many_stations_is_done_in_a_thread(count: int, *, is_here: bool) -> None:
    thread = await aside(count, threading.current_thread)
    assert (thread is threading.current_thread()) is is_here

"""Searching columns: which stations, in which order, from where on. Pure and synchronous.

One call sees one state of the index, since nothing else runs on the event loop meanwhile.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from app.geo.bbox import Box
from app.geo.point import Point
from app.geo.route import Route
from app.stations.criteria import Sort
from app.stations.index import places
from app.stations.index.columns import Columns, Rows
from app.stations.index.filters import Test, sift

FIRST_RADIUS_M = 2_000.0
"""What a search for the nearest looks at first: enough in a city, cheap elsewhere."""

MOST_GROWTH = 4.0
"""Radii grow at most so much at a time: sixteenfold area, so the last try is the cost."""

CITY_RADIUS_M, FEW_CANDIDATES = 25_000.0, 4_096
"""In a circle of this size with so few stations, none of them need be left for a second look."""

READY_ORDERS = frozenset({Sort.ID, Sort.NAME, Sort.RELEVANCE})
"""Orders that do not depend on the search, so each set of columns holds them ready."""

_BLOCK = 1 << 16
"""Rows sifted at once where all are looked at: their columns stay in the processor's cache."""

MANY_CANDIDATES = 20_000
"""With more stations than this in a box, or with a word, a ready order is run through until a
page is full."""

LOOKUPS = 10
"""To look up a station by id takes as long as to sift so many."""

_FIRST_SCAN, _SCAN_GROWTH = 1_024, 4

Floats = npt.NDArray[np.float64]
Key = float | int | bytes


class Circle(msgspec.Struct, frozen=True):
    """Within ``radius_m`` of a point, border included."""

    centre: Point
    radius_m: float


@dataclass(frozen=True, slots=True)
class Corridor:
    """Within ``corridor_m`` of a route, border included."""

    route: Route
    corridor_m: float


Shape = Circle | Box | Corridor | Rows | None
"""Where to look. Ids stand for the stations that a text matches, anywhere."""


class After(NamedTuple):
    """Where the page before ended: key and id of its last station."""

    key: Key
    station_id: int


class Query(msgspec.Struct, frozen=True):
    """One search, made ready."""

    shape: Shape
    order: Sort
    tests: Sequence[Test]
    after: After | None = None
    count: int | None = None
    """At most so many; ``None`` for all."""

    @property
    def is_ready_page(self) -> bool:
        """Whether a page is wanted in an order that the columns hold ready."""
        return self.count is not None and self.order in READY_ORDERS


class Match(NamedTuple):
    """Stations of some columns that match, in no order."""

    columns: Columns
    rows: Rows
    distances_m: Floats | None = None
    along_m: Floats | None = None

    def take(self, positions: npt.NDArray[Any]) -> Match:
        """Those at some positions."""
        return Match(
            self.columns,
            self.rows[positions],
            None if self.distances_m is None else self.distances_m[positions],
            None if self.along_m is None else self.along_m[positions],
        )


def find(tiers: Sequence[Columns], query: Query) -> list[Match]:
    """Stations that match, from each of some columns, enough for a page.

    Args:
        tiers: Columns that together are the catalogue.
        query: Matches up to its ``after`` may be left in.

    Raises:
        RouteTooTangledError: See ``geo.route``.

    Cost: a fixed 0.05 ms and some 20 ns a station near the area; a listing of everything
    by power, date or relevance looks at every station (10 ms a million).
    """
    shape = query.shape
    if isinstance(shape, Circle):
        return _find_around(tiers, shape, query)
    return [_find_in(columns, shape, query) for columns in tiers]


def _find_around(tiers: Sequence[Columns], circle: Circle, query: Query) -> list[Match]:
    """All of the circle, or for the nearest alone a part of it that is grown until it will do."""
    centre, radius_m = circle.centre, circle.radius_m
    if query.order is not Sort.DISTANCE or query.count is None or radius_m <= FIRST_RADIUS_M:
        return [_within(columns, centre, radius_m, query.tests) for columns in tiers]
    if radius_m <= CITY_RADIUS_M:
        runs = [places.runs_around(columns, centre, radius_m) for columns in tiers]
        if sum(part.row_count() for part in runs) <= FEW_CANDIDATES:
            return [
                _within(columns, centre, radius_m, query.tests, part)
                for columns, part in zip(tiers, runs, strict=True)
            ]
    reached_m = float(query.after.key) if query.after else 0.0
    tried_m = min(radius_m, max(FIRST_RADIUS_M, 1.5 * reached_m))
    while True:
        matches = [_within(columns, centre, tried_m, query.tests) for columns in tiers]
        seen = sum(_count_after(match, query.after) for match in matches)
        if seen >= query.count or tried_m >= radius_m:
            return matches
        growth = math.sqrt(1.5 * query.count / seen) if seen else MOST_GROWTH
        tried_m *= min(max(growth, 1.5), MOST_GROWTH)
        if tried_m * 1.5 > radius_m:
            tried_m = radius_m


def _within(
    columns: Columns,
    centre: Point,
    radius_m: float,
    tests: Sequence[Test],
    runs: places.Runs | None = None,
) -> Match:
    runs = places.runs_around(columns, centre, radius_m) if runs is None else runs
    rows = sift(columns, runs.rows(), tests)
    distances_m = places.distances_of(columns, rows, centre)
    is_within = distances_m <= radius_m
    return Match(columns, rows[is_within], distances_m[is_within])


def _count_after(match: Match, after: After | None) -> int:
    if after is None or match.distances_m is None:
        return len(match.rows)
    return int((match.distances_m > float(after.key)).sum())


def _find_in(columns: Columns, shape: Shape, query: Query) -> Match:
    if isinstance(shape, Corridor):
        return measure_beside(shape, candidates_beside(columns, shape, query.tests))
    if isinstance(shape, Box):
        return Match(columns, _find_inside(columns, shape, query))
    if isinstance(shape, np.ndarray):
        if query.is_ready_page and len(shape) > MANY_CANDIDATES:
            return Match(columns, _scan(columns, query, query.tests))
        if len(shape) * LOOKUPS < columns.size:
            return Match(columns, sift(columns, columns.rows_of(shape), query.tests))
    elif query.is_ready_page:
        return Match(columns, _scan(columns, query, query.tests))
    blocks = [
        sift(columns, np.arange(first, min(first + _BLOCK, columns.size)), query.tests)
        for first in range(0, columns.size, _BLOCK)
    ]
    return Match(columns, np.concatenate([np.empty(0, np.int64), *blocks]))


def candidates_beside(columns: Columns, corridor: Corridor, tests: Sequence[Test]) -> Match:
    """Those that pass and may lie within a corridor.

    Cost: 20 ns a station near the route, and 1 µs a disc over it.
    """
    rows = places.rows_beside(columns, corridor.route, corridor.corridor_m)
    return Match(columns, sift(columns, rows, tests))


def measure_beside(corridor: Corridor, candidates: Match) -> Match:
    """Those within the corridor, with their places along it.

    Looks at nothing that ever changes, so that another thread may do it.

    Raises:
        RouteTooTangledError: See ``geo.route``.

    Cost: about 1 µs a candidate near a simple route, some 0.2 s at most.
    """
    columns, rows = candidates.columns, candidates.rows
    found = places.nearest_on_route(columns, rows, corridor.route, corridor.corridor_m)
    return Match(columns, rows[found.positions], found.distances_m, found.along_m)


def find_inside(columns: Columns, box: Box, tests: Sequence[Test]) -> Rows:
    """Rows in a box that pass."""
    rows = places.runs_near(columns, box).rows()
    return sift(columns, rows, (places.inside(box), *tests))


def _find_inside(columns: Columns, box: Box, query: Query) -> Rows:
    runs = places.runs_near(columns, box)
    tests = (places.inside(box), *query.tests)
    if query.is_ready_page and runs.row_count() > MANY_CANDIDATES:
        return _scan(columns, query, tests)
    return sift(columns, runs.rows(), tests)


def _scan(columns: Columns, query: Query, tests: Sequence[Test]) -> Rows:
    """The first rows of a ready order that pass: stops as soon as there are enough."""
    order = _ready_order(columns, query.order)
    start = 0 if query.after is None else rank_after(columns, query.order, query.after)
    size, found, missing = _FIRST_SCAN, [np.empty(0, np.int64)], query.count or 0
    while missing > 0 and start < len(order):
        rows = sift(columns, order[start : start + size].astype(np.int64), tests)
        found.append(rows)
        missing -= len(rows)
        start, size = start + size, size * _SCAN_GROWTH
    return np.concatenate(found)


def _ready_order(columns: Columns, order: Sort) -> npt.NDArray[Any]:
    if order is Sort.NAME:
        return columns.name_order
    return columns.id_order if order is Sort.ID else columns.rank_order


def rank_after(columns: Columns, order: Sort, after: After) -> int:
    """How many stations stand at or before a place in a ready order."""
    rows = _ready_order(columns, order)

    def place(position: int) -> tuple[Key, int]:
        row, station_id = int(rows[position]), int(columns.ids[rows[position]])
        if order is Sort.NAME:
            return columns.name(row), station_id
        return (0 if order is Sort.ID else -int(columns.ranks[row])), station_id

    key = after.key
    if order is not Sort.NAME:
        key = 0 if order is Sort.ID else -float(key)
    return bisect.bisect_right(range(columns.size), (key, after.station_id), key=place)

"""From an area to the rows that lie in it: cells first, then the exact test."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.geo.bands import BAND_DEG, cell_ranges, cell_ranges_around
from app.geo.bbox import Box, around
from app.geo.distance import EARTH_RADIUS_M, distances_m
from app.geo.point import Point
from app.geo.route import Nearest, Route
from app.stations.index.columns import Columns, Mask, Rows, positions, run_through

FEW = 256
"""Among so few stations (recent changes, mostly) all are candidates: cheaper than cells."""

DISC_CORRIDORS, MIN_DISC_M = 2, 2_500.0
"""Discs over a route are about two corridors wide: few, and not much wider than the route."""

MAX_RUNS = 300_000
"""A route whose discs make more runs of cells than this looks at all stations instead."""

_BAND_M = BAND_DEG / 360 * 2 * np.pi * EARTH_RADIUS_M

Floats = npt.NDArray[np.float64]


class Runs(NamedTuple):
    """Rows of some cells, as ranges that do not overlap."""

    starts: Rows
    counts: Rows
    ends: Rows
    """Behind each run's last row, counted through all runs."""

    @classmethod
    def between(cls, starts: Rows, ends: Rows) -> Runs:
        """Ranges from each start to before its end; at least one."""
        counts = ends - starts
        return cls(starts, counts, counts.cumsum())

    def row_count(self) -> int:
        """How many rows."""
        return self.ends.item(-1)

    def rows(self) -> Rows:
        """All of them."""
        if len(self.starts) == 1:
            # Of Python's integers: numpy's own make it five times slower.
            first = self.starts.item()
            return np.arange(first, first + self.counts.item())
        return run_through(self.starts, self.counts, self.ends)


def runs_near(columns: Columns, box: Box) -> Runs:
    """Rows whose cells touch a box: all that lie in it, and a few around it."""
    if columns.size <= FEW:
        return Runs.between(np.zeros(1, np.int64), np.array([columns.size]))
    firsts, lasts = cell_ranges(box)
    cells = columns.cells
    return Runs.between(cells.searchsorted(firsts), cells.searchsorted(lasts, side="right"))


def inside(box: Box) -> Callable[[Columns, Rows], Mask]:
    """The test whether rows lie in a box, borders included."""
    ranges = box.longitude_ranges()

    def test(columns: Columns, rows: Rows) -> Mask:
        latitudes, longitudes = columns.latitudes(rows), columns.longitudes(rows)
        fits = np.zeros(len(rows), np.bool_)
        for west, east in ranges:
            fits |= (longitudes >= west) & (longitudes <= east)
        fits &= (latitudes >= box.south) & (latitudes <= box.north)
        return fits

    return test


def runs_around(columns: Columns, centre: Point, radius_m: float) -> Runs:
    """Rows that may lie in a circle."""
    return runs_near(columns, around(centre, radius_m))


def distances_of(columns: Columns, rows: Rows, centre: Point) -> Floats:
    """Great-circle metres from a point to rows."""
    return distances_m(centre, columns.latitudes(rows), columns.longitudes(rows))


def rows_beside(columns: Columns, route: Route, corridor_m: float) -> Rows:
    """Rows that may lie within a corridor, ascending."""
    if columns.size <= FEW:
        return columns.all_rows
    latitudes, longitudes, radii_m = route.discs(max(MIN_DISC_M, DISC_CORRIDORS * corridor_m))
    radii_m += corridor_m
    if float((2 * radii_m / _BAND_M + 2).sum()) > MAX_RUNS:
        return columns.all_rows
    firsts, lasts = cell_ranges_around(latitudes, longitudes, radii_m)
    starts = np.searchsorted(columns.cells, firsts)
    ends = np.searchsorted(columns.cells, lasts, side="right")
    return _union(starts, ends)


def nearest_on_route(columns: Columns, rows: Rows, route: Route, corridor_m: float) -> Nearest:
    """Which rows lie within the corridor, by position, and where along the route."""
    return route.nearest(columns.latitudes(rows), columns.longitudes(rows), corridor_m=corridor_m)


def _union(starts: Rows, ends: Rows) -> Rows:
    """All positions of runs that may overlap, each once, ascending."""
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    is_apart = starts[1:] > ends[:-1]
    firsts = starts[np.append(True, is_apart)]
    lasts = ends[np.append(is_apart, True)]
    return positions(firsts, lasts - firsts)

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.geo.bands import (
    LAST_BAND,
    LONGITUDE_BITS,
    Cells,
    band_of,
    cell_ranges,
    cell_ranges_around,
    cells_of,
    step_of,
)
from app.geo.bbox import Box, around
from app.geo.point import Point

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
points = st.builds(Point, latitudes, longitudes)


def test_bands_reach_from_pole_to_pole() -> None:
    assert band_of(-90) == 0
    assert band_of(90) == LAST_BAND
    assert step_of(-180) == 0
    assert step_of(180) == (1 << LONGITUDE_BITS) - 1


@given(points)
def test_a_cell_is_band_and_step(point: Point) -> None:
    (cell,) = cells_of(np.array([point.latitude]), np.array([point.longitude])).tolist()
    assert divmod(cell, 1 << LONGITUDE_BITS) == (band_of(point.latitude), step_of(point.longitude))


@given(points, points, points)
def test_runs_hold_every_point_of_a_box_once(one: Point, two: Point, point: Point) -> None:
    south, north = sorted((one.latitude, two.latitude))
    box = Box(one.longitude, south, two.longitude, north)
    firsts, lasts = cell_ranges(box)
    assert np.all(firsts <= lasts)
    assert np.all(firsts[1:] > lasts[:-1])
    holding = _holding(firsts, lasts, point)
    assert holding <= 1
    if box.contains(point):
        assert holding == 1


def test_ranges_that_share_a_step_are_one() -> None:
    firsts, lasts = cell_ranges(Box(10.0001, 0.001, 10.0, 0.002))
    assert len(firsts) == 1
    assert _holding(firsts, lasts, Point(0.0015, -77.0)) == 1


def test_a_box_round_the_globe_is_one_run() -> None:
    firsts, lasts = cell_ranges(Box(-180, -90, 180, 90))
    assert len(firsts) == 1
    assert _holding(firsts, lasts, Point(90, 180)) == 1


@given(st.lists(st.tuples(points, st.floats(0, 2_000_000)), min_size=1, max_size=4), points)
def test_runs_around_circles_hold_the_boxes_around_them(
    circles: list[tuple[Point, float]], point: Point
) -> None:
    firsts, lasts = cell_ranges_around(
        np.array([centre.latitude for centre, _ in circles]),
        np.array([centre.longitude for centre, _ in circles]),
        np.array([radius_m for _, radius_m in circles]),
    )
    if any(around(centre, radius_m).contains(point) for centre, radius_m in circles):
        assert _holding(firsts, lasts, point) >= 1


def _holding(firsts: Cells, lasts: Cells, point: Point) -> int:
    cell = cells_of(np.array([point.latitude]), np.array([point.longitude]))
    return int(((firsts <= cell) & (cell <= lasts)).sum())

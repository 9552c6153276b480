"""Lines of great circles."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.arc import STEP_M, along_arcs, length_m
from app.geo.distance import EARTH_RADIUS_M, haversine_m
from app.geo.point import Point

POINTS = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@given(st.lists(POINTS, min_size=2, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_line_is_as_long_as_its_arcs_and_its_points_lie_close(points: list[Point]) -> None:
    line = along_arcs(points)
    assert length_m(line) == pytest.approx(length_m(points), rel=1e-6, abs=0.01)
    assert all(haversine_m(a, b) <= STEP_M * (1 + 1e-6) for a, b in pairwise(line))
    assert all(abs(one.latitude) <= 90 and abs(one.longitude) <= 180 for one in line)
    assert (line[0], line[-1]) == (points[0], points[-1])
    assert [one for one in line if one in points][: len(points)]


@pytest.mark.parametrize(
    ("start", "end"),
    [((0, 0), (0, 180)), ((90, 0), (-90, 0)), ((48.8, 2.3), (-48.8, -177.7))],
)
def test_to_the_antipode_leads_half_a_circle(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    line = along_arcs([Point(*start), Point(*end)])
    assert length_m(line) == pytest.approx(math.pi * EARTH_RADIUS_M, rel=1e-6)
    assert len(line) == 802


def test_near_points_are_joined_straight_and_all_are_kept() -> None:
    points = [Point(48.85, 2.35), Point(48.86, 2.36), Point(48.86, 2.36), Point(48.85, 2.35)]
    assert along_arcs(points) == points


def test_the_shorter_way_leads_over_the_antimeridian() -> None:
    line = along_arcs([Point(0, 179), Point(0, -179)])
    assert all(abs(one.longitude) >= 179 for one in line)
    assert length_m(line) == pytest.approx(2 * math.radians(1) * EARTH_RADIUS_M)

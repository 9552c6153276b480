from __future__ import annotations

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from app.geo.distance import EARTH_RADIUS_M, distances_m, haversine_m, unit_vectors
from app.geo.point import Point

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))

SPHERICAL_ERROR = 0.0057
"""How far the sphere is off the ellipsoid at most, as a share of the distance."""


@given(points, points)
def test_distance_is_symmetric_and_at_most_half_the_globe(one: Point, two: Point) -> None:
    there, back = haversine_m(one, two), haversine_m(two, one)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= math.pi * EARTH_RADIUS_M + 1e-6


@given(points)
def test_a_point_is_no_distance_from_itself(point: Point) -> None:
    assert haversine_m(point, point) == 0
    latitudes, longitudes = np.array([[point.latitude], [point.longitude]])
    assert distances_m(point, latitudes, longitudes).tolist() == [0]


@given(points, points, points)
def test_a_detour_is_no_shortcut(one: Point, two: Point, three: Point) -> None:
    assert haversine_m(one, three) <= haversine_m(one, two) + haversine_m(two, three) + 0.3


@given(points, points)
def test_the_sphere_is_near_the_ellipsoid(one: Point, two: Point) -> None:
    ellipsoid_m = Geodesic.WGS84.Inverse(one.latitude, one.longitude, two.latitude, two.longitude)[
        "s12"
    ]
    assert haversine_m(one, two) == pytest.approx(ellipsoid_m, rel=SPHERICAL_ERROR, abs=1e-3)


@given(points, st.lists(points, max_size=5))
def test_many_distances_are_those_of_one_by_one(centre: Point, others: list[Point]) -> None:
    degrees = np.array(others, float).reshape(-1, 2)
    many_m = distances_m(centre, degrees[:, 0], degrees[:, 1])
    # Near the opposite end of the globe the formula itself loses digits.
    assert many_m == pytest.approx([haversine_m(centre, other) for other in others], abs=0.3)


def test_a_degree_of_latitude_is_111_km() -> None:
    assert haversine_m(Point(0, 0), Point(1, 0)) == pytest.approx(111_195.08, abs=0.01)


def test_opposite_ends_are_half_the_circumference_apart() -> None:
    half_m = math.pi * EARTH_RADIUS_M
    assert haversine_m(Point(0, 0), Point(0, 180)) == pytest.approx(half_m)
    assert haversine_m(Point(90, 0), Point(-90, 77)) == pytest.approx(half_m)


def test_the_antimeridian_is_no_border() -> None:
    assert haversine_m(Point(0, 179.9), Point(0, -179.9)) == pytest.approx(22_239.0, abs=0.1)


@given(points)
def test_unit_vectors_have_length_one(point: Point) -> None:
    x, y, z = unit_vectors(np.array([point.latitude]), np.array([point.longitude]))
    assert float(x[0] ** 2 + y[0] ** 2 + z[0] ** 2) == pytest.approx(1)

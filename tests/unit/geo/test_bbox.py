from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geo.bbox import Box, around, wrap_longitude
from app.geo.distance import EARTH_RADIUS_M, haversine_m
from app.geo.point import Point

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@given(
    points,
    st.floats(0, 3_000_000),
    st.floats(0, 2 * math.pi),
    st.floats(0, 1),
)
def test_a_box_around_a_circle_holds_every_point_of_it(
    centre: Point, radius_m: float, bearing: float, share: float
) -> None:
    point = _moved(centre, bearing, radius_m * share)
    if haversine_m(centre, point) <= radius_m:
        assert around(centre, radius_m).contains(point)


def test_a_circle_over_a_pole_has_all_longitudes() -> None:
    box = around(Point(89.99, 10), 5_000)
    assert (box.west, box.east, box.north) == (-180, 180, 90)
    assert around(Point(-90, 0), 0).west == -180


def test_a_circle_over_the_antimeridian_wraps() -> None:
    box = around(Point(0, 179.99), 10_000)
    assert box.west > box.east
    assert box.contains(Point(0, -179.99))
    assert not box.contains(Point(0, 0))


def test_a_circle_that_nearly_reaches_the_poles_is_half_the_globe() -> None:
    box = around(Point(0, 0), EARTH_RADIUS_M * math.pi / 2 * 0.999_999_9)
    assert box.width_deg == pytest.approx(180, abs=0.1)


def test_the_two_antimeridians_are_one() -> None:
    assert Box(170, -1, 180, 1).contains(Point(0, -180))
    assert Box(-180, -1, -170, 1).contains(Point(0, 180))
    assert not Box(-170, -1, 170, 1).contains(Point(0, 180))


def test_borders_belong_to_a_box() -> None:
    assert Box(1, 2, 3, 4).contains(Point(2, 1))
    assert Box(1, 2, 3, 4).contains(Point(4, 3))
    assert not Box(1, 2, 3, 4).contains(Point(4.0000001, 3))


@pytest.mark.parametrize(
    ("box", "width_deg"),
    [(Box(1, 0, 3, 0), 2), (Box(170, 0, -170, 0), 20), (Box(-180, 0, 180, 0), 360)],
)
def test_width(box: Box, width_deg: float) -> None:
    assert box.width_deg == width_deg


@pytest.mark.parametrize(
    ("longitude", "wrapped"), [(190, -170), (-190, 170), (180, 180), (-180, -180), (5, 5)]
)
def test_wrap_longitude(longitude: float, wrapped: float) -> None:
    assert wrap_longitude(longitude) == wrapped


def _moved(start: Point, bearing: float, distance_m: float) -> Point:
    angle = distance_m / EARTH_RADIUS_M
    latitude, longitude = math.radians(start.latitude), math.radians(start.longitude)
    sine = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(
        bearing
    )
    end = math.asin(max(-1.0, min(1.0, sine)))
    turn = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(latitude),
        math.cos(angle) - math.sin(latitude) * math.sin(end),
    )
    east = math.degrees(longitude + turn)
    return Point(math.degrees(end), (east + 540) % 360 - 180)

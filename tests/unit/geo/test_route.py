from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo import route as route_module
from app.geo.distance import EARTH_RADIUS_M, haversine_m
from app.geo.point import Point
from app.geo.route import RouteTooTangledError, build_route
from tests.fixtures.oracle import beside_route_m

EVERYWHERE_M = math.pi * EARTH_RADIUS_M + 1

points = st.builds(Point, st.floats(-89.9, 89.9), st.floats(-180, 180))
nearby = st.builds(Point, st.floats(48, 48.5), st.floats(2, 2.5))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(points, min_size=2, max_size=6) | st.lists(nearby, min_size=2, max_size=12),
    st.lists(points | nearby, min_size=1, max_size=5),
)
def test_distances_are_those_of_leg_by_leg(route: list[Point], places: list[Point]) -> None:
    found = _nearest(route, places, EVERYWHERE_M)
    assert found.positions.tolist() == list(range(len(places)))
    expected = [beside_route_m(route, place)[0] for place in places]
    assert found.distances_m == pytest.approx(expected, abs=1e-3)


def test_along_is_measured_from_the_start_of_the_route() -> None:
    route = [Point(0, 0), Point(0, 1), Point(1, 1)]
    found = _nearest(route, [Point(0.1, 0.5), Point(0.5, 1.1), Point(-1, -1)], EVERYWHERE_M)
    degree_m = haversine_m(Point(0, 0), Point(0, 1))
    assert found.along_m == pytest.approx([degree_m / 2, degree_m * 1.5, 0], rel=1e-4)


def test_a_place_that_is_passed_twice_is_met_the_first_time() -> None:
    there_and_back = [Point(0, 0), Point(0, 2), Point(0, 0)]
    found = _nearest(there_and_back, [Point(0.01, 0.5)], 10_000)
    assert found.along_m[0] == pytest.approx(haversine_m(Point(0, 0), Point(0, 0.5)), abs=1)


def test_the_corridor_has_a_border_that_belongs_to_it() -> None:
    place = Point(1, 0.5)
    distance_m, _ = beside_route_m([Point(0, 0), Point(0, 1)], place)
    assert len(_nearest([Point(0, 0), Point(0, 1)], [place], distance_m + 1e-6).positions) == 1
    assert len(_nearest([Point(0, 0), Point(0, 1)], [place], distance_m - 1e-3).positions) == 0


def test_a_route_may_stand_still_and_cross_the_antimeridian() -> None:
    route = [Point(10, 179.9), Point(10, 179.9), Point(10, -179.9)]
    found = _nearest(route, [Point(10, 180), Point(10, 0)], 1_000)
    assert found.positions.tolist() == [0]


def test_a_route_of_one_point_is_a_circle() -> None:
    found = _nearest([Point(48, 2)], [Point(48, 2.001), Point(49, 2)], 100)
    assert found.positions.tolist() == [0]
    assert found.along_m.tolist() == [0]


def test_a_leg_to_the_other_end_of_the_globe_takes_some_great_circle() -> None:
    route = build_route([Point(0, 0), Point(0, 180)])
    assert route.length_m == pytest.approx(math.pi * EARTH_RADIUS_M)
    assert len(_nearest([Point(0, 0), Point(0, 180)], [Point(0, 0)], 1).positions) == 1


def test_discs_hold_the_route() -> None:
    legs = [Point(48 + math.sin(i / 5) / 10, 2 + i / 20) for i in range(60)]
    latitudes, longitudes, radii_m = build_route(legs).discs(20_000)
    assert len(radii_m) < 60
    for start, end in pairwise(legs):
        for share in (0, 0.3, 1):
            place = Point(
                start.latitude + share * (end.latitude - start.latitude),
                start.longitude + share * (end.longitude - start.longitude),
            )
            assert any(
                haversine_m(Point(latitude, longitude), place) <= radius_m + 5
                for latitude, longitude, radius_m in zip(
                    latitudes, longitudes, radii_m, strict=True
                )
            )


def test_points_are_taken_half_by_half_where_pairs_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = np.random.default_rng(1)
    route = [Point(*pair) for pair in generator.uniform(0, 1, (50, 2))]
    places = [Point(*pair) for pair in generator.uniform(0, 1, (64, 2))]
    whole = _nearest(route, places, 20_000)
    monkeypatch.setattr(route_module, "_PAIRS_AT_ONCE", 20)
    parts = _nearest(route, places, 20_000)
    assert parts.distances_m.tolist() == whole.distances_m.tolist()
    assert parts.along_m.tolist() == whole.along_m.tolist()


def test_a_hopeless_tangle_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_module, "MAX_LOOKS", 1_000)
    generator = np.random.default_rng(1)
    route = [Point(*pair) for pair in generator.uniform(0, 1, (200, 2))]
    with pytest.raises(RouteTooTangledError):
        _nearest(route, route[:50], 100_000)


@pytest.mark.parametrize("seed", range(3))
def test_long_routes_are_measured_as_leg_by_leg(seed: int) -> None:
    generator = np.random.default_rng(seed)
    steps = generator.normal(0, 0.02, (200, 2)) * ((1, 1), (0, 1), (0.01, 3))[seed % 3]
    route = [Point(*pair) for pair in np.cumsum(steps, axis=0) + np.array([48, 2])]
    places = [Point(*pair) for pair in generator.normal((48, 2), 0.3, (80, 2))]
    found = _nearest(route, places, 20_000)
    expected = {
        number: passed
        for number, place in enumerate(places)
        if (passed := beside_route_m(route, place))[0] <= 20_000
    }
    assert found.positions.tolist() == list(expected)
    assert found.distances_m == pytest.approx([passed[0] for passed in expected.values()], abs=1e-3)
    assert found.along_m == pytest.approx([passed[1] for passed in expected.values()], abs=0.1)


def test_a_leg_that_is_taken_again_costs_nothing() -> None:
    there_and_back = build_route([Point(0, 0), Point(0, 0.04)] * 5_000)
    assert len(there_and_back.angles) == 1
    assert there_and_back.length_m == pytest.approx(
        9_999 * haversine_m(Point(0, 0), Point(0, 0.04))
    )


def test_many_points_along_a_straight_way_are_no_tangle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_module, "MAX_LOOKS", 60_000)
    route = [Point(round(48 + i / 2_000, 5), round(2 + i / 1_000, 5)) for i in range(10_000)]
    generator = np.random.default_rng(2)
    places = [Point(*pair) for pair in generator.uniform((48, 2), (53, 12), (2_000, 2))]
    assert len(_nearest(route, places, 50_000).positions) > 300


def test_more_points_than_could_be_looked_at_are_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(route_module, "MAX_LOOKS", 100)
    with pytest.raises(RouteTooTangledError):
        _nearest([Point(0, 0), Point(0, 1)], [Point(0, 0)] * 100, 1_000)


def _nearest(route: list[Point], places: list[Point], corridor_m: float) -> route_module.Nearest:
    degrees = np.array(places, float).reshape(-1, 2)
    return build_route(route).nearest(degrees[:, 0], degrees[:, 1], corridor_m=corridor_m)

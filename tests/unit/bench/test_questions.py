"""Queries drawn by chance: the same for the same seed, about real places."""

from __future__ import annotations

from app.bench.questions import Place, draw_questions, route_length_km
from app.geo.point import Point
from app.stations.criteria import Along, Near

PLACES = [
    Place(Point(48.85, 2.35), "ccs2", 150.0, "Paris"),
    Place(Point(-33.9, 151.2), "type2", 3.7, "Sydney"),
] * 5


def test_the_same_seed_draws_the_same_queries() -> None:
    assert draw_questions(PLACES, 1) == draw_questions(PLACES, 1)
    assert draw_questions(PLACES, 1) != draw_questions(PLACES, 2)


def test_a_query_asks_near_a_place_for_what_is_there() -> None:
    question = draw_questions(PLACES, 1).nearest[0]
    assert abs(question.centre.latitude - 48.85) < 0.2
    assert question.min_power_kw <= 150
    assert isinstance(question.criteria.area, Near)
    assert question.target.startswith("/api/v1/stations?latitude=48.")
    assert "connector=ccs2" in question.target


def test_routes_are_300_km_long_and_head_for_the_equator() -> None:
    for criteria in draw_questions(PLACES, 1).corridors:
        assert isinstance(criteria.area, Along)
        points = criteria.area.points
        assert 299 < route_length_km(points) < 301
        assert abs(points[-1].latitude) < abs(points[0].latitude) + 1


def test_map_views_stay_on_the_map() -> None:
    for box, zoom in draw_questions(PLACES, 1).cluster_boxes:
        assert zoom in (5, 8)
        assert -180 <= box.west < box.east <= 180
        assert -85 <= box.south < box.north <= 85

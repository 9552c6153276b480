"""Lines of great circles, in points close enough to be drawn straight."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from app.geo.distance import EARTH_RADIUS_M, Floats, haversine_m
from app.geo.point import Point

STEP_M = 25_000.0
"""Apart by this the middle of a straight piece is some 12 m beside its arc."""

_HARDLY_APART = 1e-9
"""Of the sphere's radius: less than a centimetre beside the antipode."""


def along_arcs(points: Sequence[Point]) -> list[Point]:
    """The points, and others between them at most ``STEP_M`` apart.

    Between a point and its antipode, where every direction is as short, the arc over a pole.

    Cost: some 0.5 µs a point, of which a leg has 801 at most.
    """
    line = list(points[:1])
    for start, end in pairwise(points):
        line += _between(start, end)
        line.append(end)
    return line


def length_m(points: Sequence[Point]) -> float:
    """The length of a line of great-circle arcs, in metres."""
    return math.fsum(haversine_m(start, end) for start, end in pairwise(points))


def _between(start: Point, end: Point) -> Iterator[Point]:
    distance_m = haversine_m(start, end)
    pieces = math.ceil(distance_m / STEP_M)
    if pieces < 2:
        return
    from_vector, to_vector = _vector(start), _vector(end)
    sideways = to_vector - from_vector * (from_vector @ to_vector)
    if np.linalg.norm(sideways) < _HARDLY_APART:
        sideways = _northwards(start)
    sideways /= np.linalg.norm(sideways)
    angles = np.arange(1, pieces) * (distance_m / EARTH_RADIUS_M / pieces)
    vectors = np.outer(np.cos(angles), from_vector) + np.outer(np.sin(angles), sideways)
    latitudes = np.degrees(np.arcsin(np.clip(vectors[:, 2], -1, 1)))
    longitudes = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
    yield from map(Point, latitudes.tolist(), longitudes.tolist())


def _vector(point: Point) -> Floats:
    latitude, longitude = math.radians(point.latitude), math.radians(point.longitude)
    flat = math.cos(latitude)
    return np.array([flat * math.cos(longitude), flat * math.sin(longitude), math.sin(latitude)])


def _northwards(point: Point) -> Floats:
    return _vector(Point(point.latitude + 90, point.longitude))

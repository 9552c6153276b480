"""Great-circle distances on the sphere that every answer of VoltWay uses.

Source: haversine on a sphere of the IUGG mean radius. Against the WGS 84 ellipsoid the
error is below 0.57 %.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from app.geo.point import Point

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of WGS 84 (IUGG), in metres."""

Floats = npt.NDArray[np.float64]

# As arrays, which numpy takes in half the time that it needs for Python's numbers.
_HALF_DEG_RAD = math.pi / 360
_HALF_DEG = np.array(_HALF_DEG_RAD)
_FARTHEST = np.array(1.0)
_DIAMETER_M = np.array(2 * EARTH_RADIUS_M)


def haversine_m(start: Point, end: Point) -> float:
    """Great-circle distance of two points, in metres: 0 to half the circumference."""
    start_rad, end_rad = math.radians(start.latitude), math.radians(end.latitude)
    half_height = math.sin((end_rad - start_rad) / 2)
    half_width = math.sin(math.radians(end.longitude - start.longitude) / 2)
    share = half_height**2 + math.cos(start_rad) * math.cos(end_rad) * half_width**2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(share)))


def distances_m(centre: Point, latitudes: Floats, longitudes: Floats) -> Floats:
    """Great-circle distances from a point to many, in metres.

    Args:
        centre: In degrees.
        latitudes: Degrees, shape (n,).
        longitudes: Degrees, shape (n,).

    Cost: about 40 ns a point and 10 µs a call.
    """
    half_heights, half_widths = latitudes * _HALF_DEG, longitudes * _HALF_DEG
    flat = np.cos(half_heights + half_heights)
    flat *= math.cos(math.radians(centre.latitude))
    half_heights -= centre.latitude * _HALF_DEG_RAD
    half_widths -= centre.longitude * _HALF_DEG_RAD
    # In place, since among the few points of a city making arrays takes longer than sines.
    for half in (half_heights, half_widths):
        np.sin(half, out=half)
        np.multiply(half, half, out=half)
    half_widths *= flat
    half_heights += half_widths
    distances: Floats = np.sqrt(half_heights, out=half_heights)
    np.minimum(distances, _FARTHEST, out=distances)
    np.arcsin(distances, out=distances)
    distances *= _DIAMETER_M
    return distances


def unit_vectors(latitudes: Floats, longitudes: Floats) -> tuple[Floats, Floats, Floats]:
    """Points on the sphere of radius 1, as arrays of x, y and z."""
    latitudes_rad, longitudes_rad = np.radians(latitudes), np.radians(longitudes)
    flat = np.cos(latitudes_rad)
    return flat * np.cos(longitudes_rad), flat * np.sin(longitudes_rad), np.sin(latitudes_rad)

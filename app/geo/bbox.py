"""Boxes on the sphere."""

from __future__ import annotations

import math
from typing import NamedTuple

from app.geo.distance import EARTH_RADIUS_M
from app.geo.point import Point

SLACK_DEG = 1e-9
"""Boxes around circles are this much wider (0.1 mm): rounding must not lose the border."""


class Box(NamedTuple):
    """A box in degrees, borders included; ``west > east`` crosses the antimeridian.

    The meridians −180 and 180 are one: a box that touches one has the points of the other.
    """

    west: float
    south: float
    east: float
    north: float

    def longitude_ranges(self) -> tuple[tuple[float, float], ...]:
        """The longitudes as ascending ranges within −180…180, borders included."""
        if self.west > self.east:
            return (self.west, 180.0), (-180.0, self.east)
        ranges = [(self.west, self.east)]
        if self.east == 180.0 and self.west > -180.0:
            ranges.append((-180.0, -180.0))
        if self.west == -180.0 and self.east < 180.0:
            ranges.append((180.0, 180.0))
        return tuple(ranges)

    def contains(self, point: Point) -> bool:
        """Whether a point lies in the box or on its border."""
        return self.south <= point.latitude <= self.north and any(
            west <= point.longitude <= east for west, east in self.longitude_ranges()
        )

    @property
    def width_deg(self) -> float:
        """From west to east, in degrees: 0…360."""
        width_deg = self.east - self.west
        return width_deg + 360 if width_deg < 0 else width_deg


def around(centre: Point, radius_m: float) -> Box:
    """The smallest box that holds a circle; all longitudes where it reaches a pole."""
    angle_rad = radius_m / EARTH_RADIUS_M
    height_deg = math.degrees(angle_rad) + SLACK_DEG
    south, north = centre.latitude - height_deg, centre.latitude + height_deg
    if south <= -90 or north >= 90:
        return Box(-180.0, max(south, -90.0), 180.0, min(north, 90.0))
    # The meridians that touch the circle do so nearer to the pole than its centre.
    sine = math.sin(angle_rad) / math.cos(math.radians(centre.latitude))
    width_deg = math.degrees(math.asin(min(1.0, sine))) + SLACK_DEG / max(
        1e-6, math.cos(math.radians(max(abs(south), abs(north))))
    )
    return Box(
        wrap_longitude(centre.longitude - width_deg),
        south,
        wrap_longitude(centre.longitude + width_deg),
        north,
    )


def wrap_longitude(longitude: float) -> float:
    """A longitude of −540…540 degrees as one of −180…180."""
    if longitude > 180:
        return longitude - 360
    return longitude + 360 if longitude < -180 else longitude

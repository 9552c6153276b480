"""Tiles of the Web Mercator map: which one a place lies in, and where within."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.geo.bbox import SLACK_DEG, Box
from app.geo.mercator import latitude_at, world_y

MAX_ZOOM = 22

Floats = npt.NDArray[np.float64]


class Tile(NamedTuple):
    """One square of the map: zoom, column from the antimeridian on, row from the north on."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Whether the map has such a tile."""
        return 0 <= self.z <= MAX_ZOOM and min(self.x, self.y) >= 0 and (
            max(self.x, self.y) < self.per_side
        )  # fmt: skip

    @property
    def per_side(self) -> int:
        """Tiles of this zoom from west to east, and from north to south."""
        return 1 << self.z

    @property
    def box(self) -> Box:
        """A box that holds the tile, and a hair more; rows at the border reach to the poles."""
        south, north = latitude_at(np.array([self.y + 1, self.y]) / self.per_side).tolist()
        width_deg = 360 / self.per_side
        return Box(
            max(-180.0, self.x * width_deg - 180 - SLACK_DEG),
            -90.0 if self.y == self.per_side - 1 else max(-90.0, south - SLACK_DEG),
            min(180.0, (self.x + 1) * width_deg - 180 + SLACK_DEG),
            90.0 if not self.y else min(90.0, north + SLACK_DEG),
        )

    def place(self, latitudes: Floats, longitudes: Floats) -> tuple[Floats, Floats]:
        """Where places lie, in tiles from this one's north-western corner.

        Every place lies in exactly one tile of a zoom: where both numbers are 0 or more and
        below 1. 180° is −180°; what is beyond the map is at its border.
        """
        end = np.nextafter(float(self.per_side), 0.0)
        shares = np.where(longitudes == 180, 0.0, (longitudes + 180) / 360)
        across = np.minimum(shares * self.per_side, end)
        down = np.minimum(world_y(latitudes) * self.per_side, end)
        return across - self.x, down - self.y

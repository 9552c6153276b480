"""Web Mercator: the square world that map tiles cut into halves."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

MAX_LATITUDE = math.degrees(math.atan(math.sinh(math.pi)))
"""85.05…°: the border of the square; points beyond it are drawn at it."""

Floats = npt.NDArray[np.float64]


def world_y(latitudes: Floats) -> Floats:
    """Share of the world's height, 0 at ``MAX_LATITUDE`` to 1 at its opposite."""
    latitudes_rad = np.radians(np.clip(latitudes, -MAX_LATITUDE, MAX_LATITUDE))
    return np.clip(0.5 - np.arcsinh(np.tan(latitudes_rad)) / (2 * np.pi), 0.0, 1.0)


def latitude_at(heights: Floats) -> Floats:
    """The inverse of ``world_y``: degrees at shares of the world's height."""
    return np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * heights))))

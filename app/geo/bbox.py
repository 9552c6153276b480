"""Boxes on the sphere."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """A box in degrees, borders included; ``west > east`` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

"""A point on the WGS 84 sphere."""

from __future__ import annotations

from typing import NamedTuple


class Point(NamedTuple):
    """Latitude −90…90 and longitude −180…180, in degrees; latitude first, as everywhere here."""

    latitude: float
    longitude: float

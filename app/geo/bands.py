"""Latitude bands: the first key of every location index, in memory and on disk."""

from __future__ import annotations

import math

BAND_DEG = 0.02
"""Height of a band: about 2.2 km, a little more than a city search's radius."""

LAST_BAND = math.ceil(180 / BAND_DEG)
"""The band of the north pole; the south pole's is 0."""


def band_of(latitude: float) -> int:
    """The band of a latitude of −90…90 degrees: 0…``LAST_BAND``, growing northwards."""
    return math.floor((latitude + 90) / BAND_DEG)

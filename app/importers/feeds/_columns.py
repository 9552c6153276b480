"""Columns recognised by what they mean, whatever their order, spelling and year."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from app.importers.parse.text import unscrambled
from app.importers.row import Layout, Record, Sample, nameless
from app.stations.words import fold

ALIKE = 0.9
"""So alike (``difflib``'s ratio) two names are taken for one with a typing mistake."""

_LEAST_LENGTH = 8
"""Shorter names are never corrected: one letter makes too much of a difference."""

_SHAPEFILE_LENGTH = 10
"""Of a column's name, in the tables beside shapefiles."""

_BRACKETS = re.compile(r"\[.*?\]|\(.*?\)")
_NOT_LETTERS = re.compile(r"[\W_]+")
_NOT_DIGITS = re.compile(r"\D+")

_SMALL_WORDS = frozenset({"a", "au", "d", "de", "der", "des", "du", "l", "la", "le", "les", "of"})
"""Between the words of a label: ``Nom de la station`` is ``nom_station``."""

_WRAPPED = ("properties", "attributes", "fields")
_WRAPPED_IN = frozenset({"record", *_WRAPPED})
_COORDINATE_NAMES = (("lon", "lat"), ("longitude", "latitude"), ("lng", "lat"), ("x", "y"))

_NO_COLUMN = "\0"
"""A name that no column can have."""

Cells = TypeVar("Cells")


class Meanings(NamedTuple):
    """What the columns of a registry may be called, folded by ``fold_name``."""

    fields: Mapping[str, tuple[str, ...]]
    """For each of our fields the names of its column, best first."""
    unused: frozenset[str] = frozenset()
    """Names that are known and say nothing that a station has."""
    unused_prefixes: tuple[str, ...] = ()


class Matched(NamedTuple):
    """Which column says what."""

    by_field: Mapping[str, str]
    unmapped: tuple[str, ...]
    """Columns that no meaning was found for."""


class Point(NamedTuple):
    """Where a JSON object says that something is, in its own notation of numbers."""

    longitude: Any
    latitude: Any


@lru_cache(maxsize=4_096)
def fold_name(name: str) -> str:
    """A column's name without brackets (units), accents, case, blanks and punctuation."""
    return "".join(_words(name))


def _spellings(name: str) -> tuple[str, str]:
    """A column's name folded, as it is and without its small words."""
    return fold_name(name), "".join(w for w in _words(name) if w not in _SMALL_WORDS)


def _words(name: str) -> list[str]:
    name = unscrambled(name)
    bare = _BRACKETS.sub(" ", name)
    return _NOT_LETTERS.split(fold(bare if bare.strip() else name))


def names_of(layout: Layout, sample: Sample) -> tuple[str, ...]:
    """The columns of a table, or the members of the sample's objects.

    A column without a name and without content is none: spreadsheets leave such behind.
    """
    if layout.columns:
        return tuple(
            name
            for place, name in enumerate(layout.columns, start=1)
            if name != nameless(place) or any(row.values.get(name) for row in sample)
        )
    return tuple(dict.fromkeys(name for row in sample for name in members(row.values)))


def members(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object's members; of a wrapped one the inner ones, with the place of its point.

    Wrapped are GeoJSON features (``properties``), ArcGIS's (``attributes``) and the records
    of Opendatasoft (``fields``, in versions of its interface inside ``record``).
    """
    if _WRAPPED_IN.isdisjoint(values):
        return values
    record = values.get("record")
    outer = record if isinstance(record, dict) else values
    inner = next((one for name in _WRAPPED if isinstance(one := outer.get(name), dict)), None)
    if inner is None:
        return outer
    point = point_of(outer.get("geometry"))
    if point is None:
        return inner
    return {
        **inner,
        **{name: at for name, at in point._asdict().items() if inner.get(name) is None},
    }


def point_of(value: Any) -> Point | None:
    """The place that an object names: GeoJSON, ArcGIS, or members of two plain names."""
    if not isinstance(value, dict):
        return None
    coordinates = value.get("coordinates")
    if isinstance(coordinates, list) and len(coordinates) > 1:
        return None if isinstance(coordinates[0], list) else Point(*coordinates[:2])
    for longitude, latitude in _COORDINATE_NAMES:
        if longitude in value and latitude in value:
            return Point(value[longitude], value[latitude])
    return None


def match_columns(names: Iterable[str], meanings: Meanings) -> Matched:
    """Find the column of each field.

    A name that is nearly one of ours (``ALIKE``, equal digits), or the beginning of it in a
    shapefile's ten letters, is taken for it unless a column has the exact name. Of several
    columns for a field the best-named one is used.
    """
    ranks = {
        name: (field, rank)
        for field, synonyms in meanings.fields.items()
        for rank, name in enumerate(synonyms)
    }
    found: dict[str, tuple[int, str]] = {}
    unknown: list[str] = []
    for name in names:
        spellings = _spellings(name)
        known = next((ranks[one] for one in spellings if one in ranks), None)
        if known is not None:
            field, rank = known
            if field not in found or rank < found[field][0]:
                found[field] = rank, name
        elif not any(_is_unused(one, meanings) for one in spellings):
            unknown.append(name)
    unmapped: list[str] = []
    for name in unknown:
        meant = _nearly(fold_name(name), ranks) or _shortened(name, ranks)
        if meant is None:
            unmapped.append(name)
        elif meant not in found:
            found[meant] = 0, name
    return Matched({field: name for field, (_, name) in found.items()}, tuple(unmapped))


def is_header(cells: Sequence[str], meanings: Meanings, *, needed: frozenset[str]) -> bool:
    """Whether a line of a table names all the columns ``needed``."""
    return needed <= match_columns(filter(None, cells), meanings).by_field.keys()


def cells_reader(
    fields: Sequence[str],
    make: Callable[[Iterable[Any]], Cells],
    by_field: Mapping[str, str],
    *,
    columns: Sequence[str],
) -> Callable[[Mapping[str, Any]], Cells]:
    """A function that takes a row's values in the order of ``fields``, ``None`` for no value.

    Args:
        fields: Ours, two or more.
        make: Makes a tuple of the values.
        by_field: The column or member of each field that has one.
        columns: ``Layout.columns`` of a table; empty for JSON, whose arrays become tuples,
            places ``Point`` and other objects ``None``, so that every cell can be looked up
            in a cache.

    Cost: under 1 µs for 30 fields of a record.
    """
    names = [by_field.get(field, _NO_COLUMN) for field in fields]
    places = {column: place for place, column in enumerate(columns)}
    take = itemgetter(*(places.get(name, len(places)) for name in names))

    def read_table(values: Mapping[str, Any]) -> Cells:
        if isinstance(values, Record):
            return make(take((*values.cells, None)))
        return make(map(values.get, names))

    def read_objects(values: Mapping[str, Any]) -> Cells:
        get = members(values).get
        return make([hashable(get(name)) for name in names])

    return read_table if columns else read_objects


def hashable(value: Any) -> Any:
    """A JSON value as something that a cache can be asked about."""
    if isinstance(value, list):
        return tuple(map(hashable, value))
    if isinstance(value, dict):
        point = point_of(value)
        return None if point is None else Point(*map(hashable, point))
    return value


def _is_unused(folded: str, meanings: Meanings) -> bool:
    return folded in meanings.unused or folded.startswith(meanings.unused_prefixes)


def _shortened(name: str, ranks: Mapping[str, tuple[str, int]]) -> str | None:
    """The field whose name was cut to what a shapefile's table can hold, if it is only one."""
    if len(name) != _SHAPEFILE_LENGTH:
        return None
    begun = {ranks[one][0] for one in ranks if one.startswith(fold_name(name))}
    return begun.pop() if len(begun) == 1 else None


def _nearly(folded: str, ranks: Mapping[str, tuple[str, int]]) -> str | None:
    if len(folded) < _LEAST_LENGTH:
        return None
    digits = _NOT_DIGITS.sub("", folded)
    comparable = [name for name in ranks if _NOT_DIGITS.sub("", name) == digits]
    nearest = get_close_matches(folded, comparable, n=1, cutoff=ALIKE)
    return ranks[nearest[0]][0] if nearest else None

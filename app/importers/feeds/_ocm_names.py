"""Open Charge Map's member names, in the one spelling that the rest reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.importers.parse.numbers import parse_number

_TYPED = frozenset({"$numberInt", "$numberLong", "$numberDouble", "$numberDecimal"})


def as_served(poi: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object with the API's own member names and bare numbers, whichever form it came in.

    That is camelCase, a GeoJSON feature with the object inside, or MongoDB's extended JSON,
    which says the type of each number.
    """
    properties = poi.get("properties")
    if isinstance(properties, Mapping):
        inner = properties.get("poi")
        poi = inner if isinstance(inner, Mapping) else properties
    if "ID" not in poi and "id" in poi:
        poi = _renamed(poi)
    return _with_bare_numbers(poi) if isinstance(poi.get("ID"), Mapping) else poi


def _with_bare_numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_bare_numbers(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1 and not _TYPED.isdisjoint(value):
        return parse_number(next(iter(value.values())))
    return {name: _with_bare_numbers(one) for name, one in value.items()}


def _renamed(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {_served_name(name): _renamed_value(value) for name, value in thing.items()}


def _renamed_value(value: object) -> object:
    if isinstance(value, Mapping):
        return _renamed(value)
    return [_renamed_value(one) for one in value] if isinstance(value, list) else value


@lru_cache(maxsize=512)
def _served_name(name: str) -> str:
    """``statusTypeID`` is ``StatusTypeID``; what begins with an abbreviation is all capitals."""
    abbreviation = re.match(r"(?:id|uuid|iso)(?![a-z])", name)
    if abbreviation:
        name = abbreviation[0].upper() + name[abbreviation.end() :]
    name = name[:1].upper() + name[1:]
    return re.sub(r"(?:Id|Url|Kw)$", lambda match: match[0].upper(), name)

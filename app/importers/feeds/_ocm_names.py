"""Open Charge Map's member names, in the one spelling that the rest reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


def as_served(poi: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object with the API's own member names, whichever form it came in (camelCase)."""
    return poi if "ID" in poi or "id" not in poi else _renamed(poi)


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

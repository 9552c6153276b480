"""OCPI's member names, in the one spelling that the rest reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_IN_CAMEL_CASE = frozenset({"countryCode", "partyId", "postalCode", "lastUpdated", "openingTimes"})
"""Any of these tells that a serialiser has renamed all members."""


def as_specified(location: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object with the protocol's own member names, whichever spelling it came in."""
    return location if _IN_CAMEL_CASE.isdisjoint(location) else _renamed(location)


def _renamed(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {_specified_name(name): _renamed_value(value) for name, value in thing.items()}


def _renamed_value(value: object) -> object:
    if isinstance(value, Mapping):
        return _renamed(value)
    return [_renamed_value(one) for one in value] if isinstance(value, list) else value


@lru_cache(maxsize=512)
def _specified_name(name: str) -> str:
    """``maxElectricPower`` is ``max_electric_power``; ``subOperator`` has no joint."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("sub_op", "subop")

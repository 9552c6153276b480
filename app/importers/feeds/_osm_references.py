"""Which element of OpenStreetMap a row is: kind and number, however an export writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.importers.feeds._json import identifier
from app.importers.parse.text import clean_text

_REFERENCE = re.compile(r"(?:^|/)(node|way|relation)s?/(\d{1,19})$")
_SHORT = re.compile(r"([nwra])(\d{1,19})")
_KINDS = {
    "node": "node", "way": "way", "relation": "relation", "n": "node", "w": "way",
    "r": "relation", "1": "node", "2": "way", "3": "relation",
}  # fmt: skip
_WHOLE = ("@id", "@osmId", "full_id", "id")
_PARTED = (
    ("osm_type", "osm_id"), ("@type", "@id"), ("@otype", "@id"), ("@osmType", "@osmId"),
    ("element_type", "osmid"), ("element", "id"), ("type", "id"),
)  # fmt: skip
_SHAPES_OF_WAYS = ("LineString", "Polygon")


def reference_of(values: Mapping[str, Any], properties: Mapping[str, Any]) -> str | None:
    """``node/123``; ``None`` where nothing tells the kind or the number.

    Args:
        values: The row, whose own ``id`` may tell.
        properties: What else may: a feature's properties, or the row again.
    """
    for candidate in (*map(properties.get, _WHOLE[:-1]), values.get("id"), properties.get("id")):
        if isinstance(candidate, str) and (found := _from_text(candidate.strip())):
            return found
    for kind_name, number_name in _PARTED:
        word = (clean_text(properties.get(kind_name)) or "").lower()
        kind = _KINDS.get(word.removesuffix("s"))
        number = identifier(properties.get(number_name))
        if kind and number and number.isdigit():
            return f"{kind}/{number}"
    return None


def _from_text(text: str) -> str | None:
    """``https://…/node/5``, ``n5``; ``a10`` is an area: of way 5, as ``a11`` is of relation 5."""
    match = _REFERENCE.search(text)
    if match:
        return f"{match[1]}/{match[2]}"
    match = _SHORT.fullmatch(text)
    if match is None:
        return None
    number = int(match[2])
    if match[1] == "a":
        return f"{'relation' if number % 2 else 'way'}/{number // 2}"
    return f"{_KINDS[match[1]]}/{number}"


def reference_of_shape(properties: Mapping[str, Any], geometry: Mapping[str, Any]) -> str | None:
    """The element by a bare ``osm_id`` and the kind of geometry, as GDAL and osm2pgsql write it.

    Negative numbers are relations, ``osm_way_id`` names a way.
    """
    way = identifier(properties.get("osm_way_id"))
    if way and way.isdigit():
        return f"way/{way}"
    number = identifier(properties.get("osm_id"))
    if not number or not number.removeprefix("-").isdigit():
        return None
    shape = geometry.get("type")
    if number.startswith("-"):
        return f"relation/{number[1:]}"
    if shape == "Point":
        return f"node/{number}"
    return f"{'way' if shape in _SHAPES_OF_WAYS else 'relation'}/{number}"

"""OpenStreetMap elements out of the forms they are handed around in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.importers.feeds._json import identifier, members
from app.importers.parse.numbers import parse_number
from app.importers.parse.text import clean_text

KINDS = ("node", "way", "relation")

_REFERENCE = re.compile(r"(?:^|/)(node|way|relation)s?/(\d{1,19})$")
_META_PREFIX = "@"
_MAX_DEPTH = 8
"""Of nested coordinates; a multipolygon has three."""


class Element(NamedTuple):
    """A node, way or relation with its tags."""

    reference: str | None
    """``node/123``; ``None`` where the file does not tell."""
    latitude: float | None
    longitude: float | None
    """Of ways and relations: the middle of their outline's box."""
    tags: Mapping[str, str]
    changed_at: object
    """The time of the last edit, as written; most files leave it out."""


def read_element(values: Mapping[str, Any]) -> Element | None:
    """An element from Overpass JSON, GeoJSON or an Overpass table; ``None`` for all else."""
    if values.get("type") == "Feature":
        return _from_feature(values)
    if values.get("type") in KINDS and "id" in values:
        return _from_overpass(values)
    if "@lat" in values or "@id" in values:
        return _from_table(values)
    return None


def _from_overpass(values: Mapping[str, Any]) -> Element:
    kind, number = values["type"], identifier(values["id"])
    latitude, longitude = _position_of_overpass(values)
    return Element(
        reference=f"{kind}/{number}" if number else None,
        latitude=latitude,
        longitude=longitude,
        tags=_tags(members(values.get("tags"))),
        changed_at=values.get("timestamp"),
    )


def _position_of_overpass(values: Mapping[str, Any]) -> tuple[float | None, float | None]:
    for place in (values, members(values.get("center"))):
        latitude, longitude = parse_number(place.get("lat")), parse_number(place.get("lon"))
        if latitude is not None and longitude is not None:
            return latitude, longitude
    box = members(values.get("bounds"))
    corners = [(box.get("minlat"), box.get("minlon")), (box.get("maxlat"), box.get("maxlon"))]
    outline = [*_outline(values), *(_outline_of_members(values))]
    return _middle([*corners, *outline])


def _outline(values: Mapping[str, Any]) -> list[tuple[object, object]]:
    points = values.get("geometry")
    if not isinstance(points, list):
        return []
    return [(members(point).get("lat"), members(point).get("lon")) for point in points]


def _outline_of_members(values: Mapping[str, Any]) -> list[tuple[object, object]]:
    parts = values.get("members")
    if not isinstance(parts, list):
        return []
    ways = [point for part in parts for point in _outline(members(part))]
    nodes = [(members(part).get("lat"), members(part).get("lon")) for part in parts]
    return ways + nodes


def _from_feature(values: Mapping[str, Any]) -> Element:
    properties = members(values.get("properties"))
    nested = members(properties.get("tags"))
    meta = members(properties.get("meta"))
    latitude, longitude = _middle(list(_positions(members(values.get("geometry")))))
    return Element(
        reference=_reference(values, properties),
        latitude=latitude,
        longitude=longitude,
        tags=_tags(nested or properties),
        changed_at=properties.get("@timestamp", meta.get("timestamp", properties.get("timestamp"))),
    )


def _reference(values: Mapping[str, Any], properties: Mapping[str, Any]) -> str | None:
    for candidate in (properties.get("@id"), values.get("id"), properties.get("id")):
        match = _REFERENCE.search(str(candidate)) if isinstance(candidate, str) else None
        if match:
            return f"{match[1]}/{match[2]}"
    for kind_name, number_name in (("osm_type", "osm_id"), ("@type", "@id"), ("type", "id")):
        kind = (clean_text(properties.get(kind_name)) or "").removesuffix("s")
        number = identifier(properties.get(number_name))
        if kind in KINDS and number and number.isdigit():
            return f"{kind}/{number}"
    return None


def _from_table(values: Mapping[str, Any]) -> Element:
    return Element(
        reference=_reference(values, values),
        latitude=parse_number(values.get("@lat")),
        longitude=parse_number(values.get("@lon")),
        tags=_tags(values),
        changed_at=values.get("@timestamp"),
    )


def _positions(geometry: Mapping[str, Any]) -> Iterator[tuple[object, object]]:
    parts = geometry.get("geometries")
    for part in parts if isinstance(parts, list) else []:
        yield from _flat(members(part).get("coordinates"), _MAX_DEPTH)
    yield from _flat(geometry.get("coordinates"), _MAX_DEPTH)


def _flat(coordinates: object, depth: int) -> Iterator[tuple[object, object]]:
    """All positions of a geometry of any kind, latitude first."""
    if not isinstance(coordinates, list) or not depth:
        return
    if len(coordinates) > 1 and not isinstance(coordinates[0], list):
        yield coordinates[1], coordinates[0]
        return
    for part in coordinates:
        yield from _flat(part, depth - 1)


def _middle(points: list[tuple[object, object]]) -> tuple[float | None, float | None]:
    """The middle of the box around some points; those that cannot be read are left out."""
    read = [(parse_number(latitude), parse_number(longitude)) for latitude, longitude in points]
    latitudes = [latitude for latitude, _ in read if latitude is not None]
    longitudes = [longitude for _, longitude in read if longitude is not None]
    if not latitudes or not longitudes:
        return None, None
    return (
        (min(latitudes) + max(latitudes)) / 2,
        (min(longitudes) + max(longitudes)) / 2,
    )


def _tags(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: text
        for name, value in values.items()
        if not name.startswith(_META_PREFIX) and (text := clean_text(value))
    }

"""OpenStreetMap elements out of the forms they are handed around in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from app.importers.elements import KINDS
from app.importers.feeds._json import identifier, members
from app.importers.feeds._osm_references import reference_of, reference_of_shape
from app.importers.feeds._osm_tags import tags_of
from app.importers.parse.numbers import parse_number
from app.importers.parse.text import clean_text
from app.importers.row import Record

_META_LATITUDE = "@lat"
_PAIRS = (
    (_META_LATITUDE, "@lon"), ("lat", "lon"), ("latitude", "longitude"), ("lat", "lng"),
    ("y", "x"), ("Y", "X"),
)  # fmt: skip
_SHAPES = frozenset({"geometry", "geom", "wkt", "WKT"})
_TELLING = frozenset({"amenity", "tags", "other_tags", "all_tags"})
_STAMPS = ("@timestamp", "@lastEdit", "timestamp", "osm_timestamp")
_WKT_PAIR = re.compile(r"(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)")
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


def is_tabular(columns: Collection[str]) -> bool:
    """Whether columns are those of map elements: a place, and tags that chargers have."""
    if _META_LATITUDE in columns or "@id" in columns:
        return True
    has_place = any(set(pair) <= set(columns) for pair in _PAIRS) or not _SHAPES.isdisjoint(columns)
    return has_place and any(
        column in _TELLING or column.startswith("socket:") for column in columns
    )


def read_element(values: Mapping[str, Any]) -> Element | None:
    """An element from Overpass JSON or XML, GeoJSON, or a table; ``None`` for all else."""
    if isinstance(values, Record):
        return _from_table(values)
    if values.get("type") == "Feature":
        return _from_feature(values)
    if values.get("type") in KINDS and "id" in values:
        return _from_overpass(values)
    return _from_table(values) if is_tabular(values.keys()) else None


def _from_overpass(values: Mapping[str, Any]) -> Element:
    kind, number = values["type"], identifier(values["id"])
    latitude, longitude = _position_of_overpass(values)
    return Element(
        reference=f"{kind}/{number}" if number else None,
        latitude=latitude,
        longitude=longitude,
        tags=tags_of({"tags": values.get("tags")}),
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
    meta = members(properties.get("meta"))
    geometry = members(values.get("geometry"))
    latitude, longitude = _middle(list(_positions(geometry)))
    stamps = (properties.get(name) for name in _STAMPS)
    return Element(
        reference=reference_of(values, properties) or reference_of_shape(properties, geometry),
        latitude=latitude,
        longitude=longitude,
        tags=tags_of(properties),
        changed_at=next(filter(None, stamps), meta.get("timestamp")),
    )


def _from_table(values: Mapping[str, Any]) -> Element:
    tags = tags_of(values)
    if "amenity" not in values and "amenity" not in tags and any(map(_is_socket, values)):
        # The columns were chosen for charging stations, and what all rows are is none of them.
        tags["amenity"] = "charging_station"
    latitude, longitude = _position_of_table(values)
    return Element(
        reference=reference_of(values, values),
        latitude=latitude,
        longitude=longitude,
        tags=tags,
        changed_at=next((values[name] for name in _STAMPS if values.get(name)), None),
    )


def _is_socket(column: str) -> bool:
    return column.startswith("socket:")


def _position_of_table(values: Mapping[str, Any]) -> tuple[float | None, float | None]:
    for names in _PAIRS:
        latitude, longitude = (parse_number(values.get(name)) for name in names)
        if latitude is not None and longitude is not None:
            return latitude, longitude
    shape = next((text for name in _SHAPES if (text := clean_text(values.get(name)))), "")
    return _middle([(latitude, longitude) for longitude, latitude in _WKT_PAIR.findall(shape)])


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

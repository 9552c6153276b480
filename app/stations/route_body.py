"""A route as the body of a request: a GeoJSON ``LineString``."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from app.geo.point import Point
from app.stations.criteria import MAX_ROUTE_POINTS
from app.web.body_kinds import media_type_of
from app.web.errors import BodyInvalid, BodyKindUnknown

KINDS = ("application/json", "application/geo+json")
EXAMPLE = {"type": "LineString", "coordinates": [[2.3522, 48.8566], [4.8357, 45.764]]}

_Position = Annotated[list[float], msgspec.Meta(min_length=2, max_length=4)]
_PATH = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\[(\d+)\]|\.([^.\[]+)")


class _Line(msgspec.Struct, tag_field="type", tag="LineString"):
    coordinates: list[_Position]


class _Feature(msgspec.Struct, tag_field="type", tag="Feature"):
    geometry: _Line


_decode = msgspec.json.Decoder(_Line | _Feature).decode


def read_route(body: bytes, content_type: str | None) -> tuple[Point, ...]:
    """The points of a line: longitude first, as GeoJSON has it; a height is not looked at.

    Args:
        body: ``LineString``, or a ``Feature`` of one.
        content_type: As the client says it; parameters are not looked at.

    Raises:
        BodyKindUnknown: It is not of ``KINDS``.
        BodyInvalid: It is no such line, or has not 2 to ``MAX_ROUTE_POINTS`` points on the globe.
    """
    kind = media_type_of(content_type)
    if kind not in KINDS:
        raise BodyKindUnknown(kind, KINDS)
    try:
        decoded = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refusal(error) from error
    at = "/body/geometry/coordinates" if isinstance(decoded, _Feature) else "/body/coordinates"
    positions = (decoded.geometry if isinstance(decoded, _Feature) else decoded).coordinates
    if not 2 <= len(positions) <= MAX_ROUTE_POINTS:  # noqa: PLR2004 - a line has two ends
        raise BodyInvalid(at, f"The line has {len(positions)} points, not 2…{MAX_ROUTE_POINTS}.")
    for number, (longitude, latitude, *_) in enumerate(positions):
        if not (abs(longitude) <= 180 and abs(latitude) <= 90):  # noqa: PLR2004 - degrees
            raise BodyInvalid(
                f"{at}/{number}",
                f"{longitude:g}, {latitude:g} is no longitude and latitude, in this order.",
            )
    return tuple(Point(latitude, longitude) for longitude, latitude, *_ in positions)


def _refusal(error: Exception) -> BodyInvalid:
    text = str(error)
    match = _PATH.search(text)
    steps = _STEP.findall(match[1]) if match else []
    pointer = "".join(f"/{number or name}" for number, name in steps)
    what = text[: match.start()] if match else text
    return BodyInvalid(f"/body{pointer}", f"It is no GeoJSON LineString: {what}.")

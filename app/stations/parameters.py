"""The query parameters of a search: one table for HTTP, the command line and the docs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import polyline
import pycountry

from app.geo.bbox import Box
from app.geo.point import Point
from app.stations import words
from app.stations.criteria import (
    DEFAULT_CORRIDOR_KM,
    DEFAULT_RADIUS_KM,
    MAX_CORRIDOR_KM,
    MAX_LIMIT,
    MAX_RADIUS_KM,
    MAX_ROUTE_POINTS,
    Sort,
)
from app.stations.draft import MAX_EVSES, MAX_POWER_W
from app.stations.vocabulary import (
    CONNECTOR_ALIASES,
    Access,
    ConnectorStandard,
    Payment,
    standards_for,
)
from app.web.formats import Form
from app.web.parameters import (
    Parameter,
    Unfit,
    choice,
    flag,
    moment,
    number,
    table_of,
    whole,
)

MAX_POWER_KW = MAX_POWER_W / 1000
MAX_ZOOM = 22
MAX_TEXT_LENGTH = 200
MAX_TEXT_WORDS = 12
MAX_ROUTE_LENGTH = 60_000
MAX_CURSOR_LENGTH = 4_000

# A number of a polyline at precision 5 has at most six pieces; longer runs only cost time.
_POLYLINE = re.compile(r"(?:[_-~]{0,6}[?-^])+", re.ASCII)
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_SORTS = (Sort.DISTANCE, Sort.ALONG, Sort.POWER, Sort.NAME, Sort.UPDATED)


def _connector(text: str) -> frozenset[ConnectorStandard]:
    standards = standards_for(text)
    if standards is None:
        raise Unfit("is neither an alias nor a standard; GET /api/v1/connectors lists them")
    return standards


def _box(text: str) -> Box:
    parts = text.split(",")
    if len(parts) != 4:  # noqa: PLR2004 - west, south, east, north
        raise Unfit("is not four numbers west,south,east,north")
    longitude, latitude = number(-180, 180), number(-90, 90)
    try:
        box = Box(longitude(parts[0]), latitude(parts[1]), longitude(parts[2]), latitude(parts[3]))
    except Unfit as unfit:
        raise Unfit(f"holds a number that {unfit}; the order is west,south,east,north") from None
    if box.south > box.north:
        raise Unfit("has its south above its north")
    return box


def _route(text: str) -> tuple[Point, ...]:
    if _POLYLINE.fullmatch(text) is None:
        raise Unfit("is not an encoded polyline of precision 5")
    try:
        points = tuple(Point(*pair) for pair in polyline.decode(text))
    except IndexError:
        raise Unfit("ends in the middle of a point") from None
    if not 2 <= len(points) <= MAX_ROUTE_POINTS:  # noqa: PLR2004 - a line has two ends
        raise Unfit(f"has {len(points)} points, not 2…{MAX_ROUTE_POINTS}")
    if not all(abs(point.latitude) <= 90 and abs(point.longitude) <= 180 for point in points):  # noqa: PLR2004 - degrees
        raise Unfit("leaves the globe; is its precision 5?")
    return points


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    # XK is what every registry writes for Kosovo; ISO 3166-1 leaves it to its users.
    return frozenset({country.alpha_2 for country in pycountry.countries} | {"XK"})


def _country(text: str) -> str:
    folded = text.upper()
    if folded not in _countries():
        raise Unfit("is no country code of ISO 3166-1 alpha-2")
    return folded


def _source(text: str) -> str:
    if _SOURCE.fullmatch(text) is None:
        raise Unfit("is no name of a source; GET /api/v1/sources lists them")
    return text


def _text(text: str) -> str:
    count = len(words.split(text))
    if not 1 <= count <= MAX_TEXT_WORDS:
        raise Unfit(f"has {count} words, not 1…{MAX_TEXT_WORDS}")
    return text


def _plain(text: str) -> str:
    return text.strip()


_NUMBER = {"type": "number"}
_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}


def _bounded(kind: str, lowest: float, highest: float, **more: object) -> dict[str, object]:
    return {"type": kind, "minimum": lowest, "maximum": highest, **more}


def _words(enum: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(word) for word in enum]}


def _power(name: str, summary: str, example: str) -> Parameter:
    return Parameter(
        name, number(0, MAX_POWER_KW), summary, f"0…{MAX_POWER_KW:g} kW", example,
        _bounded("number", 0, MAX_POWER_KW),
    )  # fmt: skip


FILTERS = table_of(
    Parameter(
        "connector", _connector,
        "A connector's alias or OCPI standard; repeat it for any of several. Power and"
        " availability must hold on the same connector.",
        f"{', '.join(CONNECTOR_ALIASES)}, or an OCPI 2.2.1 standard", "ccs2",
        _TEXT, is_repeatable=True,
    ),
    _power("min_power_kw", "Lowest power of that connector, in kW.", "50"),
    _power("max_power_kw", "Highest power of that connector, in kW.", "350"),
    Parameter(
        "operator", _plain, "An operator's name, accents and case aside; repeatable.",
        "1…200 characters", "Voltia", _TEXT, is_repeatable=True,
    ),
    Parameter(
        "access", choice({str(word): word for word in Access}), "Who may charge; repeatable.",
        ", ".join(Access), "public", _words(Access), is_repeatable=True,
    ),
    Parameter(
        "available", flag, "Only with a free EVSE by a report that is not stale.",
        "true or false", "true", _FLAG,
    ),
    Parameter(
        "country", _country, "Country, ISO 3166-1 alpha-2.", "two letters", "FR",
        {"type": "string", "minLength": 2, "maxLength": 2},
    ),
    Parameter(
        "open_24_7", flag, "Open around the clock, or expressly not.", "true or false", "true",
        _FLAG,
    ),
    Parameter(
        "open_now", flag, "Open at this moment; hours that cannot be read never match.",
        "true or false", "true", _FLAG,
    ),
    Parameter(
        "payment", choice({str(word): word for word in Payment}), "A way to pay; repeatable.",
        ", ".join(Payment), "card", _words(Payment), is_repeatable=True,
    ),
    Parameter(
        "min_evses", whole(1, MAX_EVSES), "Least number of EVSEs.", f"1…{MAX_EVSES}", "4",
        _bounded("integer", 1, MAX_EVSES),
    ),
    Parameter(
        "source", _source, "Stations of this source, also those that stand behind another.",
        "a source of GET /api/v1/sources", "irve", _TEXT,
    ),
    Parameter(
        "created_since", moment, "First seen at or after this time.",
        "an RFC 3339 time, or a date (UTC)", "2026-01-31T00:00:00Z",
        {"type": "string", "format": "date-time"},
    ),
    Parameter(
        "updated_since", moment, "Content changed at or after this time.",
        "an RFC 3339 time, or a date (UTC)", "2026-01-31T00:00:00Z",
        {"type": "string", "format": "date-time"},
    ),
    Parameter(
        "q", _text,
        "Words of name, address and operator; all must occur, the last may be a beginning.",
        f"1…{MAX_TEXT_WORDS} words, {MAX_TEXT_LENGTH} characters", "rue de rivoli",
        {"type": "string", "maxLength": MAX_TEXT_LENGTH}, max_length=MAX_TEXT_LENGTH,
    ),
)  # fmt: skip
"""Conditions, shared by every endpoint that takes some."""

_BBOX = Parameter(
    "bbox", _box, "A box west,south,east,north; west > east crosses the antimeridian.",
    "longitudes -180…180, latitudes -90…90, south ≤ north", "2.2,48.8,2.5,48.95", _TEXT,
)  # fmt: skip

AREA_AND_FILTERS = {
    **table_of(
        Parameter(
            "latitude", number(-90, 90), "Centre, with `longitude`.", "-90…90 degrees", "48.85",
            _bounded("number", -90, 90),
        ),
        Parameter(
            "longitude", number(-180, 180), "Centre, with `latitude`.", "-180…180 degrees", "2.35",
            _bounded("number", -180, 180),
        ),
        Parameter(
            "radius_km", number(0, MAX_RADIUS_KM), "Radius around the centre, in km.",
            f"0…{MAX_RADIUS_KM:g} km", "5",
            _bounded("number", 0, MAX_RADIUS_KM, default=DEFAULT_RADIUS_KM),
        ),
        _BBOX,
        Parameter(
            "route", _route, "A route as encoded polyline of precision 5.",
            f"2…{MAX_ROUTE_POINTS} points, {MAX_ROUTE_LENGTH} characters", "_p~iF~ps|U_ulLnnqC",
            _TEXT, max_length=MAX_ROUTE_LENGTH,
        ),
        Parameter(
            "corridor_km", number(0, MAX_CORRIDOR_KM), "Distance to either side of the route.",
            f"0…{MAX_CORRIDOR_KM:g} km", "2",
            _bounded("number", 0, MAX_CORRIDOR_KM, default=DEFAULT_CORRIDOR_KM),
        ),
    ),
    **FILTERS,
    **table_of(
        Parameter(
            "sort", choice({str(word): word for word in _SORTS}),
            "Order; default: distance with a point, along with a route, relevance with q.",
            ", ".join(_SORTS), "power", _words(_SORTS),
        )
    ),
}  # fmt: skip
"""What an export takes."""

SEARCH = {
    **AREA_AND_FILTERS,
    **table_of(
        Parameter(
            "sample", flag,
            "With a box that holds more than `limit`: an even sample over the box.",
            "true or false", "true", _FLAG,
        ),
        Parameter(
            "limit", whole(1, MAX_LIMIT), "Stations a page.", f"1…{MAX_LIMIT}", "50",
            _bounded("integer", 1, MAX_LIMIT, default=50),
        ),
        Parameter(
            "cursor", _plain, "The `next_cursor` of the page before, with the same query.",
            f"{MAX_CURSOR_LENGTH} characters", "eyJ…", _TEXT, max_length=MAX_CURSOR_LENGTH,
        ),
        Parameter(
            "format", choice({str(form): form for form in Form}),
            "Form of the answer; wins over Accept. csv and ndjson stream the whole result"
            " unless `limit` or `cursor` asks for a page.",
            ", ".join(Form), "geojson", _words(Form),
        ),
    ),
}  # fmt: skip
"""What ``GET /api/v1/stations`` takes."""

ALONG = {
    name: parameter
    for name, parameter in SEARCH.items()
    if name not in {"latitude", "longitude", "radius_km", "bbox", "route", "sample"}
}
"""Of a search whose route is its body."""

CLUSTERS = {
    **table_of(
        _BBOX,
        Parameter(
            "zoom", whole(0, MAX_ZOOM), "Zoom of the map, as of Web Mercator tiles.",
            f"0…{MAX_ZOOM}", "6", _bounded("integer", 0, MAX_ZOOM),
        ),
    ),
    **FILTERS,
}  # fmt: skip
"""What ``GET /api/v1/stations/clusters`` takes."""

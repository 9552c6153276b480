"""Which form an answer takes: asked for by ``format=`` or negotiated by ``Accept``."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from app.web.errors import FormatNotAcceptable


class Form(StrEnum):
    """Forms of a list of stations, in the order in which they win a tie."""

    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    NDJSON = "ndjson"


MEDIA_TYPES: dict[Form, tuple[str, ...]] = {
    Form.JSON: ("application/json",),
    Form.GEOJSON: ("application/geo+json", "application/vnd.geo+json"),
    Form.CSV: ("text/csv",),
    Form.NDJSON: ("application/x-ndjson", "application/ndjson", "application/jsonl"),
}
"""Media types by form; the first one is sent."""

CONTENT_TYPES: dict[Form, str] = {
    Form.JSON: "application/json",
    Form.GEOJSON: "application/geo+json",
    Form.CSV: "text/csv; charset=utf-8; header=present",
    Form.NDJSON: "application/x-ndjson",
}

MAX_ACCEPT_LENGTH = 1_000


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> Form:
    """The form that an ``Accept`` header likes best; JSON where it does not care.

    The most specific range that fits a media type gives its weight (RFC 9110, 12.5.1).

    Raises:
        FormatNotAcceptable: No form has a weight above 0 (HTTP 406).
    """
    if accept is None or not accept.strip():
        return Form.JSON
    ranges = _ranges(accept[:MAX_ACCEPT_LENGTH])
    weights = {
        form: max(_weight(media_type, ranges) for media_type in media_types)
        for form, media_types in MEDIA_TYPES.items()
    }
    best = max(weights, key=lambda form: weights[form])
    if weights[best] <= 0:
        raise FormatNotAcceptable(accept, [types[0] for types in MEDIA_TYPES.values()])
    return best


def _ranges(accept: str) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _quality(parameter[2:])
        ranges[media_range] = weight
    return ranges


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0


def _weight(media_type: str, ranges: dict[str, float]) -> float:
    kind = media_type.split("/", 1)[0]
    for candidate in (media_type, f"{kind}/*", "*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return 0.0

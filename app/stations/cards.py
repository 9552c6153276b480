"""Cards: a station's answer bytes, made once when its content changes.

A card holds content only. It is stored as four pieces of JSON text, joined by NUL (which
JSON never contains), so that an answer is put together by joining bytes:

====  ======================================================================
0     ``{"id": …, "name": …, "address": {…}, "country": …``
1     ``,"latitude": …, "longitude": …`` (left out of GeoJSON properties)
2     ``,"operator": …, "access": …, "open_24_7": …, "evse_count": …``
3     ``,"max_power_kw": …, … , "synthetic": …``
====  ======================================================================

The volatile facts go between pieces 2 and 3, the distances and the brace behind piece 3.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from app.stations.draft import StationContent

_encode = msgspec.json.Encoder().encode


class Volatile(NamedTuple):
    """What is true at this moment only."""

    available_count: int | None
    """Free EVSEs whose report is not stale; ``None`` where no report counts."""
    status_updated_at: int | None
    """Newest report, seconds since 1970."""


class ConnectorCount(msgspec.Struct, frozen=True):
    """Connectors of a card: equal standard and power, counted."""

    standard: str | None
    max_power_kw: float | None
    count: int


def render(
    content: StationContent,
    *,
    public_id: str,
    source: str,
    updated_at: datetime,
    is_synthetic: bool,
) -> bytes:
    """The card of a station.

    Args:
        content: What the source claims.
        public_id: The station's ``draft.public_id``.
        source: The feed's source word.
        updated_at: When the content last differed; aware, UTC.
        is_synthetic: Whether it comes from generated demo data.

    Cost: about 10 µs.
    """
    powers_w = [
        connector.max_power_w
        for evse in content.evses
        for connector in evse.connectors
        if connector.max_power_w is not None
    ]
    pieces: tuple[dict[str, Any], ...] = (
        {
            "id": public_id,
            "name": content.name,
            "address": {
                "street": content.street,
                "postal_code": content.postal_code,
                "city": content.city,
                "state": content.state,
            },
            "country": content.country,
        },
        {"latitude": content.latitude, "longitude": content.longitude},
        {
            "operator": content.operator,
            "access": content.access,
            "open_24_7": content.open_24_7,
            "evse_count": len(content.evses),
        },
        {
            "max_power_kw": max(powers_w) / 1000 if powers_w else None,
            "connectors": count_connectors(content),
            "source": source,
            "licence": content.licence,
            "attribution": content.attribution,
            "updated_at": rfc3339(updated_at),
            "synthetic": is_synthetic,
        },
    )
    first, *others = (_encode(piece)[:-1] for piece in pieces)
    return b"\0".join((first, *(b"," + piece[1:] for piece in others)))


def count_connectors(content: StationContent) -> list[ConnectorCount]:
    """Connectors with equal standard and power, strongest first, then by name."""
    counts = Counter(
        (connector.standard, connector.max_power_w)
        for evse in content.evses
        for connector in evse.connectors
    )
    ordered = sorted(counts.items(), key=lambda item: (-(item[0][1] or 0), item[0][0] or "~"))
    return [
        ConnectorCount(standard, None if power_w is None else power_w / 1000, count)
        for (standard, power_w), count in ordered
    ]


def rfc3339(moment: datetime) -> str:
    """An aware UTC time as ``2026-01-31T12:00:00Z``, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"

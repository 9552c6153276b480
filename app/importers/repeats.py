"""Rows that repeat the station of the row before them, as most rows of a registry do."""

from __future__ import annotations

import msgspec

from app.stations.draft import StationContent


def tell_same_station(content: StationContent, other: StationContent) -> bool:
    """Whether two contents differ in their EVSEs at most. Cost: under 1 µs."""
    return msgspec.structs.replace(content, evses=other.evses) == other

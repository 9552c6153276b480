"""What a search asks for: frozen, validated, in units, without HTTP."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from app.geo.bbox import Box
from app.geo.point import Point
from app.stations.vocabulary import Access, ConnectorStandard, Payment

MAX_RADIUS_KM = 500.0
DEFAULT_RADIUS_KM = 10.0
MAX_CORRIDOR_KM = 50.0
DEFAULT_CORRIDOR_KM = 2.0
MAX_ROUTE_POINTS = 20_000
MAX_LIMIT = 500
DEFAULT_LIMIT = 50


class Near(msgspec.Struct, frozen=True):
    """Within ``radius_km`` (0…500) of a point, great-circle distance, border included."""

    centre: Point
    radius_km: float = DEFAULT_RADIUS_KM


class Inside(msgspec.Struct, frozen=True):
    """Inside a box, borders included; it may cross the antimeridian."""

    box: Box


class Along(msgspec.Struct, frozen=True):
    """Within ``corridor_km`` (0…50) to either side of great-circle legs through points."""

    points: tuple[Point, ...]
    """At least two, at most ``MAX_ROUTE_POINTS``."""
    corridor_km: float = DEFAULT_CORRIDOR_KM


Area = Near | Inside | Along | None


class Sort(StrEnum):
    """Orders of a result; each is made total by the station's integer id."""

    DISTANCE = "distance"
    ALONG = "along"
    POWER = "power"
    NAME = "name"
    UPDATED = "updated"
    RELEVANCE = "relevance"
    ID = "id"


class Filters(msgspec.Struct, frozen=True):
    """Conditions that must all hold.

    ``connectors``, both powers and ``is_available`` must hold together on one connector:
    its standard is one of those, its power is known and within the bounds (kW, both
    inclusive), and its EVSE is free by a report that is not stale.
    """

    connectors: frozenset[ConnectorStandard] = frozenset()
    min_power_kw: float | None = None
    max_power_kw: float | None = None
    is_available: bool = False
    operators: frozenset[str] = frozenset()
    """Names, compared folded; any of them."""
    access: frozenset[Access] = frozenset()
    country: str | None = None
    open_24_7: bool | None = None
    open_at: datetime | None = None
    """Aware; hours that could not be read never match."""
    payments: frozenset[Payment] = frozenset()
    """Any of them."""
    min_evses: int | None = None
    source: str | None = None
    """Looks at all stations of that source, shown or not; without it only shown ones match."""
    created_since: datetime | None = None
    updated_since: datetime | None = None
    text: str | None = None
    """Words of name, address, operator: all must occur, the last may be a beginning."""


class Criteria(msgspec.Struct, frozen=True):
    """One search: area, conditions, order."""

    area: Area = None
    filters: Filters = msgspec.field(default_factory=Filters)
    sort: Sort | None = None
    """``None``: distance with a point, along with a route, relevance with text, id else."""

    @property
    def order(self) -> Sort:
        """The order that ``sort`` asks for or the area and text imply."""
        if self.sort is not None:
            return self.sort
        if isinstance(self.area, Near):
            return Sort.DISTANCE
        if isinstance(self.area, Along):
            return Sort.ALONG
        return Sort.RELEVANCE if self.filters.text else Sort.ID

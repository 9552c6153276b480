"""From parameters to criteria: what goes together, and what contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from app.geo.bbox import Box
from app.geo.point import Point
from app.stations.criteria import (
    DEFAULT_CORRIDOR_KM,
    DEFAULT_RADIUS_KM,
    Along,
    Area,
    Criteria,
    Filters,
    Inside,
    Near,
    Sort,
)
from app.stations.parameters import CLUSTERS, FILTERS, MAX_POWER_KW, SEARCH
from app.web.formats import Form
from app.web.parameters import Parameter, read_values, refuse

_AREAS = {
    "latitude + longitude": ("latitude", "longitude", "radius_km"),
    "bbox": ("bbox",),
    "route": ("route", "corridor_km"),
}


class SearchRequest(NamedTuple):
    """A search as it was asked for, with what belongs to the page and not to the criteria."""

    criteria: Criteria
    limit: int | None
    cursor: str | None
    form: Form | None
    is_sampled: bool


class ClusterRequest(NamedTuple):
    """Clusters of a box at a zoom."""

    box: Box
    zoom: int
    filters: Filters


def read_search(
    pairs: Iterable[tuple[str, str]], *, now: datetime | None = None,
    table: Mapping[str, Parameter] = SEARCH, route: Sequence[Point] | None = None,
) -> SearchRequest:  # fmt: skip
    """A search from names and values, all faults told at once.

    Args:
        pairs: Names and values, decoded, in any order.
        now: The moment that ``open_now`` means; aware; default: now.
        table: ``SEARCH``, ``AREA_AND_FILTERS`` where there are no pages, or ``ALONG`` for
            ``route``.
        route: That of a body; at least two points.

    Raises:
        ParametersInvalid: A parameter is unknown, unfit, repeated or contradicts another.
    """
    values, faults = read_values(pairs, table)
    refuse(faults)
    if route is not None:
        values["route"] = tuple(route)
    faults = _contradictions(values, table)
    refuse(faults)
    criteria = Criteria(area=_area(values), filters=_filters(values, now), sort=values.get("sort"))
    return SearchRequest(
        criteria,
        limit=values.get("limit"),
        cursor=values.get("cursor"),
        form=values.get("format"),
        is_sampled=values.get("sample", False),
    )


def read_clusters(
    pairs: Iterable[tuple[str, str]], *, now: datetime | None = None
) -> ClusterRequest:
    """Clusters from names and values.

    Raises:
        ParametersInvalid: As ``read_search``; or ``bbox`` or ``zoom`` is missing.
    """
    values, faults = read_values(pairs, CLUSTERS)
    refuse(faults)
    missing = [
        CLUSTERS[name].fault("It is needed here.") for name in ("bbox", "zoom")
        if name not in values
    ]  # fmt: skip
    refuse(missing + _contradictions(values, CLUSTERS))
    return ClusterRequest(values["bbox"], values["zoom"], _filters(values, now))


def read_filters(pairs: Iterable[tuple[str, str]], *, now: datetime | None = None) -> Filters:
    """Conditions without an area, from names and values.

    Raises:
        ParametersInvalid: As ``read_search``.
    """
    values, faults = read_values(pairs, FILTERS)
    refuse(faults)
    refuse(_contradictions(values, FILTERS))
    return _filters(values, now)


def _contradictions(
    values: Mapping[str, Any], table: Mapping[str, Parameter]
) -> list[dict[str, Any]]:
    faults = []

    def demand(name: str, needed: str, *, because: str = "") -> None:
        if name in values and needed not in values:
            faults.append(table[name].fault(f"It needs {needed}{because}."))

    demand("latitude", "longitude")
    demand("longitude", "latitude")
    demand("radius_km", "latitude", because=" and longitude")
    demand("corridor_km", "route")
    if values.get("sample"):
        demand("sample", "bbox")
        if "cursor" in values:
            faults.append(table["sample"].fault("A sample has no further pages, so no cursor."))
    areas = [area for area, names in _AREAS.items() if names[0] in values]
    if len(areas) > 1:
        faults.append(
            table[_AREAS[areas[1]][0]].fault(f"Only one area at a time, not {' and '.join(areas)}.")
        )
    if values.get("sort") is Sort.DISTANCE and not {"latitude", "route"} & values.keys():
        faults.append(table["sort"].fault("By distance needs latitude and longitude, or a route."))
    if values.get("sort") is Sort.ALONG:
        demand("sort", "route", because=", to sort along it")
    if values.get("min_power_kw", 0) > values.get("max_power_kw", MAX_POWER_KW):
        faults.append(table["min_power_kw"].fault("It is above max_power_kw."))
    return faults


def _area(values: Mapping[str, Any]) -> Area:
    if "latitude" in values:
        centre = Point(values["latitude"], values["longitude"])
        return Near(centre, values.get("radius_km", DEFAULT_RADIUS_KM))
    if "bbox" in values:
        return Inside(values["bbox"])
    if "route" in values:
        return Along(values["route"], values.get("corridor_km", DEFAULT_CORRIDOR_KM))
    return None


_RENAMED = {
    "available": "is_available",
    "q": "text",
    "operator": "operators",
    "payment": "payments",
}
_FIELDS = {
    name: _RENAMED.get(name, name)
    for name in (
        "min_power_kw", "max_power_kw", "available", "country", "open_24_7", "min_evses",
        "source", "created_since", "updated_since", "q",
    )
}  # fmt: skip
_SETS = {name: _RENAMED.get(name, name) for name in ("operator", "access", "payment")}


def _filters(values: Mapping[str, Any], now: datetime | None) -> Filters:
    chosen: dict[str, Any] = {}
    for name, value in values.items():
        if name in _FIELDS:
            chosen[_FIELDS[name]] = value
        elif name in _SETS:
            chosen[_SETS[name]] = frozenset(value)
    if "connector" in values:
        chosen["connectors"] = frozenset().union(*values["connector"])
    if values.get("open_now"):
        chosen["open_at"] = now or datetime.now(UTC)
    return Filters(**chosen)

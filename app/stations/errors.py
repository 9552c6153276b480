"""Problems about stations that a user can act on."""

from __future__ import annotations

from datetime import datetime

from app.errors import VoltWayError
from app.web.errors import fault

_CURSOR_BOUNDS = "the `next_cursor` of the page before, with the same other parameters"


class StationNotFound(VoltWayError):
    """There never was a station of this id."""

    slug, title, status = "station-not-found", "No such station", 404
    exit_code = 2

    def __init__(self, station_id: str) -> None:
        super().__init__(f"There is no station {station_id[:200]!r}.", station_id=station_id[:200])


class StationGone(VoltWayError):
    """The station's source no longer has it: its record is kept, but not shown."""

    slug, title, status = "station-gone", "The station is gone", 410
    exit_code = 2

    def __init__(self, station_id: str, gone_at: datetime) -> None:
        super().__init__(
            f"The source of station {station_id!r} no longer has it since {gone_at:%Y-%m-%d}.",
            station_id=station_id,
            gone_at=f"{gone_at:%Y-%m-%dT%H:%M:%SZ}",
        )


class CursorMalformed(VoltWayError):
    """The cursor is not one that this API gave out."""

    slug, title, status, exit_code = "cursor-malformed", "The cursor cannot be read", 422, 2

    def __init__(self) -> None:
        detail = (
            "The cursor cannot be read: pass `next_cursor` of a page back as it came,"
            " or leave `cursor` out to begin with the first page."
        )
        super().__init__(detail, errors=[fault("cursor", detail, bounds=_CURSOR_BOUNDS)])


class CursorMismatch(VoltWayError):
    """The cursor belongs to another search."""

    slug, title, status, exit_code = "cursor-mismatch", "The cursor is of another search", 422, 2

    def __init__(self) -> None:
        detail = (
            "The cursor belongs to a search with other parameters: keep all parameters but"
            " `limit` as they were, or leave `cursor` out to begin with the first page."
        )
        super().__init__(detail, errors=[fault("cursor", detail, bounds=_CURSOR_BOUNDS)])


class SortNeedsArea(VoltWayError):
    """An order that only some areas have."""

    slug, title, status, exit_code = "sort-needs-area", "The order needs another area", 422, 2

    def __init__(self, order: str, area: str) -> None:
        detail = f"`sort={order}` needs {area}; without one, leave `sort` out."
        bounds = "power, name or updated with any area; distance or along as said"
        super().__init__(
            detail, errors=[fault("sort", detail, bounds=bounds, example="sort=power")]
        )


class RouteTooTangled(VoltWayError):
    """A route that passes too many stations too often."""

    slug, title, status, exit_code = "route-too-tangled", "The route is too tangled", 422, 2

    def __init__(self) -> None:
        detail = (
            "The route comes near too many stations too many times to be searched at once:"
            " give fewer points, a smaller `corridor_km`, or search its parts."
        )
        bounds = "a route that does not cross itself again and again, or a narrower corridor"
        super().__init__(
            detail, errors=[fault("route", detail, bounds=bounds, example="corridor_km=2")]
        )

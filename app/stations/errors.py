"""Problems about stations that a user can act on."""

from __future__ import annotations

from datetime import datetime

from app.errors import VoltWayError


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

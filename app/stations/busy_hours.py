"""How busy one station has been, by hour of its week, as a document."""

from __future__ import annotations

from typing import Any

import msgspec

from app.db.dialects.base import CatalogueReader
from app.db.moments import from_epoch_ms
from app.stations.cards import rfc3339
from app.stations.named import read_named
from app.stations.tally import EMPTY, HOURS_OF_DAY, HOURS_OF_WEEK, Tally

LEAST_REPORTS = 10
"""Of an hour, for its share to be told. The standard error of a share of ten is up to 0.16:
with fewer a quiet hour could not be told from a busy one."""

_COLUMNS = (
    "station.time_zone", "station.licence", "station.attribution", "feed.source",
    "feed.is_synthetic", "busy_hours.since", "busy_hours.hours",
)  # fmt: skip
_JOINS = " LEFT JOIN busy_hours ON busy_hours.station_id = station.id"

_encode = msgspec.json.Encoder().encode


async def busy_hours_document(reader: CatalogueReader, station_id: str) -> bytes:
    """The busy hours of the station with a public id, all 168 of the week.

    Raises:
        StationNotFound: No station ever had this id (HTTP 404).
        StationGone: Its source no longer has it (HTTP 410).

    Cost: one statement by key, and some 100 µs.
    """
    row = await read_named(reader, station_id, _COLUMNS, _JOINS)
    tally = Tally.unpacked(row["since"] or 0, row["hours"] or EMPTY)
    return _encode(
        {
            "station_id": row["public_id"],
            "time_zone": row["time_zone"],
            "reports": sum(reports for reports, _ in tally.hours.values()),
            "since": row["since"] and rfc3339(from_epoch_ms(row["since"])),
            "least_reports": LEAST_REPORTS,
            "hours": [
                _hour(number, *tally.hours.get(number, (0, 0))) for number in range(HOURS_OF_WEEK)
            ],
            "source": row["source"],
            "licence": row["licence"],
            "attribution": row["attribution"],
            "synthetic": bool(row["is_synthetic"]),
        }
    )


def _hour(number: int, reports: int, occupied: int) -> dict[str, Any]:
    weekday, hour = divmod(number, HOURS_OF_DAY)
    return {
        "weekday": weekday + 1,
        "hour": hour,
        "reports": reports,
        "occupied_share": round(occupied / reports, 3) if reports >= LEAST_REPORTS else None,
    }

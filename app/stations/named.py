"""The one station that a public id names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.db.dialects.base import CatalogueReader
from app.db.moments import from_epoch_ms
from app.stations.errors import StationGone, StationNotFound
from app.stations.naming import spellings_of

_ALWAYS = ("station.public_id", "station.gone_at")


async def read_named(
    reader: CatalogueReader, station_id: str, columns: Sequence[str], joins: str = ""
) -> dict[str, Any]:
    """Columns of a station that is not gone, by their names.

    Args:
        reader: Committed data.
        station_id: The public id; an id whose percent-encoding a client or proxy has
            undone (``osm:node/1`` for ``osm:node%2F1``) or done twice is understood too.
        columns: Of ``station``, of its ``feed``, and of what is joined; ``AS`` renames one.
            ``public_id`` comes with them.
        joins: Further tables, at most one row of each.

    Raises:
        StationNotFound: No station ever had this id (HTTP 404).
        StationGone: Its source no longer has it (HTTP 410).

    Cost: one statement by key.
    """
    spellings = spellings_of(station_id)
    if any("\0" in spelling for spelling in spellings):
        raise StationNotFound(station_id)
    wanted = (*_ALWAYS, *columns)
    statement = (
        f"SELECT {', '.join(wanted)} FROM station"  # noqa: S608 - columns and joins are constants
        f" JOIN feed ON feed.id = station.feed_id{joins} WHERE station.public_id IN (?, ?, ?)"
    )
    names = [column.split(" AS ")[-1].split(".")[-1] for column in wanted]
    rows = [
        dict(zip(names, row, strict=True)) for row in await reader.fetch_all(statement, spellings)
    ]
    if not rows:
        raise StationNotFound(station_id)
    found = min(rows, key=lambda row: spellings.index(row["public_id"]))
    if found["gone_at"] is not None:
        raise StationGone(found["public_id"], from_epoch_ms(found["gone_at"]))
    return found

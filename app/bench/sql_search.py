"""The nearest stations by SQL alone: the best that one gets without an index in memory.

The location index ``(latitude_band, longitude)`` gives the candidates, ``EXISTS`` looks at
their connectors, the radius grows as in our own search, and the cards are the same.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sized
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from app.geo.bands import band_of
from app.geo.bbox import around
from app.geo.distance import haversine_m
from app.geo.point import Point
from app.stations.cards import rfc3339
from app.stations.vocabulary import ConnectorStandard, EvseStatus

FIRST_RADIUS_M = 2_000.0


class Hit(NamedTuple):
    """A station that was found, with what its card does not hold."""

    distance_m: float
    station_id: int


class BaysNow(NamedTuple):
    """What is true of a station's bays at this moment."""

    available_count: int | None
    """Free ones by reports that count; ``None`` where none counts."""
    newest_s: int | None
    """Newest report of any kind, seconds since 1970."""


_NOTHING_REPORTED = BaysNow(None, None)


class SqlSearch:
    """A read-only connection; used on the event loop, as the fastest way to ask SQLite."""

    def __init__(self, catalogue: Path, *, status_max_age_s: int) -> None:
        self._connection = sqlite3.connect(
            f"{catalogue.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
        )
        self._connection.execute("PRAGMA mmap_size=1073741824")
        self._status_max_age_s = status_max_age_s

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def nearest(
        self,
        centre: Point,
        radius_m: float,
        standards: frozenset[ConnectorStandard],
        min_power_w: int,
        limit: int,
    ) -> list[Hit]:
        """At most ``limit`` stations, nearest first; exact, but blind to the antimeridian."""
        hits = self._within(centre, min(FIRST_RADIUS_M, radius_m), standards, min_power_w)
        if len(hits) < limit and radius_m > FIRST_RADIUS_M:
            hits = self._within(centre, radius_m, standards, min_power_w)
        return hits[:limit]

    def _within(
        self,
        centre: Point,
        radius_m: float,
        standards: frozenset[ConnectorStandard],
        min_power_w: int,
    ) -> list[Hit]:
        box = around(centre, radius_m)
        bands = range(band_of(box.south), band_of(box.north) + 1)
        rows = self._connection.execute(
            "SELECT id, latitude, longitude FROM station"  # noqa: S608 - only question marks
            f" WHERE latitude_band IN ({_marks(bands)}) AND longitude BETWEEN ? AND ?"
            " AND is_shown AND gone_at IS NULL AND EXISTS ("
            "  SELECT 1 FROM evse JOIN connector ON connector.evse_id = evse.id"
            "  WHERE evse.station_id = station.id"
            f"  AND connector.standard IN ({_marks(standards)}) AND connector.max_power_w >= ?)",
            (*bands, box.west, box.east, *standards, min_power_w),
        )
        hits = (
            Hit(haversine_m(centre, Point(latitude, longitude)), station_id)
            for station_id, latitude, longitude in rows
        )
        return sorted(hit for hit in hits if hit.distance_m <= radius_m)

    def answer(self, hits: list[Hit]) -> bytes:
        """The JSON answer: two statements, cards and what is true of the bays now."""
        ids = [hit.station_id for hit in hits]
        cards = dict(
            self._connection.execute(
                f"SELECT station_id, body FROM card WHERE station_id IN ({_marks(ids)})",  # noqa: S608 - only question marks
                ids,
            ).fetchall()
        )
        bays = self._bays_now(ids)
        items = b",".join(
            _item(
                cards[hit.station_id], bays.get(hit.station_id, _NOTHING_REPORTED), hit.distance_m
            )
            for hit in hits
        )
        return b'{"items":[%b],"next_cursor":null}' % items

    def _bays_now(self, ids: list[int]) -> dict[int, BaysNow]:
        oldest_ms = round((time.time() - self._status_max_age_s) * 1000)
        rows = self._connection.execute(
            "SELECT station_id,"  # noqa: S608 - constants and question marks
            f" SUM(status = '{EvseStatus.AVAILABLE}') FILTER (WHERE"
            f"  status <> '{EvseStatus.UNKNOWN}' AND status_updated_at >= ?),"
            " MAX(status_updated_at) / 1000"
            f" FROM evse WHERE station_id IN ({_marks(ids)}) AND status_updated_at IS NOT NULL"
            " GROUP BY station_id",
            (oldest_ms, *ids),
        )
        return {station_id: BaysNow(*bays) for station_id, *bays in rows}


def _marks(values: Sized) -> str:
    return ",".join("?" * len(values))


def _item(card: bytes, bays: BaysNow, distance_m: float) -> bytes:
    count = "null" if bays.available_count is None else bays.available_count
    newest = "null" if bays.newest_s is None else f'"{_rfc3339(bays.newest_s)}"'
    volatile = f',"available_count":{count},"status_updated_at":{newest}'.encode()
    return b'%b,"distance_m":%d}' % (card.replace(b"\0", volatile), round(distance_m))


def _rfc3339(epoch_s: int) -> str:
    return rfc3339(datetime.fromtimestamp(epoch_s, UTC))

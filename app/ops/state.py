"""How the service is: its database, its index, the age of its data."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from app.db.base import from_epoch_ms
from app.db.dialects.base import CatalogueReader
from app.ops.schemas import DataPart, Health, IndexPart, Part
from app.stations.index.feed import Follower

DEADLINE_S = 2.0
"""A database that has not answered by then counts as down."""

TOLERATED_LAG_S = 5.0
"""Seconds without catching up after which an index is no longer called current."""

_LAST_IMPORT_SQL = "SELECT MAX(finished_at) FROM import_run WHERE state = 'done'"
_LAST_CHANGE_SQL = "SELECT MAX(seq) FROM change"


async def check_health(
    reader: CatalogueReader,
    follower: Follower,
    *,
    version: str,
    now: datetime | None = None,
) -> Health:
    """Ask every part, within ``DEADLINE_S`` for each; never raises.

    Cost: two statements by key.
    """
    now = now or datetime.now(UTC)
    try:
        async with asyncio.timeout(DEADLINE_S):
            ((last_change,),) = await reader.fetch_all(_LAST_CHANGE_SQL)
            ((last_import,),) = await reader.fetch_all(_LAST_IMPORT_SQL)
    except Exception as error:  # noqa: BLE001 - whatever fails, this is where it is told
        database = Part(status="down", detail=f"{type(error).__name__}; see `voltway doctor`.")
        data = DataPart(status="down", detail="Not known.", last_import_at=None, age_s=None)
        followed = _index_part(follower, None)
    else:
        database = Part(status="ok", detail="It answers.")
        data = _data_part(last_import, now)
        followed = _index_part(follower, last_change or 0)
    order = ("ok", "degraded", "down")
    worst = max((database.status, followed.status), key=order.index)
    return Health(status=worst, version=version, database=database, index=followed, data=data)


def _index_part(follower: Follower, last_change: int | None) -> IndexPart:
    if follower.fault is not None:
        status, detail = "degraded", f"It does not follow the database: {follower.fault}"
    elif follower.lag_s > TOLERATED_LAG_S:
        status, detail = "degraded", "It is taking in many changes."
    else:
        status, detail = "ok", "It follows the database."
    return IndexPart.model_validate(
        {
            "status": status,
            "detail": detail,
            "station_count": follower.station_count,
            "sequence": follower.seq,
            "lag_changes": None if last_change is None else max(0, last_change - follower.seq),
            "lag_s": round(follower.lag_s, 3),
            "reloads": follower.reload_count,
        }
    )


def _data_part(last_import_ms: int | None, now: datetime) -> DataPart:
    if last_import_ms is None:
        return DataPart(
            status="degraded",
            detail="Nothing was imported yet; `voltway import` or `voltway demo` does.",
            last_import_at=None,
            age_s=None,
        )
    imported_at = from_epoch_ms(last_import_ms).replace(microsecond=0)
    return DataPart(
        status="ok",
        detail="When the last import ended.",
        last_import_at=imported_at,
        age_s=max(0, int((now - imported_at).total_seconds())),
    )

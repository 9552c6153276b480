"""How the service is: its database, its index, the age of its data."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol

from app.db.base import from_epoch_ms
from app.db.dialects.base import CatalogueReader
from app.ops.schemas import DataPart, Health, IndexPart, Part

DEADLINE_S = 2.0
"""A database that has not answered by then counts as down."""

TOLERATED_LAG = 10_000
"""Changes behind which an index is no longer called current (an import chunk makes hundreds)."""

_LAST_IMPORT_SQL = "SELECT MAX(finished_at) FROM import_run WHERE state = 'done'"
_LAST_CHANGE_SQL = "SELECT MAX(seq) FROM change"


class FollowedIndex(Protocol):
    """What is asked of the index that a process follows."""

    @property
    def seq(self) -> int:
        """The last change that was taken in."""
        ...

    @property
    def station_count(self) -> int:
        """Stations that a search may find."""
        ...

    @property
    def fault(self) -> str | None:
        """Why it cannot follow the database; ``None`` while it can."""
        ...


async def check_health(
    reader: CatalogueReader, index: FollowedIndex, *, version: str, now: datetime | None = None
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
        followed = _index_part(index, None)
    else:
        database = Part(status="ok", detail="It answers.")
        data = _data_part(last_import, now)
        followed = _index_part(index, last_change or 0)
    order = ("ok", "degraded", "down")
    worst = max((database.status, followed.status), key=order.index)
    return Health(status=worst, version=version, database=database, index=followed, data=data)


def _index_part(index: FollowedIndex, last_change: int | None) -> IndexPart:
    lag = None if last_change is None else max(0, last_change - index.seq)
    if index.fault is not None:
        return IndexPart(
            status="degraded",
            detail=f"It does not follow the database: {index.fault}",
            station_count=index.station_count,
            sequence=index.seq,
            lag=lag,
        )
    is_behind = lag is not None and lag > TOLERATED_LAG
    return IndexPart(
        status="degraded" if is_behind else "ok",
        detail="It is taking in many changes." if is_behind else "It follows the database.",
        station_count=index.station_count,
        sequence=index.seq,
        lag=lag,
    )


def _data_part(last_import_ms: int | None, now: datetime) -> DataPart:
    if last_import_ms is None:
        return DataPart(
            status="degraded",
            detail="Nothing was imported yet; `voltway import` or `voltway demo` does.",
            last_import_at=None,
            age_s=None,
        )
    imported_at = from_epoch_ms(last_import_ms)
    return DataPart(
        status="ok",
        detail="When the last import ended.",
        last_import_at=imported_at,
        age_s=max(0, int((now - imported_at).total_seconds())),
    )

"""How the service is: its database, its index, the age of its data, its Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from app.db.dialects.base import CatalogueReader
from app.db.moments import from_epoch_ms
from app.ops.redis_ping import RedisPing
from app.ops.schemas import DataPart, Health, IndexPart, Part
from app.stations.index.feed import Follower
from app.utils.health import Check, Finding, HealthChecks, worst

TOLERATED_LAG_S = 5.0
"""Seconds without catching up after which an index is no longer called current."""

_LAST_IMPORT_SQL = "SELECT MAX(finished_at) FROM import_run WHERE state = 'done'"
_LAST_CHANGE_SQL = "SELECT MAX(seq) FROM change"

Ask = Callable[[], Awaitable[object]]


class ServiceHealth:
    """What ``GET /api/v1/health`` tells.

    Args:
        reader: Of the catalogue; what fails without it is down.
        follower: Of the index, which is looked at and not asked.
        ping_redis: Raises where Redis is away; ``None`` where none is used.
    """

    def __init__(
        self,
        reader: CatalogueReader,
        follower: Follower,
        *,
        version: str,
        ping_redis: Ask | None = None,
    ) -> None:
        self._reader = reader
        self._follower = follower
        self._version = version
        checks = [Check("database", self._ask_database), Check("data", self._ask_data)]
        if ping_redis is not None:
            checks.append(Check("redis", _pinging(ping_redis), is_required=False))
        self._checks = HealthChecks(checks)

    async def look(self, *, now: datetime | None = None) -> Health:
        """Every part, within a second and a bit; never raises.

        Cost: two statements by key and a ping, at most once a second however many ask.
        """
        found = await self._checks.look()
        database, redis = found["database"], found.get("redis")
        index = self._index_part(database.facts.get("last_change"))
        data = _data_part(found["data"], now or datetime.now(UTC))
        parts = (*found.values(), Finding(index.status, ""), Finding(data.status, ""))
        return Health(
            status=worst(parts),
            version=self._version,
            database=_part(database),
            index=index,
            data=data,
            redis=redis and _part(redis),
        )

    def close(self) -> None:
        """Give up checks that still hang."""
        self._checks.close()

    async def _ask_database(self) -> Finding:
        ((last_change,),) = await self._reader.fetch_all(_LAST_CHANGE_SQL)
        return Finding("ok", "It answers.", {"last_change": last_change or 0})

    async def _ask_data(self) -> Finding:
        ((last_import_ms,),) = await self._reader.fetch_all(_LAST_IMPORT_SQL)
        if last_import_ms is None:
            remedy = "Nothing was imported yet; `voltway import` or `voltway demo` does."
            return Finding("degraded", remedy)
        return Finding("ok", "When the last import ended.", {"last_import_ms": last_import_ms})

    def _index_part(self, last_change: int | None) -> IndexPart:
        follower = self._follower
        status, detail, _ = _following(follower)
        return IndexPart(
            status=status,
            detail=detail,
            station_count=follower.station_count,
            sequence=follower.seq,
            lag_changes=None if last_change is None else max(0, last_change - follower.seq),
            lag_s=round(follower.lag_s, 3),
            reloads=follower.reload_count,
        )


@asynccontextmanager
async def watching_health(
    reader: CatalogueReader, follower: Follower, *, version: str, redis_url: str | None = None
) -> AsyncIterator[ServiceHealth]:
    """The health of a service while it runs; asks nothing by itself."""
    ping = None if redis_url is None else RedisPing(redis_url)
    health = ServiceHealth(reader, follower, version=version, ping_redis=ping)
    try:
        yield health
    finally:
        health.close()
        if ping is not None:
            await ping.close()


def _following(follower: Follower) -> Finding:
    if follower.fault is not None:
        # Only its kind: the rest may name addresses.
        kind = follower.fault.partition(":")[0]
        return Finding("degraded", f"It does not follow the database ({kind}).")
    if follower.lag_s > TOLERATED_LAG_S:
        return Finding("degraded", "It is taking in many changes.")
    return Finding("ok", "It follows the database.")


def _pinging(ping: Ask) -> Callable[[], Awaitable[Finding]]:
    async def look() -> Finding:
        await ping()
        return Finding("ok", "It answers.")

    return look


def _part(finding: Finding) -> Part:
    return Part(status=finding.status, detail=finding.detail)


def _data_part(finding: Finding, now: datetime) -> DataPart:
    last_import_ms = finding.facts.get("last_import_ms")
    if last_import_ms is None:
        return DataPart(
            status=finding.status, detail=finding.detail, last_import_at=None, age_s=None
        )
    imported_at = from_epoch_ms(last_import_ms).replace(microsecond=0)
    return DataPart(
        status=finding.status,
        detail=finding.detail,
        last_import_at=imported_at,
        age_s=max(0, int((now - imported_at).total_seconds())),
    )

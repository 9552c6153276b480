"""One station, whole: with its EVSEs, connectors, and what is true of it now."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from app.db.dialects.base import CatalogueReader
from app.db.moments import from_epoch_ms
from app.stations.cards import rfc3339
from app.stations.named import read_named
from app.stations.vocabulary import EvseStatus
from app.utils.caching import redis_cache

KEPT_S = 10
"""What no change tells of may lag so long: a report that became too old, the last look at a
source that found nothing new."""

_encode = msgspec.json.Encoder().encode

_STATION_COLUMNS = (
    "station.id", "station.key", "station.place_id", "station.is_shown", "station.name",
    "station.street", "station.postal_code", "station.city", "station.state", "station.country",
    "station.latitude", "station.longitude", "operator.name AS operator", "station.access",
    "station.open_24_7", "station.opening_hours", "station.opening_text", "station.time_zone",
    "station.phone", "station.url", "station.price_text", "station.payments", "station.licence",
    "station.attribution", "station.source_url", "station.evse_count", "station.max_power_w",
    "station.content_hash", "station.created_at", "station.updated_at", "feed.source",
    "feed.name AS feed", "feed.is_synthetic", "import_run.started_at AS seen_at",
    "sighting.source_updated_at",
)  # fmt: skip
_JOINS = (
    " LEFT JOIN operator ON operator.id = station.operator_id"
    " LEFT JOIN sighting ON sighting.station_id = station.id"
    " LEFT JOIN import_run ON import_run.id = sighting.run_id"
)
_EVSE_COLUMNS = ("id", "uid", "evse_id", "power_level", "status", "status_updated_at")
_EVSE_SQL = f"SELECT {', '.join(_EVSE_COLUMNS)} FROM evse WHERE station_id = ? ORDER BY id"  # noqa: S608 - constants only
_CONNECTOR_COLUMNS = (
    "evse_id", "standard", "standard_word", "format", "power_type", "max_power_w",
    "max_voltage_v", "max_amperage_a",
)  # fmt: skip
_CONNECTOR_SQL = (
    f"SELECT {', '.join('connector.' + column for column in _CONNECTOR_COLUMNS)}"  # noqa: S608 - constants only
    " FROM connector JOIN evse ON evse.id = connector.evse_id"
    " WHERE evse.station_id = ? ORDER BY connector.id"
)
_SAME_PLACE_SQL = (
    "SELECT public_id FROM station WHERE place_id = ? AND id <> ? AND gone_at IS NULL"
    " ORDER BY public_id"
)


class WholeStation(NamedTuple):
    """A station's document, with what a conditional request compares."""

    body: bytes
    content_tag: bytes
    """Moves with content only."""
    volatile_tag: bytes
    """Moves with statuses, their expiry, and the last sighting."""
    modified_at: datetime
    """When the document last became what it is; aware, UTC."""


class _Statuses(NamedTuple):
    documents: list[dict[str, Any]]
    free_count: int | None
    newest_at: datetime | None
    changed_at: datetime | None


async def get_station(
    reader: CatalogueReader, station_id: str, *, status_max_age_s: int, now: datetime | None = None
) -> WholeStation:
    """The station with a public id.

    Args:
        reader: Committed data.
        station_id: The public id; an id whose percent-encoding a client or proxy has
            undone (``osm:node/1`` for ``osm:node%2F1``) or done twice is understood too.
        status_max_age_s: Age from which a status counts as unknown.
        now: Aware; default: now.

    Raises:
        StationNotFound: No station ever had this id (HTTP 404).
        StationGone: Its source no longer has it (HTTP 410).

    Cost: four statements by key.
    """
    now = now or datetime.now(UTC)
    row = await read_named(reader, station_id, _STATION_COLUMNS, _JOINS)
    statuses = await _read_statuses(reader, row["id"], now, timedelta(seconds=status_max_age_s))
    same_place = await reader.fetch_all(_SAME_PLACE_SQL, (row["place_id"], row["id"]))
    verified_at = None if row["seen_at"] is None else from_epoch_ms(row["seen_at"])
    document = _document(row, statuses, verified_at, [other for (other,) in same_place])
    moments = (from_epoch_ms(row["updated_at"]), verified_at, statuses.changed_at)
    return WholeStation(
        body=_encode(document),
        content_tag=row["content_hash"] + row["updated_at"].to_bytes(8, "big", signed=True),
        volatile_tag=_encode(
            [verified_at, statuses.documents, same_place, row["source_updated_at"]]
        ),
        modified_at=max(moment for moment in moments if moment is not None),
    )


@redis_cache(ttl=KEPT_S, ignore=("reader",))
async def kept_station(
    reader: CatalogueReader,
    station_id: str,
    *,
    as_of: tuple[str, int],  # noqa: ARG001 - part of the key
    status_max_age_s: int,
) -> WholeStation:
    """The same through memory and Redis, for as long as no change is known.

    Args:
        reader: As above.
        station_id: As above.
        as_of: The catalogue's uuid and the newest change that the caller knows of; what is
            read may be newer.
        status_max_age_s: As above.

    Raises:
        StationNotFound: As above.
        StationGone: As above.

    Cost: none of the statements while it is kept.
    """
    return await get_station(reader, station_id, status_max_age_s=status_max_age_s)


async def _read_statuses(
    reader: CatalogueReader, station_id: int, now: datetime, max_age: timedelta
) -> _Statuses:
    connectors: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for evse_id, *facts in await reader.fetch_all(_CONNECTOR_SQL, (station_id,)):
        connectors[evse_id].append(
            _connector(dict(zip(_CONNECTOR_COLUMNS[1:], facts, strict=True)))
        )
    documents = []
    free_count, newest_at, changed_at = None, None, None
    for row in await reader.fetch_all(_EVSE_SQL, (station_id,)):
        evse = dict(zip(_EVSE_COLUMNS, row, strict=True))
        reported_at = evse["status_updated_at"] and from_epoch_ms(evse["status_updated_at"])
        reason = _why_unknown(evse["status"], reported_at, now, max_age)
        if reason is None and evse["status"] != EvseStatus.UNKNOWN:
            free_count = (free_count or 0) + (evse["status"] == EvseStatus.AVAILABLE)
        if reported_at is not None:
            newest_at = max(newest_at or reported_at, reported_at)
            moved_at = reported_at + max_age if reason == "stale" else reported_at
            changed_at = max(changed_at or moved_at, moved_at)
        documents.append(
            {
                "uid": evse["uid"],
                "evse_id": evse["evse_id"],
                "status": EvseStatus.UNKNOWN if reason else evse["status"],
                "status_reason": reason,
                "status_updated_at": reported_at and rfc3339(reported_at),
                "power_level": evse["power_level"],
                "connectors": connectors[evse["id"]],
            }
        )
    return _Statuses(documents, free_count, newest_at, changed_at)


def _why_unknown(
    status: str | None, reported_at: datetime | None, now: datetime, max_age: timedelta
) -> str | None:
    if status is None or reported_at is None:
        return "not-reported"
    return "stale" if now - reported_at > max_age else None


def _connector(facts: dict[str, Any]) -> dict[str, Any]:
    power_w = facts.pop("max_power_w")
    return {
        "standard": facts["standard"],
        "source_word": facts["standard_word"],
        "format": facts["format"],
        "power_type": facts["power_type"],
        "max_power_kw": None if power_w is None else power_w / 1000,
        "max_voltage_v": facts["max_voltage_v"],
        "max_amperage_a": facts["max_amperage_a"],
    }


def _document(
    row: dict[str, Any],
    statuses: _Statuses,
    verified_at: datetime | None,
    same_place: list[str],
) -> dict[str, Any]:
    power_w = row["max_power_w"]
    return {
        "id": row["public_id"],
        "name": row["name"],
        "address": {name: row[name] for name in ("street", "postal_code", "city", "state")},
        "country": row["country"],
        "latitude": row["latitude"],
        "longitude": row["longitude"],
        "time_zone": row["time_zone"],
        "operator": row["operator"],
        "access": row["access"],
        "open_24_7": None if row["open_24_7"] is None else bool(row["open_24_7"]),
        "opening_hours": row["opening_hours"],
        "opening_text": row["opening_text"],
        "payments": row["payments"].split(),
        "price_text": row["price_text"],
        "phone": row["phone"],
        "url": row["url"],
        "evse_count": row["evse_count"],
        "available_count": statuses.free_count,
        "status_updated_at": statuses.newest_at and rfc3339(statuses.newest_at),
        "max_power_kw": None if power_w is None else power_w / 1000,
        "evses": statuses.documents,
        "source": row["source"],
        "feed": row["feed"],
        "source_id": row["key"],
        "source_url": row["source_url"],
        "licence": row["licence"],
        "attribution": row["attribution"],
        "synthetic": bool(row["is_synthetic"]),
        "shown": bool(row["is_shown"]),
        "same_place": same_place,
        "created_at": rfc3339(from_epoch_ms(row["created_at"])),
        "updated_at": rfc3339(from_epoch_ms(row["updated_at"])),
        "source_updated_at": row["source_updated_at"]
        and rfc3339(from_epoch_ms(row["source_updated_at"])),
        "last_verified_at": verified_at and rfc3339(verified_at),
    }

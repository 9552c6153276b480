"""The nearest stations by SQLAlchemy's asynchronous ORM, as tutorials have it.

It is a competent one: candidates come by the location index as bare columns, and only the
stations of the answer are loaded whole, in one statement per table.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.geo.bands import band_of
from app.geo.bbox import around
from app.geo.distance import haversine_m
from app.geo.point import Point
from app.stations.cards import rfc3339
from app.stations.models import Connector, Evse, Feed, Operator, Station
from app.stations.vocabulary import ConnectorStandard, EvseStatus


class AddressModel(BaseModel):
    """Address of a station."""

    street: str | None
    postal_code: str | None
    city: str | None
    state: str | None


class ConnectorModel(BaseModel):
    """Equal connectors, counted."""

    standard: str | None
    max_power_kw: float | None
    count: int


class StationModel(BaseModel):
    """One station of an answer."""

    id: str
    name: str | None
    address: AddressModel
    country: str | None
    latitude: float
    longitude: float
    operator: str | None
    access: str | None
    open_24_7: bool | None
    evse_count: int
    available_count: int | None
    status_updated_at: str | None
    max_power_kw: float | None
    connectors: list[ConnectorModel]
    source: str
    licence: str
    attribution: str
    updated_at: str
    synthetic: bool
    distance_m: int


class StationsModel(BaseModel):
    """The answer."""

    items: list[StationModel]
    next_cursor: str | None = None


async def nearest(
    session: AsyncSession,
    centre: Point,
    radius_m: float,
    standards: frozenset[ConnectorStandard],
    min_power_w: int,
    limit: int,
    *,
    status_max_age_s: int,
) -> StationsModel:
    """At most ``limit`` stations, nearest first; exact, but blind to the antimeridian."""
    box = around(centre, radius_m)
    fits = (
        select(Evse.id)
        .join(Connector, Connector.evse_id == Evse.id)
        .where(
            Evse.station_id == Station.id,
            Connector.standard.in_(sorted(standards)),
            Connector.max_power_w >= min_power_w,
        )
        .exists()
    )
    candidates = await session.execute(
        select(Station.id, Station.latitude, Station.longitude).where(
            Station.latitude_band.in_(range(band_of(box.south), band_of(box.north) + 1)),
            Station.longitude.between(box.west, box.east),
            Station.is_shown,
            Station.gone_at.is_(None),
            fits,
        )
    )
    distances = sorted(
        (haversine_m(centre, Point(latitude, longitude)), station_id)
        for station_id, latitude, longitude in candidates
    )
    page = [(far, station_id) for far, station_id in distances if far <= radius_m][:limit]
    models = await _load(session, {station_id: far for far, station_id in page}, status_max_age_s)
    return StationsModel(items=models)


async def _load(
    session: AsyncSession, distances_m: dict[int, float], status_max_age_s: int
) -> list[StationModel]:
    stations = await session.execute(
        select(Station, Operator.name, Feed)
        .join(Feed, Feed.id == Station.feed_id)
        .outerjoin(Operator, Operator.id == Station.operator_id)
        .where(Station.id.in_(distances_m))
    )
    evses: defaultdict[int, list[Evse]] = defaultdict(list)
    for evse in await session.scalars(select(Evse).where(Evse.station_id.in_(distances_m))):
        evses[evse.station_id].append(evse)
    connectors: defaultdict[int, list[Connector]] = defaultdict(list)
    rows = await session.execute(
        select(Evse.station_id, Connector)
        .join(Connector, Connector.evse_id == Evse.id)
        .where(Evse.station_id.in_(distances_m))
    )
    for station_id, connector in rows:
        connectors[station_id].append(connector)
    oldest = datetime.now(UTC) - timedelta(seconds=status_max_age_s)
    models = {
        station.id: _model(
            station,
            operator,
            feed,
            evses[station.id],
            connectors[station.id],
            distance_m=distances_m[station.id],
            oldest=oldest,
        )
        for station, operator, feed in stations
    }
    return [models[station_id] for station_id in distances_m]


def _model(
    station: Station,
    operator: str | None,
    feed: Feed,
    evses: list[Evse],
    connectors: list[Connector],
    *,
    distance_m: float,
    oldest: datetime,
) -> StationModel:
    moments = [evse.status_updated_at for evse in evses if evse.status_updated_at is not None]
    reports = [
        evse.status
        for evse in evses
        if evse.status_updated_at is not None
        and evse.status_updated_at >= oldest
        and evse.status != EvseStatus.UNKNOWN
    ]
    counts = Counter((connector.standard, connector.max_power_w) for connector in connectors)
    ordered = sorted(counts.items(), key=lambda item: (-(item[0][1] or 0), item[0][0] or "~"))
    return StationModel(
        id=station.public_id,
        name=station.name,
        address=AddressModel(
            street=station.street,
            postal_code=station.postal_code,
            city=station.city,
            state=station.state,
        ),
        country=station.country,
        latitude=station.latitude,
        longitude=station.longitude,
        operator=operator,
        access=station.access,
        open_24_7=station.open_24_7,
        evse_count=station.evse_count,
        available_count=reports.count(EvseStatus.AVAILABLE) if reports else None,
        status_updated_at=rfc3339(max(moments)) if moments else None,
        max_power_kw=None if station.max_power_w is None else station.max_power_w / 1000,
        connectors=[
            ConnectorModel(
                standard=standard,
                max_power_kw=None if power_w is None else power_w / 1000,
                count=count,
            )
            for (standard, power_w), count in ordered
        ],
        source=feed.source,
        licence=station.licence,
        attribution=station.attribution,
        updated_at=rfc3339(station.updated_at),
        synthetic=feed.is_synthetic,
        distance_m=round(distance_m),
    )

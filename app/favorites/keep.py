"""Favourites: kept, listed, given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Database
from app.db.session import reading, writing
from app.favorites import queries
from app.favorites.errors import TooManyFavorites
from app.favorites.models import Favorite
from app.geo.distance import haversine_m
from app.geo.point import Point
from app.stations.errors import StationGone, StationNotFound
from app.stations.models import Station
from app.stations.naming import spellings_of
from app.users.models import User
from app.users.queries import user_of

MOST = 1_000
"""Stations that one user keeps."""


class Kept(NamedTuple):
    """One place that a user keeps."""

    station: Station
    """The one that is told: the shown one of the place, where there is one."""
    favorited_at: datetime
    distance_m: float | None

    @property
    def station_id(self) -> int:
        """The integer id, local to the database."""
        return self.station.id

    @property
    def is_gone(self) -> bool:
        """Whether its source no longer has it."""
        return self.station.gone_at is not None

    @property
    def key(self) -> tuple[float, int]:
        """What the order goes by: nearest or newest first, then id."""
        if self.distance_m is not None:
            return self.distance_m, self.station_id
        return -self.favorited_at.timestamp(), self.station_id


async def keep(database: Database, user: User, station_id: str) -> bool:
    """Keep a station; whether it was not kept before. May be repeated.

    Raises:
        StationNotFound: There is none.
        StationGone: Its source no longer has it, and it was not kept before.
        TooManyFavorites: ``MOST`` are kept.

    Cost: four statements, however many are kept.
    """
    async with writing(database) as session:
        station = await _station(session, station_id)
        # Locked, so that a user's own requests take turns, and none finds the pair half made.
        await session.execute(user_of(user.public_id).with_for_update())
        if await session.scalar(queries.favorite_of(user.id, station.id)) is not None:
            return False
        if station.gone_at is not None:
            raise StationGone(station.public_id, station.gone_at)
        if (await session.scalar(queries.count_of(user.id)) or 0) >= MOST:
            raise TooManyFavorites(MOST)
        session.add(Favorite(user_id=user.id, station_id=station.id, created_at=datetime.now(UTC)))
    return True


async def give_up(database: Database, user: User, station_id: str) -> None:
    """Keep a place no longer; may be repeated.

    Raises:
        StationNotFound: There never was such a station.
    """
    async with writing(database) as session:
        station = await _station(session, station_id)
        await session.execute(queries.delete_place(user.id, station.place_id))


async def list_all(database: Database, user: User, around: Point | None = None) -> list[Kept]:
    """All places that a user keeps, newest first; around a point, nearest first.

    Cost: one statement; some µs a favourite, of which there are ``MOST`` at most.
    """
    async with reading(database) as session:
        rows = (await session.execute(queries.favorites_of(user.id))).all()
    places: dict[int, Kept] = {}
    for favorite, station, shown in rows:
        told: Station = shown or station
        kept = Kept(
            told,
            favorite.created_at,
            None if around is None else haversine_m(around, Point(told.latitude, told.longitude)),
        )
        before = places.get(told.id)
        if before is None or kept.favorited_at < before.favorited_at:
            places[told.id] = kept
    return sorted(places.values(), key=lambda kept: kept.key)


async def _station(session: AsyncSession, station_id: str) -> Station:
    if "\0" in station_id:
        raise StationNotFound(station_id)
    found: Sequence[Station] = (await session.scalars(queries.stations_named(station_id))).all()
    if not found:
        raise StationNotFound(station_id)
    spellings = spellings_of(station_id)
    return min(found, key=lambda station: spellings.index(station.public_id))

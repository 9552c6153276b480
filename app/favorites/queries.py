"""Statements over favourites; no I/O.

A favourite means a place: where its station was linked to another, the shown one of the place
is told, and removing either removes both.
"""

from __future__ import annotations

from sqlalchemy import Delete, Select, delete, func, select
from sqlalchemy.orm import aliased

from app.favorites.models import Favorite
from app.stations.models import Station
from app.stations.naming import spellings_of

_shown = aliased(Station, name="shown")


def stations_named(station_id: str) -> Select[Station]:
    """The stations that a public id may mean; three at most."""
    return select(Station).where(Station.public_id.in_(spellings_of(station_id)))


def favorites_of(user_id: int) -> Select[Favorite, Station, Station | None]:
    """A user's favourites, each with its station and with the shown one of the place."""
    return (
        select(Favorite, Station, _shown)
        .join(Station, Station.id == Favorite.station_id)
        .outerjoin(
            _shown,
            (_shown.place_id == Station.place_id) & _shown.is_shown & _shown.gone_at.is_(None),
        )
        .where(Favorite.user_id == user_id)
    )


def favorite_of(user_id: int, station_id: int) -> Select[Favorite]:
    """One pair."""
    return select(Favorite).where(Favorite.user_id == user_id, Favorite.station_id == station_id)


def count_of(user_id: int) -> Select[int]:
    """How many a user keeps."""
    return select(func.count()).select_from(Favorite).where(Favorite.user_id == user_id)


def delete_place(user_id: int, place_id: int) -> Delete:
    """Whatever a user keeps of a place."""
    here = select(Station.id).where(Station.place_id == place_id)
    return delete(Favorite).where(Favorite.user_id == user_id, Favorite.station_id.in_(here))

"""Wire shapes of favourites, and of the export of all that belongs to a user."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.stations.schemas import StationItem
from app.users.schemas import Account, Key

DEFAULT_LIMIT, MAX_LIMIT = 50, 500

Degrees = Annotated[float, Field(allow_inf_nan=False)]


class FavoritesQuery(BaseModel):
    """What of the favourites is asked for."""

    model_config = ConfigDict(extra="forbid")

    sort: Literal["created", "distance"] = Field(
        "created", description="Newest first, or nearest to `latitude` and `longitude`."
    )
    latitude: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=100, description="Of the page before.")

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        given = (self.latitude is not None, self.longitude is not None)
        if self.sort == "distance" and given != (True, True):
            raise ValueError("sort=distance needs latitude and longitude.")
        if self.sort == "created" and any(given):
            raise ValueError("latitude and longitude need sort=distance.")
        return self


class FavoriteStation(StationItem):
    """A station as a search tells it, and since when it is kept."""

    favorited_at: AwareDatetime
    gone: bool = Field(description="Its source no longer has it; what is told is the last known.")


class FavoriteList(BaseModel):
    """Favourites."""

    items: list[FavoriteStation]
    next_cursor: str | None


class ExportedFavorite(BaseModel):
    """A favourite of an export."""

    station_id: str
    favorited_at: AwareDatetime


class ExportedSession(BaseModel):
    """A session of an export: it lasts from a log-in to a log-out."""

    created_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None


class UserExport(BaseModel):
    """All that is kept of a user, but for hashes."""

    exported_at: AwareDatetime
    account: Account
    favorites: list[ExportedFavorite]
    sessions: list[ExportedSession]
    api_keys: list[Key]


ANSWERS = (FavoriteList, UserExport)

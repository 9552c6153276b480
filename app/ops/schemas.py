"""Wire shapes of the service's own state."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Part(BaseModel):
    """One part of the service."""

    status: Literal["ok", "degraded", "down"] = Field(
        description="`degraded`: it works, less well; `down`: it does not."
    )
    detail: str = Field(description="What was seen, and the remedy where there is one.")


class IndexPart(Part):
    """The station index of this process."""

    station_count: int
    sequence: int = Field(description="The last change that it has taken in.")
    lag_changes: int | None = Field(description="Committed changes that are still outside.")
    lag_s: float = Field(description="Seconds since it was last known to hold everything.")
    reloads: int = Field(description="How often it had to be built anew.")


class DataPart(Part):
    """How old the catalogue is."""

    last_import_at: AwareDatetime | None
    age_s: int | None


class Health(BaseModel):
    """The service and its parts; the worst part decides."""

    status: Literal["ok", "degraded", "down"]
    version: str
    database: Part
    index: IndexPart
    data: DataPart
    redis: Part | None = Field(None, description="`null` without `REDIS_URL`; never `down`.")

"""Wire shapes of the service's own state."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Part(BaseModel):
    """One part of the service."""

    status: Literal["ok", "degraded", "down"]
    detail: str = Field(description="What was seen, and the remedy where there is one.")


class IndexPart(Part):
    """The station index of this process."""

    station_count: int | None
    sequence: int | None = Field(description="The last change that it has taken in.")
    lag: int | None = Field(description="Committed changes that it has not taken in yet.")


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

"""Wire shapes of a station's busy hours."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from app.stations.schemas import Shape


class BusyHour(Shape):
    """One hour of the week."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday, as ISO 8601 has it.")
    hour: int = Field(ge=0, le=23, description="17 is 17:00 to 17:59 in the station's time zone.")
    reports: int = Field(ge=0, description="Reports of bays that were free or occupied.")
    occupied_share: float | None = Field(
        ge=0,
        le=1,
        description="Share of these that said occupied; `null` below `least_reports`.",
    )


class BusyHours(Shape):
    """How busy a station has been, by hour of the week."""

    station_id: str
    time_zone: str | None = Field(description="IANA name; without one nothing is counted.")
    reports: int = Field(ge=0, description="Of all hours.")
    since: AwareDatetime | None = Field(description="The oldest report that was counted.")
    least_reports: int = Field(description="Fewer reports of an hour than this say nothing.")
    hours: list[BusyHour] = Field(description="All 168 of the week, from Monday, 0:00 on.")
    source: str
    licence: str
    attribution: str
    synthetic: bool = Field(description="Whether all of this is generated demo data.")


ANSWERS = (BusyHours,)
"""The shape that the route names."""

"""``/api/v1/directions``: a way through points, for a search along it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.geo.point import Point
from app.map.router import Router
from app.web.bodies import json_answer
from app.web.body_kinds import JSON, reads
from app.web.documentation import answers

router = APIRouter(prefix="/api/v1", tags=["reference"])

MAX_POINTS = 25
_DECIMALS = 6
"""Of degrees: 10 cm."""

Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]


class Wanted(BaseModel):
    """Where a way leads through."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"points": [[2.3522, 48.8566], [4.8357, 45.764]]}},
    )

    points: Annotated[
        list[tuple[Longitude, Latitude]],
        Field(min_length=2, max_length=MAX_POINTS, description="Longitude and latitude of each."),
    ]
    profile: Literal["car"] = "car"


class WayLine(BaseModel):
    """A GeoJSON line; longitude first."""

    type: Literal["LineString"] = "LineString"
    coordinates: list[tuple[float, float]]


class Way(BaseModel):
    """A way through points."""

    geometry: WayLine
    distance_m: int
    duration_s: int | None = Field(description="null where the router does not know")
    router: Literal["great-circle", "osrm"]


ANSWERS = (Way, WayLine)


@router.post(
    "/directions",
    response_model=None,
    dependencies=[reads(JSON)],
    summary="Find a way through points",
    responses=answers({JSON: Way}, 404, 413, 415, 422, 429, 503),
)
async def find_way(request: Request, wanted: Wanted) -> Response:
    """By road where the operator gave a router, else in straight great-circle legs.

    The line has 20,000 points at most, so that it can be sent to
    `/api/v1/stations/along-route` as it is.
    """
    asked: Router = request.app.state.resources.router
    way = await asked.route([Point(latitude, longitude) for longitude, latitude in wanted.points])
    line = [
        (round(longitude, _DECIMALS), round(latitude, _DECIMALS))
        for latitude, longitude in way.line
    ]
    answer = Way(
        geometry=WayLine(coordinates=line),
        distance_m=round(way.distance_m),
        duration_s=None if way.duration_s is None else round(way.duration_s),
        router=way.router,
    )
    return json_answer(answer)

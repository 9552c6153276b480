"""``/stations/{id}/busy-hours``: apart from the station, since it changes with reports."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.stations import busy_schemas
from app.stations.busy_hours import busy_hours_document
from app.web.conditional import conditional_answer, etag_of
from app.web.documentation import answers
from app.web.parameters import refuse_all
from app.web.reading import on_get

router = APIRouter()


@on_get(
    router,
    "/stations/{station_id:path}/busy-hours",
    tags=["stations"],
    summary="Busy hours of a station",
    responses=answers({"application/json": busy_schemas.BusyHours}, 304, 404, 410, 422),
)
async def get_busy_hours(request: Request, station_id: str) -> Response:
    """How many of the reports of a station's bays said occupied, by hour of its week.

    Counted are reports as they come from the source, each once: CHARGING, BLOCKED and
    RESERVED are occupied, AVAILABLE is free, and a bay that says anything else counts for
    neither. It is a share of reports, not of time, and no forecast. An hour with fewer
    than `least_reports` has no share. Ids are understood as for the station.
    """
    refuse_all(request.scope["query_string"])
    body = await busy_hours_document(request.app.state.resources.reader, station_id)
    return conditional_answer(request, body, etag=etag_of(body))

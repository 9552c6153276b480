"""``/api/v1/places``: where to look, by name."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.map.places import find_places
from app.web.bodies import json_answer
from app.web.documentation import answers
from app.web.reading import on_get

router = APIRouter(prefix="/api/v1", tags=["reference"])


class PlaceItem(BaseModel):
    """Somewhere to go to."""

    name: str
    country: str | None
    latitude: float
    longitude: float
    population: int | None
    kind: Literal["city", "coordinate"]


class PlaceList(BaseModel):
    """Places, the likeliest first."""

    items: list[PlaceItem]


ANSWERS = (PlaceList,)

_A_DAY = {"Cache-Control": "public, max-age=86400"}

Text = Annotated[str, Query(min_length=1, max_length=100, description="A name, or its beginning.")]
Limit = Annotated[int, Query(ge=1, le=20, description="Places at most.")]


@on_get(
    router,
    "/places",
    summary="Find places by name",
    responses=answers({"application/json": PlaceList}, 422, 429),
)
async def list_places(q: Text, limit: Limit = 8) -> Response:
    """Towns of 15,000 inhabitants or more whose name, or a word of it, begins so.

    Case and accents do not matter; large towns are found by their names in other languages.
    Coordinates (`48.85, 2.35`) name themselves.
    """
    found = await run_in_threadpool(find_places, q, limit)
    items = [
        PlaceItem(**place._asdict(), kind="city" if place.country else "coordinate")
        for place in found
    ]
    return json_answer(PlaceList(items=items), headers=_A_DAY)

"""``/tiles``: vector tiles of the stations, and the TileJSON that describes them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.geo.tile import MAX_ZOOM, Tile
from app.middleware.client_address import is_secure, read_networks
from app.stations import parameters
from app.stations.reference import attributions
from app.stations.search_request import read_filters
from app.tiles.encode import MEDIA_TYPE
from app.tiles.layer import FIELDS, NAME
from app.web.bodies import json_answer
from app.web.conditional import REVALIDATE, conditional_answer, etag_of
from app.web.documentation import answers, query_parameters
from app.web.parameters import refuse_all, split_query
from app.web.reading import on_get

router = APIRouter(prefix="/tiles", tags=["tiles"])


class VectorLayer(BaseModel):
    """A layer of the tiles."""

    id: str
    description: str
    fields: dict[str, str]


class TileJson(BaseModel):
    """What a map has to know of the tiles (TileJSON 3.0.0)."""

    tilejson: str = "3.0.0"
    name: str = "VoltWay stations"
    tiles: list[str]
    vector_layers: list[VectorLayer]
    minzoom: int = 0
    maxzoom: int = MAX_ZOOM
    bounds: tuple[float, float, float, float] = (-180.0, -85.0511, 180.0, 85.0511)
    attribution: str


ANSWERS = (TileJson,)


@on_get(
    router,
    "/stations.json",
    summary="Describe the tiles",
    responses=answers({"application/json": TileJson}, 422, 429),
)
async def describe_tiles(request: Request) -> Response:
    """TileJSON: where the tiles are, what they hold, and who is to be named beside them."""
    refuse_all(request.scope["query_string"])
    trusted = read_networks(request.app.state.settings.trusted_proxies)
    scheme = "https" if is_secure(request.scope, trusted) else "http"
    host = request.headers.get("host") or "localhost"
    described = TileJson(
        tiles=[f"{scheme}://{host}/tiles/stations/{{z}}/{{x}}/{{y}}.mvt"],
        vector_layers=[VectorLayer(id=NAME, description="Clusters and stations", fields=FIELDS)],
        attribution="; ".join(await attributions(request.app.state.resources.reader)),
    )
    return json_answer(described, headers={"Cache-Control": REVALIDATE, "Vary": "Host"})


def _mvt() -> dict[int | str, dict[str, Any]]:
    documented = answers({MEDIA_TYPE: None}, 304, 404, 422, 429, description="A tile.")
    documented[200]["content"][MEDIA_TYPE] = {"schema": {"type": "string", "format": "binary"}}
    return documented


@on_get(
    router,
    "/stations/{z}/{x}/{y}.mvt",
    summary="A tile",
    responses=_mvt(),
    openapi_extra=query_parameters(parameters.FILTERS),
)
async def show_tile(request: Request, z: int, x: int, y: int) -> Response:
    """Stations of a square of the Web Mercator map, as a Mapbox Vector Tile.

    From afar clusters of an eighth of the tile's width, from zoom 14 on each station by itself;
    each station is in exactly one feature of one tile of a zoom. The conditions are those of
    the search. The `ETag` moves with what the tile shows. A tile without stations is empty.
    """
    tile = Tile(z, x, y)
    if not tile.exists:
        raise HTTPException(
            404,
            f"The map has no tile {z}/{x}/{y}: zoom 0…{MAX_ZOOM}, x and y below 2 to its power.",
        )
    filters = read_filters(split_query(request.scope["query_string"]))
    body = await request.app.state.resources.tiles.read(tile, filters)
    return conditional_answer(request, body, etag=etag_of(body), media_type=MEDIA_TYPE)

"""Every router, in one list, and the shapes that their documentation names."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import Route

from app.favorites import routes as favorite_routes
from app.favorites import schemas as favorite_schemas
from app.map import direction_routes, place_routes
from app.map import routes as map_routes
from app.ops import routes as ops_routes
from app.ops import schemas as ops_schemas
from app.stations import busy_schemas, reference_schemas
from app.stations import routes as station_routes
from app.stations import schemas as station_schemas
from app.tiles import routes as tile_routes
from app.users import admin_routes, key_routes
from app.users import routes as user_routes
from app.users import schemas as user_schemas

ROUTERS: tuple[APIRouter, ...] = (
    ops_routes.router,
    station_routes.router,
    favorite_routes.router,
    user_routes.router,
    key_routes.router,
    admin_routes.router,
    tile_routes.router,
    place_routes.router,
    direction_routes.router,
    map_routes.router,
)

SHAPES = (
    *station_schemas.ANSWERS,
    *busy_schemas.ANSWERS,
    *reference_schemas.ANSWERS,
    *user_schemas.ANSWERS,
    *favorite_schemas.ANSWERS,
    *tile_routes.ANSWERS,
    *place_routes.ANSWERS,
    *direction_routes.ANSWERS,
    ops_schemas.Liveness,
    ops_schemas.Health,
)

HOT = (Route("/api/v1/stations", station_routes.list_stations, methods=["GET"]),)
"""Routes that are answered before the framework looks for any: see ``DirectRoutes``.

They read their own parameters, and the routes of the same paths in ``ROUTERS`` document them.
"""

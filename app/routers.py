"""Every router, in one list, and the shapes that their documentation names."""

from __future__ import annotations

from fastapi import APIRouter

from app.map import routes as map_routes
from app.ops import routes as ops_routes
from app.ops import schemas as ops_schemas
from app.stations import routes as station_routes
from app.stations import schemas as station_schemas

ROUTERS: tuple[APIRouter, ...] = (ops_routes.router, station_routes.router, map_routes.router)

SHAPES = (*station_schemas.ANSWERS, ops_schemas.Liveness, ops_schemas.Health)

"""The applications that a search over HTTP is compared with, each with the same route.

========  ===========================================================================
``ours``  the application as ``voltway serve`` runs it, every middleware included; also
          without room for cards in memory
``floor`` a bare FastAPI route with the same validated parameters and a ready-made body
``sql``   a bare FastAPI route over ``sql_search``
``orm``   a bare FastAPI route over ``orm_search``, with a ``response_model``
========  ===========================================================================
"""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Response

from app.bench import orm_search
from app.bench.seeding import catalogue_url
from app.bench.sql_search import SqlSearch
from app.db.engine import Database
from app.geo.point import Point
from app.main import create_app
from app.settings import NO_LIMIT, Settings
from app.stations.vocabulary import CONNECTOR_ALIASES

PATH = "/api/v1/stations"

Latitude = Annotated[float, Query(ge=-90, le=90)]
Longitude = Annotated[float, Query(ge=-180, le=180)]
RadiusKm = Annotated[float, Query(ge=0, le=500)]
ConnectorWord = Annotated[str, Query(max_length=40)]
PowerKw = Annotated[float, Query(ge=0, le=5000)]
Limit = Annotated[int, Query(ge=1, le=500)]


def settings_for(data_dir: Path, *, card_cache_mb: int = 64) -> Settings:
    """Settings of a catalogue in a directory, whatever the environment says of its stores.

    Without the limits that a load would run into.
    """
    return Settings(
        data_dir=data_dir,
        database_url=catalogue_url(data_dir),
        redis_url=None,
        card_cache_mb=card_cache_mb,
        rate_limit=NO_LIMIT,
        rate_limit_endpoint=NO_LIMIT,
    )


def ours(data_dir: Path, *, card_cache_mb: int = 64) -> FastAPI:
    """The application itself, on a catalogue in ``data_dir``."""
    settings = settings_for(data_dir, card_cache_mb=card_cache_mb)
    return create_app(settings, log_dir=settings.resolved_log_dir)


def floor(bodies: list[bytes]) -> FastAPI:
    """Answers that are ready: what routing, validation and sending cost at least."""
    app = FastAPI()
    ready = cycle(bodies)

    @app.get(PATH)
    async def list_stations(
        latitude: Latitude,
        longitude: Longitude,
        connector: ConnectorWord,
        min_power_kw: PowerKw,
        radius_km: RadiusKm = 10.0,
        limit: Limit = 50,
    ) -> Response:
        del latitude, longitude, connector, min_power_kw, radius_km, limit
        return Response(next(ready), media_type="application/json")

    return app


def sql(search: SqlSearch) -> FastAPI:
    """Searches in SQL, answers from cards."""
    app = FastAPI()

    @app.get(PATH)
    async def list_stations(
        latitude: Latitude,
        longitude: Longitude,
        connector: ConnectorWord,
        min_power_kw: PowerKw,
        radius_km: RadiusKm = 10.0,
        limit: Limit = 50,
    ) -> Response:
        hits = search.nearest(
            Point(latitude, longitude),
            radius_km * 1000,
            CONNECTOR_ALIASES[connector],
            round(min_power_kw * 1000),
            limit,
        )
        return Response(search.answer(hits), media_type="application/json")

    return app


def orm(database: Database, *, status_max_age_s: int) -> FastAPI:
    """Searches and answers by the ORM."""
    app = FastAPI()

    @app.get(PATH)
    async def list_stations(
        latitude: Latitude,
        longitude: Longitude,
        connector: ConnectorWord,
        min_power_kw: PowerKw,
        radius_km: RadiusKm = 10.0,
        limit: Limit = 50,
    ) -> orm_search.StationsModel:
        async with database.reads() as session:
            return await orm_search.nearest(
                session,
                Point(latitude, longitude),
                radius_km * 1000,
                CONNECTOR_ALIASES[connector],
                round(min_power_kw * 1000),
                limit,
                status_max_age_s=status_max_age_s,
            )

    return app

"""The application: its pipeline, readable from the outside in.

Request → id → CORS → timing → log line and metrics → guard headers → limits → compression
→ unhandled errors → bounded bodies → hot routes → the framework's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Scope
from starlette_compress import add_compress_type

from app import routers
from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.ops.exposition import Exposition, exposing
from app.ops.sentry import open_error_reports
from app.ops.state import watching_health
from app.resources import limit_of, open_resources
from app.settings import Settings
from app.tiles.encode import MEDIA_TYPE as MVT_MEDIA_TYPE
from app.utils.advanced_logging import configure_logging, flush_logging, setup_logging
from app.web import documentation, problems
from app.web.bodies import BoundedBodies
from app.web.formats import CONTENT_TYPES, Form
from app.web.limits import HEADERS as LIMIT_HEADERS
from app.web.limits import RateLimits, Rules
from app.web.reading import DirectRoutes
from app.web.security import SecurityHeaders
from app.web.vary import Compression, CrossOrigin

_DESCRIPTION = """
Charging stations from the open registries: search, details, live availability.

Every error is a problem document (RFC 9457); `GET /docs/problems` lists their types.
Every answer carries `X-Request-ID`. Attribution and licence travel with each station.
"""
_TAGS = [
    {"name": "stations", "description": "Search, clusters for maps, one station whole."},
    {"name": "reference", "description": "Operators, connectors, sources with counts."},
    {"name": "tiles", "description": "Stations as vector tiles."},
    {"name": "accounts", "description": "One's own account, log-in, tokens."},
    {"name": "favorites", "description": "The stations that a user keeps."},
    {"name": "keys", "description": "API keys of programs."},
    {"name": "admin", "description": "Accounts, managed."},
    {"name": "service", "description": "How the service is."},
]
_EXPOSED_HEADERS = ("X-Request-ID", "X-Process-Time", "Link", "ETag", "Last-Modified")


for _media_type in (CONTENT_TYPES[Form.NDJSON], problems.MEDIA_TYPE, MVT_MEDIA_TYPE):
    add_compress_type(_media_type)


class _Application(FastAPI):
    """FastAPI with the shell that gives every answer its id, failures of layers included."""

    def build_middleware_stack(self) -> ASGIApp:
        return RequestIdShell(super().build_middleware_stack(), on_failure=self._report)

    def _report(self, error: Exception, scope: Scope) -> None:
        """Of websockets too, whose failures no error handler of the framework sees."""
        problems.log_unhandled(scope, error)
        if self.state.error_reports is not None:
            self.state.error_reports.report(error, scope)


def create_app(settings: Settings, *, log_dir: Path | None = None) -> FastAPI:
    """The application over some settings; opens nothing until its lifespan begins.

    Args:
        settings: Values of this application; others may live beside it in a process.
        log_dir: Where log files go; default: ``LOG_DIR``, else none are written.
    """
    application = _Application(
        title="VoltWay",
        version=version("voltway"),
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_pipeline(settings),
        redirect_slashes=False,
        # Our own layers follow each request; to ask each time whether somebody has set up
        # the framework's way costs 10 µs.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    application.state.settings = settings
    application.state.log_dir = log_dir or settings.log_dir
    application.state.error_reports = None
    application.state.exposition = Exposition()
    problems.install(application)
    documentation.install_pages(application)
    for router in routers.ROUTERS:
        application.include_router(router)
    documentation.describe(application, routers.SHAPES)
    return application


def _pipeline(settings: Settings) -> list[Middleware]:
    return [
        Middleware(
            CrossOrigin,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("*",),
            expose_headers=(*_EXPOSED_HEADERS, *LIMIT_HEADERS),
        ),
        Middleware(PerformanceMiddleware, slow_request_threshold=settings.slow_request_threshold),
        Middleware(RequestLoggingMiddleware, trusted_proxies=settings.trusted_proxies),
        Middleware(SecurityHeaders, trusted_proxies=settings.trusted_proxies),
        Middleware(
            RateLimits,
            rules=Rules(
                caller=limit_of(settings.rate_limit),
                endpoint=limit_of(settings.rate_limit_endpoint),
            ),
            trusted_proxies=settings.trusted_proxies,
        ),
        Middleware(Compression),
        Middleware(problems.UnhandledErrors),
        Middleware(BoundedBodies),
        Middleware(DirectRoutes, routes=routers.HOT),
    ]


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    settings: Settings = application.state.settings
    configure_logging(
        level=settings.log_level,
        form=settings.log_format,
        schema=settings.log_schema,
        directory=application.state.log_dir,
    )
    logger = setup_logging("app")
    dsn = settings.sentry_dsn.get_secret_value() if settings.sentry_dsn else None
    has_second_port = settings.prometheus_port not in {None, settings.port}
    async with (
        exposing(
            application.state.exposition,
            is_enabled=settings.metrics_enabled,
            host=settings.host,
            port=settings.prometheus_port if has_second_port else None,
        ),
        open_error_reports(dsn, release=application.version) as reports,
        open_resources(settings) as resources,
        watching_health(
            resources.reader,
            resources.follower,
            version=application.version,
            redis_url=settings.redis_url,
        ) as health,
    ):
        application.state.error_reports = reports
        application.state.resources = resources
        application.state.health = health
        logger.info("started", extra={"version": application.version})
        # What the index takes by itself: a threshold can be chosen by it.
        resources.monitor.log_memory_usage()
        yield
        logger.info("stopping")
    flush_logging()


def __getattr__(name: str) -> FastAPI:
    """``app``: made when it is first asked for, so that importing reads no environment."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    application = create_app(Settings())
    globals()["app"] = application
    return application

"""``/health``, ``/api/v1/health`` and ``/metrics``: for monitors and operators."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.ops.schemas import Health, Liveness
from app.ops.state import check_health
from app.utils import metrics
from app.web.documentation import answers
from app.web.reading import on_get

router = APIRouter(tags=["service"])

_JSON = "application/json"


@on_get(
    router,
    "/health",
    summary="Is the process alive?",
    responses=answers({_JSON: Liveness}),
)
async def show_liveness() -> Response:
    """Answers without looking at anything: a load balancer may ask every second."""
    return Response(b'{"status":"ok"}', media_type=_JSON)


@on_get(
    router,
    "/api/v1/health",
    summary="Does the service work?",
    responses=answers({_JSON: Health}, 503),
)
async def show_health(request: Request) -> Response:
    """Database, index and age of the data, within a bounded time; 503 when one is down."""
    resources = request.app.state.resources
    health = await check_health(resources.reader, resources.follower, version=request.app.version)
    return Response(
        health.model_dump_json(),
        status_code=503 if health.status == "down" else 200,
        headers={"Cache-Control": "no-store"},
        media_type=_JSON,
    )


@on_get(router, "/metrics", include_in_schema=False)
async def show_metrics(request: Request) -> Response:
    """The metrics of this process for Prometheus, in the format that it negotiates.

    Made off the event loop. Of several workers on one port, one answers for itself alone.
    """
    if not request.app.state.settings.metrics_enabled:
        raise HTTPException(404, "Metrics are off: METRICS_ENABLED=false.")
    if "application/openmetrics-text" in request.headers.get("accept", ""):
        text = await asyncio.to_thread(metrics.get_openmetrics)
        return Response(text, headers={"Content-Type": metrics.OPENMETRICS_TYPE})
    text = await asyncio.to_thread(metrics.get_metrics)
    return Response(text, headers={"Content-Type": metrics.TEXT_TYPE})

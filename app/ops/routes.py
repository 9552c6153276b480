"""``/health``, ``/api/v1/health`` and ``/metrics``: for monitors and operators."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.ops.exposition import Exposition
from app.ops.schemas import Health, Liveness
from app.web.documentation import answers
from app.web.reading import on_get

router = APIRouter(tags=["service"])

_JSON = "application/json"
_DOWN: dict[str, Any] = {
    "description": "The same, where a part that is needed does not work.",
    "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Health"}}},
}


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
    responses=answers({_JSON: Health}) | {503: _DOWN},
)
async def show_health(request: Request) -> Response:
    """Database, index, age of the data, Redis: within a second or so; 503 when one is down.

    What is found holds for a second, however many ask. `degraded` is 200: a load balancer
    must not take a server away whose cache is gone.
    """
    health = await request.app.state.health.look()
    return Response(
        health.model_dump_json(),
        status_code=503 if health.status == "down" else 200,
        headers={"Cache-Control": "no-store"},
        media_type=_JSON,
    )


@on_get(router, "/metrics", include_in_schema=False)
async def show_metrics(request: Request) -> Response:
    """The metrics for Prometheus, of all workers, in the format that it negotiates."""
    if not request.app.state.settings.metrics_enabled:
        raise HTTPException(404, "Metrics are off: METRICS_ENABLED=false.")
    exposition: Exposition = request.app.state.exposition
    exposed = await exposition.render(request.headers.get("accept", ""))
    return Response(exposed.body, headers={"Content-Type": exposed.content_type})

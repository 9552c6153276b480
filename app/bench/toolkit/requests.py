"""What the layers around a route cost, in process: no socket, no server."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic import BaseModel
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope

from app.bench.report import Aim
from app.bench.toolkit.logs import logging_to
from app.bench.toolkit.section import Claim, Loop, Section, cost_table, time_loops
from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware

_BARE = "FastAPI bare"
_OURS = "with ours: time, id, log line, metrics"
_COUNTED = "with prometheus-fastapi-instrumentator"
_BASE_HTTP = "with two layers of BaseHTTPMiddleware"
_BYTES = "a list as ready-made bytes"
_MODEL = "the same list through response_model"

_HTTP_SCOPE: Scope = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/items/7",
    "raw_path": b"/items/7",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"localhost"), (b"accept", b"*/*")],
    "client": ("127.0.0.1", 50000),
    "server": ("127.0.0.1", 8000),
}


class _Item(BaseModel):
    id: int
    name: str
    latitude: float
    longitude: float
    powers_kw: list[float]


_ITEMS = [
    _Item(
        id=number, name=f"Station {number}", latitude=48.5, longitude=2.5, powers_kw=[22.0, 150.0]
    ).model_dump()
    for number in range(100)
]


def _application() -> FastAPI:
    application = FastAPI(openapi_url=None)

    @application.get("/items/{item_id}")
    async def show(item_id: int) -> Response:
        return Response(b'{"id":%d}' % item_id, media_type="application/json")

    return application


def _with_ours() -> FastAPI:
    application = _application()
    application.add_middleware(RequestLoggingMiddleware)
    application.add_middleware(PerformanceMiddleware)
    return application


def _with_instrumentator() -> FastAPI:
    application = _application()
    Instrumentator().instrument(application)
    return application


def _with_base_http() -> FastAPI:
    application = _application()

    async def pass_on(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        return await call_next(request)

    for _ in range(2):
        application.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    return application


def _of_bytes() -> FastAPI:
    application = FastAPI(openapi_url=None)
    body = msgspec.json.encode(_ITEMS)

    @application.get("/items/{item_id}")
    async def show(item_id: int) -> Response:  # noqa: ARG001 - validated, as in its neighbour
        return Response(body, media_type="application/json")

    return application


def _of_models() -> FastAPI:
    application = FastAPI(openapi_url=None)

    @application.get("/items/{item_id}", response_model=list[_Item])
    async def show(item_id: int) -> Any:  # noqa: ARG001 - as above
        return _ITEMS

    return application


def _loop_over(application: ASGIApp) -> Loop:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        pass

    async def loop(times: int) -> None:
        for _ in range(times):
            await application(dict(_HTTP_SCOPE), receive, send)

    return loop


async def measure(*, calls: int, rounds: int, folder: str) -> dict[str, Any]:
    """Microseconds of a request through each stack, and of a list as bytes or as models.

    Of processor time: that of the threads which write our log lines counts whole, though they
    may run beside the others.

    Args:
        calls: Requests of a round; a tenth of them for lists.
        rounds: Turns.
        folder: Where our layers' log lines go, as they do in service.
    """
    stacks = {
        _BARE: _application(),
        _OURS: _with_ours(),
        _COUNTED: _with_instrumentator(),
        _BASE_HTTP: _with_base_http(),
    }
    lists = {_BYTES: _of_bytes(), _MODEL: _of_models()}
    with logging_to(Path(folder)):
        layers = await time_loops(
            {name: _loop_over(stack) for name, stack in stacks.items()},
            calls=calls,
            rounds=rounds,
            clock=time.process_time,
        )
        answers = await time_loops(
            {name: _loop_over(stack) for name, stack in lists.items()},
            calls=max(1, calls // 10),
            rounds=rounds,
            clock=time.process_time,
        )
    return {"layers_us": layers, "answers_us": answers}


def describe(findings: dict[str, Any]) -> Section:
    """Tables, aims and claims of what was measured."""
    layers, answers = findings["layers_us"], findings["answers_us"]
    return Section(
        tables=(
            cost_table("Requests in process: what the layers cost", layers, _BARE),
            cost_table("Requests in process: 100 items in an answer", answers, _BYTES),
        ),
        aims=(Aim("a request with all layers", "× bare", 1.6, layers[_OURS] / layers[_BARE]),),
        claims=(
            Claim("lists answer with bytes", _MODEL, answers[_MODEL], answers[_BYTES], "µs", 2.0),
        ),
    )

"""The request pipeline: its order, what every answer carries, and what it leans on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp

import app as package
from app.main import create_app
from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.settings import Settings
from app.web.vary import CrossOrigin
from tests.fixtures.asgi import lines_of, samples

pytestmark = pytest.mark.anyio

_ORIGIN = {"Origin": "https://app.example"}


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[FastAPI]:
    # A process of tests may be a large one: it must not say so among the lines looked for.
    app = create_app(
        Settings(data_dir=tmp_path, slow_request_threshold=1e-9, memory_threshold_mb=1 << 20)
    )

    @app.get("/explode")
    async def explode() -> None:
        raise RuntimeError("nobody foresaw it")

    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(application: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(application, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://t") as opened:
        yield opened


def _layers(app: ASGIApp) -> Iterator[ASGIApp]:
    inner: Any = app
    while inner is not None:
        yield inner
        inner = getattr(inner, "app", None)


async def test_the_layers_stand_in_the_order_of_the_drawing(application: FastAPI) -> None:
    kinds = [type(layer) for layer in _layers(application.build_middleware_stack())]
    drawn = [
        RequestIdShell,
        ServerErrorMiddleware,
        CrossOrigin,
        PerformanceMiddleware,
        RequestLoggingMiddleware,
    ]
    assert [kind for kind in kinds if kind in drawn] == drawn
    assert kinds[0] is RequestIdShell
    assert issubclass(CrossOrigin, CORSMiddleware)
    first = kinds.index(CrossOrigin)
    assert kinds[first : first + 3] == drawn[2:]
    assert not any(issubclass(kind, BaseHTTPMiddleware) for kind in kinds)


def test_no_layer_of_ours_is_of_the_slow_kind() -> None:
    names = [found.name for found in pkgutil.walk_packages(package.__path__, "app.")]
    ours = [name for name in names if not re.match(r"app\.(bench|db\.migrations|__main__)", name)]
    for name in ours:
        for value in vars(importlib.import_module(name)).values():
            assert value is not BaseHTTPMiddleware, name


async def test_the_order_shows(client: AsyncClient, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    answer = await client.get("/api/v1/stations", headers=_ORIGIN)
    names = [name.lower() for name in answer.headers]
    # Outer layers add their headers behind those of inner ones.
    assert answer.headers["access-control-allow-origin"] == "*"
    assert names.index("x-process-time") > names.index("content-type")
    logged, slow = lines_of(capsys)
    assert (logged["logger"], slow["message"]) == ("app.requests", "slow request")
    assert logged["request_id"] == slow["request_id"] == answer.headers["x-request-id"]


async def test_a_preflight_ends_at_the_first_layer(
    client: AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    asked = {**_ORIGIN, "Access-Control-Request-Method": "GET"}
    answer = await client.options("/api/v1/stations", headers=asked)
    assert answer.status_code == 200
    assert lines_of(capsys) == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/health", {}, 200),
        ("HEAD", "/health", {}, 200),
        ("GET", "/api/v1/stations?no_such_parameter=1", {}, 422),
        ("GET", "/nothing", {}, 404),
        ("DELETE", "/health", {}, 405),
        ("BREW", "/health", {}, 405),
        ("GET", "/explode", {}, 500),
        ("GET", "/docs/assets/nothing.css", {}, 404),
        ("OPTIONS", "/health", {**_ORIGIN, "Access-Control-Request-Method": "GET"}, 200),
        ("OPTIONS", "/health", {**_ORIGIN, "Access-Control-Request-Method": "BREW"}, 400),
    ],
)
async def test_every_answer_has_one_id_and_one_time(
    client: AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    given = {**headers, "X-Request-ID": "given-by.client_1"}
    answer = await client.request(method, path, headers=given)
    assert answer.status_code == status
    assert answer.headers.get_list("x-request-id") == ["given-by.client_1"]
    (elapsed_s,) = answer.headers.get_list("x-process-time")
    assert re.fullmatch(r"\d+\.\d+", elapsed_s)
    made = (await client.request(method, path, headers=headers)).headers["x-request-id"]
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", made)


async def test_a_failure_is_readable_across_origins(client: AsyncClient) -> None:
    answer = await client.get("/explode", headers=_ORIGIN)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "nobody foresaw it" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/api/v1/stations?limit=1", "/api/v1/stations"),
        ("/api/v1/stations/irve:nothing", "/api/v1/stations/{station_id}"),
        ("/api/v1/health", "/api/v1/health"),
        ("/docs/assets/swagger-ui.css", "/docs/assets/{path}"),
        ("/x.php", "<unmatched>"),
        ("/health/", "<unmatched>"),
    ],
)
async def test_requests_are_counted_under_their_full_template(
    client: AsyncClient, path: str, template: str
) -> None:
    count = ("request_count_total", {"method": "GET", "endpoint": template})
    (before,) = samples(count)
    await client.get(path)
    assert samples(count) == [before + 1]


async def test_fastapi_still_keeps_the_template_where_we_read_it(client: AsyncClient) -> None:
    """If this fails, ``app.middleware.endpoints`` must learn where a new FastAPI keeps it."""
    seen: list[Any] = []
    app = client._transport.app  # type: ignore[attr-defined] # the application - of the fixture

    class Watching:
        def __init__(self, inner: ASGIApp) -> None:
            self.inner = inner

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self.inner(scope, receive, send)
            seen.append(scope)

    transport = ASGITransport(Watching(app))
    async with AsyncClient(transport=transport, base_url="http://t") as watched:
        await watched.get("/api/v1/health")
    context = seen[0]["fastapi"]["effective_route_context"]
    assert context.path_format == "/api/v1/health"
    assert context.original_route is seen[0]["route"]

"""The label of a route: full template, whatever it is nested in; bounded, whatever is asked."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app.middleware import endpoints
from app.middleware.endpoints import endpoint_of, method_of

pytestmark = pytest.mark.anyio


async def _answer(_request: Any) -> Response:
    return PlainTextResponse("x")


def _fastapi() -> FastAPI:
    inner = APIRouter(prefix="/stations")

    @inner.get("/{sid}")
    async def show(sid: int) -> Response:
        return PlainTextResponse(str(sid))

    version_1, version_2 = APIRouter(prefix="/v1"), APIRouter(prefix="/v2")
    version_1.include_router(inner)
    version_2.include_router(inner)
    version_1.mount("/files", StaticFiles(directory="tests"))
    version_1.mount("/plain", Starlette(routes=[Route("/in/{x}", _answer)]))

    sub = FastAPI()
    sub.include_router(inner, prefix="/deep")

    @sub.get("/own/{x}")
    async def own(x: str) -> Response:
        return PlainTextResponse(x)

    app = FastAPI()
    app.include_router(version_1, prefix="/api")
    app.include_router(version_2, prefix="/api")
    app.mount("/sub", sub)
    app.mount("/tenants/{tenant}", sub)

    @app.get("/direct/{x}")
    async def direct(x: str) -> Response:
        return PlainTextResponse(x)

    return app


def _starlette() -> Starlette:
    return Starlette(
        routes=[
            Route("/top/{x}", _answer),
            Mount(
                "/outer",
                routes=[
                    Route("/in/{x}", _answer),
                    Mount("/files", StaticFiles(directory="tests")),
                ],
            ),
            Host("{name}.example", Starlette(routes=[Route("/hosted", _answer)])),
        ]
    )


async def _label(app: ASGIApp, path: str, method: str = "GET", root_path: str = "") -> str:
    seen: list[Scope] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await app(scope, receive, send)

    transport = ASGITransport(watched, root_path=root_path, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://t") as client:
        await client.request(method, path)
    return f"{method_of(seen[0])} {endpoint_of(seen[0])}"


@pytest.mark.parametrize(
    ("method", "path", "label"),
    [
        ("GET", "/api/v1/stations/7", "GET /api/v1/stations/{sid}"),
        ("GET", "/api/v2/stations/7", "GET /api/v2/stations/{sid}"),
        ("POST", "/api/v1/stations/7", "POST /api/v1/stations/{sid}"),
        ("GET", "/api/v1/stations/seven", "GET /api/v1/stations/{sid}"),
        ("GET", "/api/files/conftest.py", "GET /api/files/{path}"),
        ("GET", "/api/files/no/such.php", "GET /api/files/{path}"),
        ("GET", "/api/plain/in/7", "GET /api/plain/in/{x}"),
        ("GET", "/api/plain/x.php", "GET /api/plain/{path}"),
        ("GET", "/sub/deep/stations/7", "GET /sub/deep/stations/{sid}"),
        ("GET", "/sub/own/7", "GET /sub/own/{x}"),
        ("GET", "/sub/x.php", "GET /sub/{path}"),
        ("GET", "/tenants/42/own/7", "GET /{mount}/own/{x}"),
        ("GET", "/tenants/43/x.php", "GET /{mount}/{path}"),
        ("GET", "/direct/7", "GET /direct/{x}"),
        ("GET", "/direct/7/", "GET <unmatched>"),
        ("GET", "/x.php", "GET <unmatched>"),
        ("BREW", "/direct/7", "OTHER /direct/{x}"),
        ("BREW", "/x.php", "OTHER <unmatched>"),
    ],
)
async def test_routes_of_fastapi(method: str, path: str, label: str) -> None:
    assert await _label(_fastapi(), path, method) == label


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/top/7", "GET /top/{x}"),
        ("/outer/in/7", "GET /outer/in/{x}"),
        ("/outer/x.php", "GET /outer/{path}"),
        ("/outer/files/conftest.py", "GET /outer/files/{path}"),
        ("/x.php", "GET <unmatched>"),
    ],
)
async def test_routes_of_starlette(path: str, label: str) -> None:
    assert await _label(_starlette(), path) == label


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/base/api/v1/stations/7", "GET /api/v1/stations/{sid}"),
        ("/base/sub/own/7", "GET /sub/own/{x}"),
    ],
)
async def test_what_a_proxy_puts_in_front_is_left_out(path: str, label: str) -> None:
    assert await _label(_fastapi(), path, root_path="/base") == label


class _Refusing:
    """A layer that lets nothing through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuse = PlainTextResponse("no", 429) if scope["type"] == "http" else self.app
        await refuse(scope, receive, send)


@pytest.mark.parametrize(
    ("method", "path", "label"),
    [
        ("GET", "/api/v1/stations/7", "GET /api/v1/stations/{sid}"),
        ("POST", "/api/v2/stations/seven", "POST /api/v2/stations/{sid}"),
        ("GET", "/api/files/no/such.php", "GET /api/files/{path}"),
        ("GET", "/sub/own/7", "GET /sub/{path}"),
        ("GET", "/openapi.json", "GET /openapi.json"),
        ("GET", "/x.php", "GET <unmatched>"),
    ],
)
async def test_what_a_layer_answers_is_its_routes_all_the_same(
    method: str, path: str, label: str
) -> None:
    app = _fastapi()
    app.add_middleware(_Refusing)
    assert await _label(app, path, method) == label
    assert await _label(app, f"/base{path}", method, root_path="/base") == label


async def test_a_route_that_fastapi_makes_for_itself_has_its_template() -> None:
    assert await _label(_fastapi(), "/openapi.json") == "GET /openapi.json"


async def test_routes_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "_MOST_ROUTES", 2)
    app = _fastapi()
    for _ in range(2):
        for path in ("/direct/7", "/api/v1/stations/7", "/api/v2/stations/7"):
            assert (await _label(app, path)).endswith("}")
            assert len(endpoints._read_before) <= 2


async def test_a_route_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "_read_before", {})
    app = _fastapi()
    for number in range(3):
        await _label(app, f"/api/v1/stations/{number}")
    assert len(endpoints._read_before) == 1

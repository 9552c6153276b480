"""A route that is answered before the framework looks for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.utils import metrics
from app.web.errors import ParametersInvalid
from app.web.parameters import refuse_all
from app.web.reading import DirectRoutes, ReadyAnswer, as_headers

pytestmark = pytest.mark.anyio


async def ready(request: Request) -> Response:
    refuse_all(request.scope["query_string"])
    return ReadyAnswer(b"ready", as_headers({"Content-Type": "text/plain"}))


class Layered:
    """The layer over an application of others; the scope of the last request is kept."""

    def __init__(self) -> None:
        self.scope: Any = None
        self.layer = DirectRoutes(PlainTextResponse("framework"), routes=[Route("/hot", ready)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        await self.layer(scope, receive, send)


def client_of(app: ASGIApp, root_path: str = "") -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app, root_path=root_path), base_url="http://t")


@pytest.mark.parametrize(
    ("method", "path", "root_path", "text"),
    [
        ("GET", "/hot", "", "ready"),
        ("HEAD", "/hot", "", "ready"),
        ("POST", "/hot", "", "framework"),
        ("GET", "/hot/", "", "framework"),
        ("GET", "/cold", "", "framework"),
        ("GET", "/hot", "/below", "framework"),
    ],
)
async def test_only_its_own_path_is_read_directly(
    method: str, path: str, root_path: str, text: str
) -> None:
    app = Layered()
    async with client_of(app, root_path) as client:
        answer = await client.request(method, path)
    assert answer.status_code == 200
    assert answer.text == ("" if method == "HEAD" else text)
    assert answer.headers["content-length"] == str(len(text))
    assert getattr(app.scope.get("route"), "path", None) == ("/hot" if text == "ready" else None)


async def test_a_problem_is_answered_and_counted_as_any_route_s() -> None:
    with metrics.testing() as changed:
        async with client_of(Layered()) as client:
            answer = await client.get("/hot?unknown=1")
        assert changed("errors_total", type="validation") == 1
    assert answer.status_code == ParametersInvalid.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.text)["instance"] == "/hot"

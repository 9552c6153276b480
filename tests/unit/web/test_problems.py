from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.errors import VoltWayError
from app.web import problems
from app.web.security import SecurityHeaders

pytestmark = pytest.mark.anyio


class Teapot(VoltWayError):
    """It is a teapot."""

    slug, title, status = "teapot", "A teapot", 418


def _application() -> FastAPI:
    app = FastAPI(middleware=[Middleware(SecurityHeaders), Middleware(problems.UnhandledErrors)])
    problems.install(app)

    @app.get("/numbers/{number}")
    async def show(number: int) -> int:
        return number

    @app.get("/teapot")
    async def brew() -> None:
        raise Teapot("Short and stout.", spout=1, status="tried to replace")

    @app.get("/breaks-off")
    async def break_off() -> StreamingResponse:
        return StreamingResponse(_breaking_off())

    return app


async def _breaking_off() -> AsyncIterator[bytes]:
    yield b"x"
    raise RuntimeError("in the middle")


async def _ask(path: str, **headers: str) -> Any:
    transport = ASGITransport(_application(), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.get(path, headers=headers)


async def test_fastapis_own_validation_is_a_problem_with_pointers() -> None:
    answer = await _ask("/numbers/seven")
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/path/number"
    assert "integer" in fault["detail"]


async def test_an_expected_problem_has_its_members_and_none_of_the_standard_ones_replaced() -> None:
    answer = await _ask("/teapot")
    assert answer.status_code == 418
    assert answer.json() == {
        "spout": 1,
        "type": "/docs/problems#teapot",
        "title": "A teapot",
        "status": 418,
        "detail": "Short and stout.",
        "instance": "/teapot",
        "request_id": answer.json()["request_id"],
    }


async def test_what_breaks_off_is_logged_and_cannot_be_answered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RuntimeError, match="in the middle"):
        async with AsyncClient(
            transport=ASGITransport(_application()), base_url="http://t"
        ) as client:
            await client.get("/breaks-off")
    line = json.loads(capsys.readouterr().err)
    assert line["message"] == "unhandled error"
    assert line["exception"]["message"] == "in the middle"


async def test_a_client_that_leaves_is_no_error_of_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ClientDisconnect

    async def nothing(*_: Message) -> Any: ...

    with pytest.raises(ClientDisconnect):
        await problems.UnhandledErrors(app)({"type": "http"}, nothing, nothing)
    assert capsys.readouterr().err == ""


async def test_what_is_not_http_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Message) -> Any: ...

    for layer in (problems.UnhandledErrors, SecurityHeaders):
        await layer(app)({"type": "lifespan"}, nothing, nothing)
    assert seen == ["lifespan", "lifespan"]


async def test_guards_that_an_answer_sets_itself_are_kept() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"Referrer-Policy", b"no-referrer")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        return {}

    await SecurityHeaders(app)({"type": "http"}, nothing, keep)
    assert sent[0]["headers"] == [
        (b"Referrer-Policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]

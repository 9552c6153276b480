from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.utils.advanced_logging import configure_logging
from app.utils.metrics import registry

pytestmark = pytest.mark.anyio


def _application(threshold_s: float = 1.0) -> FastAPI:
    inner = APIRouter(prefix="/things")

    @inner.get("/{thing}")
    async def show(thing: str) -> Response:
        return PlainTextResponse(thing)

    outer = APIRouter(prefix="/v9")
    outer.include_router(inner)
    app = FastAPI(
        middleware=[
            Middleware(PerformanceMiddleware, slow_request_threshold=threshold_s),
            Middleware(RequestLoggingMiddleware, quiet_endpoints=["/quiet"]),
        ]
    )
    app.include_router(outer)
    app.mount("/files", StaticFiles(directory="tests"))

    @app.get("/quiet")
    async def quiet() -> Response:
        return PlainTextResponse("ok")

    @app.get("/boom")
    async def boom() -> Response:
        raise RuntimeError("boom")

    @app.post("/echo")
    async def echo() -> Response:
        return PlainTextResponse("four")

    return app


async def _ask(app: Any, path: str, method: str = "GET", **more: Any) -> Any:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, **more)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def _count(method: str, endpoint: str) -> float:
    labels = {"method": method, "endpoint": endpoint}
    return registry.get_sample_value("request_count_total", labels) or 0.0


async def test_an_answer_is_timed_and_named() -> None:
    answer = await _ask(_application(), "/v9/things/7")
    assert re.fullmatch(r"\d+\.\d+", answer.headers["x-process-time"])
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_the_line_tells_the_template_and_what_passed_by(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _count("GET", "/v9/things/{thing}")
    answer = await _ask(
        _application(), "/v9/things/seven", headers={"X-Request-ID": "client-given-id"}
    )
    (line,) = _lines(capsys)
    assert line["endpoint"] == "/v9/things/{thing}"
    assert line["path"] == "/v9/things/seven"
    assert line["method"] == "GET"
    assert line["status"] == 200
    assert line["response_bytes"] == 5
    assert line["client_ip"] == "127.0.0.1"
    assert line["duration_ms"] >= 0
    assert line["request_id"] == "client-given-id" == answer.headers["x-request-id"]
    assert _count("GET", "/v9/things/{thing}") == before + 1


async def test_a_request_body_is_counted_where_it_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await PlainTextResponse("done")(scope, receive, send)

    await _ask(RequestLoggingMiddleware(reads_all), "/x", "POST", content=b"12345")
    (line,) = _lines(capsys)
    assert line["request_bytes"] == 5


async def test_paths_without_a_route_share_one_series() -> None:
    before = _count("GET", "<unmatched>")
    for path in ("/nothing", "/x.php"):
        assert (await _ask(_application(), path)).status_code == 404
    assert _count("GET", "<unmatched>") == before + 2


async def test_strange_methods_share_one_series() -> None:
    before = _count("OTHER", "/quiet")
    assert (await _ask(_application(), "/quiet", "BREW")).status_code == 405
    assert _count("OTHER", "/quiet") == before + 1


async def test_mounted_files_share_the_series_of_their_mount() -> None:
    before = _count("GET", "/files/{path}")
    assert (await _ask(_application(), "/files/conftest.py")).status_code == 200
    assert _count("GET", "/files/{path}") == before + 1


async def test_a_failure_is_counted_and_logged_as_500(capsys: pytest.CaptureFixture[str]) -> None:
    answer = await _ask(_application(), "/boom")
    assert answer.status_code == 500
    (line,) = _lines(capsys)
    assert (line["status"], line["level"]) == (500, "ERROR")


async def test_quiet_endpoints_are_counted_but_not_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _count("GET", "/quiet")
    await _ask(_application(), "/quiet")
    assert _lines(capsys) == []
    assert _count("GET", "/quiet") == before + 1


async def test_a_slow_request_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    before = registry.get_sample_value("slow_requests_total") or 0.0
    await _ask(_application(threshold_s=1e-9), "/v9/things/7")
    _, slow = _lines(capsys)
    assert slow["message"] == "slow request"
    assert slow["endpoint"] == "/v9/things/{thing}"
    assert registry.get_sample_value("slow_requests_total") == before + 1


def _http_scope() -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": "/stream",
        "headers": [],
        "client": None,
    }


async def test_a_client_that_leaves_is_logged_as_499(capsys: pytest.CaptureFixture[str]) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0)

    sent: list[Message] = []
    has_left = asyncio.Event()

    async def receive() -> Message:
        await has_left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 3:
            has_left.set()

    app = RequestLoggingMiddleware(StreamingResponse(endless()))
    await app(_http_scope(), receive, send)
    (line,) = _lines(capsys)
    assert line["status"] == 499
    assert line["level"] == "INFO"


async def test_a_broken_pipe_is_the_client_leaving(capsys: pytest.CaptureFixture[str]) -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise OSError

    async def some() -> AsyncIterator[bytes]:
        yield b"x"

    scope = {**_http_scope(), "asgi": {"spec_version": "2.4"}}
    app = RequestLoggingMiddleware(StreamingResponse(some()))
    with pytest.raises(ClientDisconnect):
        await app(scope, receive, send)
    (line,) = _lines(capsys)
    assert line["status"] == 499


async def test_what_is_not_http_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> Any:
        raise AssertionError

    for layer in (RequestIdShell, PerformanceMiddleware, RequestLoggingMiddleware):
        await layer(app)({"type": "lifespan"}, nothing, nothing)
    assert seen == ["lifespan"] * 3


async def test_the_shell_names_answers_of_layers_that_know_no_ids() -> None:
    answer = await _ask(RequestIdShell(PlainTextResponse("x")), "/")
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_the_shell_keeps_one_id_and_other_headers() -> None:
    inner = PlainTextResponse("x", headers={"X-Request-ID": "other-one"})
    inner.headers.append("set-cookie", "a=1")
    inner.headers.append("set-cookie", "b=2")
    answer = await _ask(RequestIdShell(inner), "/", headers={"X-Request-ID": "given-id-1"})
    assert answer.headers.get_list("x-request-id") == ["given-id-1"]
    assert len(answer.headers.get_list("set-cookie")) == 2


async def test_the_shell_swallows_only_what_was_answered() -> None:
    async def answers_then_raises(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("sorry", 500)(scope, receive, send)
        raise RuntimeError("told already")

    async def raises(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("not told")

    async def ignore(_: Message) -> None: ...

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    await RequestIdShell(answers_then_raises)(_http_scope(), nothing, ignore)
    with pytest.raises(RuntimeError, match="not told"):
        await RequestIdShell(raises)(_http_scope(), nothing, ignore)


async def test_nothing_is_made_for_a_log_that_is_not_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _count("GET", "/v9/things/{thing}")
    configure_logging(level="ERROR")
    try:
        await _ask(_application(), "/v9/things/7")
    finally:
        configure_logging()
    assert _lines(capsys) == []
    assert _count("GET", "/v9/things/{thing}") == before + 1


async def test_other_messages_pass_by_uncounted(capsys: pytest.CaptureFixture[str]) -> None:
    async def sends_a_path(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.pathsend", "path": "/x"})

    async def nothing(*_: Message) -> Any: ...

    await RequestLoggingMiddleware(sends_a_path)(_http_scope(), nothing, nothing)
    (line,) = _lines(capsys)
    assert line["response_bytes"] == 0

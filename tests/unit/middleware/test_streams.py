"""WebSockets and event streams: counted apart, logged when they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Scope

from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.web.problems import UnhandledErrors
from tests.fixtures.asgi import Client, http_scope, lines_of, samples

pytestmark = pytest.mark.anyio

_CONNECT = {"type": "websocket.connect"}


def _socket_scope(path: str) -> Scope:
    return {
        "type": "websocket",
        "path": path,
        "headers": [(b"x-request-id", b"id-of-socket")],
        "client": ("203.0.113.7", 1),
        "query_string": b"",
        "subprotocols": [],
    }


def _application() -> FastAPI:
    app = FastAPI()

    @app.websocket("/live/{area}")
    async def live(socket: WebSocket, area: str) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.send_bytes(b"12345")
        await socket.receive_text()

    @app.websocket("/refused")
    async def refuse(socket: WebSocket) -> None:
        await socket.close(1008)

    @app.websocket("/broken")
    async def broken(socket: WebSocket) -> None:
        await socket.accept()
        raise RuntimeError("broken")

    @app.websocket("/broken-early")
    async def broken_early(_socket: WebSocket) -> None:
        raise RuntimeError("too early")

    @app.websocket("/closed")
    async def closed(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    return app


def _layers(app: ASGIApp) -> ASGIApp:
    inner = RequestLoggingMiddleware(UnhandledErrors(app))
    return RequestIdShell(PerformanceMiddleware(inner))


async def _talk(path: str, *messages: Message) -> Client:
    client = Client(_CONNECT, *messages)
    await _layers(_application())(_socket_scope(path), client.receive, client.send)
    return client


def _websockets() -> list[float]:
    kind = {"kind": "websocket"}
    return samples(("streams_opened_total", kind), ("streams_in_progress", kind))


async def test_a_socket_is_counted_apart_and_told_when_it_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened, open_now = _websockets()
    label = {"method": "GET", "endpoint": "/live/{area}"}
    client = await _talk(
        "/live/7",
        {"type": "websocket.receive", "text": "zwölf"},
        {"type": "websocket.disconnect", "code": 1001},
    )
    assert _websockets() == [opened + 1, open_now]
    assert samples(("request_count_total", label)) == [0.0]
    assert (b"x-request-id", b"id-of-socket") in client.sent[0]["headers"]
    (line,) = lines_of(capsys)
    assert line["message"] == "WEBSOCKET /live/{area} 101"
    assert line["request_id"] == "id-of-socket"
    assert (line["messages_in"], line["request_bytes"]) == (1, 6)
    assert (line["messages_out"], line["response_bytes"]) == (2, 11)
    assert (line["close_code"], line["client_ip"]) == (1001, "203.0.113.7")
    assert line["level"] == "INFO"


async def test_while_it_is_open_the_gauge_is_up() -> None:
    _, open_now = _websockets()
    client = Client(_CONNECT)
    talk = _layers(_application())(_socket_scope("/live/7"), client.receive, client.send)
    task = asyncio.ensure_future(talk)
    await client.was_sent_to.wait()
    assert _websockets()[1] == open_now + 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert _websockets()[1] == open_now


async def test_one_that_is_refused_was_never_open(capsys: pytest.CaptureFixture[str]) -> None:
    before = _websockets()
    await _talk("/refused")
    assert _websockets() == before
    assert lines_of(capsys)[0]["status"] == 403


async def test_one_whose_client_leaves_before_the_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def listens(scope: Scope, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    client = Client(_CONNECT, {"type": "websocket.disconnect"})
    await _layers(listens)(_socket_scope("/"), client.receive, client.send)
    assert lines_of(capsys)[0]["status"] == 499


async def test_one_that_the_server_closes(capsys: pytest.CaptureFixture[str]) -> None:
    await _talk("/closed")
    assert lines_of(capsys)[0]["close_code"] == 1000


async def test_one_that_is_refused_with_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    async def refuses(scope: Scope, receive: Any, send: Any) -> None:
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"no"})

    client = Client(_CONNECT)
    await _layers(refuses)(_socket_scope("/"), client.receive, client.send)
    assert lines_of(capsys)[0]["status"] == 401
    names = [name for name, _ in client.sent[0]["headers"]]
    assert names == [b"x-request-id", b"x-process-time"]


async def test_one_that_fails_is_closed_with_1011_and_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[Exception] = []
    app = RequestIdShell(
        RequestLoggingMiddleware(UnhandledErrors(_application())),
        on_failure=lambda error, _: told.append(error),
    )
    client = Client(_CONNECT)
    await app(_socket_scope("/broken"), client.receive, client.send)
    assert client.sent[-1] == {"type": "websocket.close", "code": 1011}
    assert [str(error) for error in told] == ["broken"]
    traceback, line = lines_of(capsys)
    assert traceback["message"] == "unhandled error"
    assert (line["level"], line["close_code"]) == ("ERROR", 1011)


async def test_one_that_fails_before_it_is_open_is_left_to_the_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RuntimeError, match="too early"):
        await _talk("/broken-early")
    assert lines_of(capsys)[-1]["status"] == 500


async def _events() -> AsyncIterator[bytes]:
    yield b"data: 1\n\n"
    await asyncio.Event().wait()


def _event_streams() -> list[float]:
    kind = {"kind": "sse"}
    return samples(
        ("streams_opened_total", kind), ("streams_in_progress", kind), "requests_in_progress"
    )


async def test_an_event_stream_is_counted_apart_and_is_never_slow(
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened, open_now, requests = _event_streams()
    label = {"method": "GET", "endpoint": "<unmatched>"}
    counted, timed, slow = samples(
        ("request_count_total", label), ("request_duration_count", label), "slow_requests_total"
    )
    may_leave = asyncio.Event()
    sent: list[Message] = []

    async def receive() -> Message:
        await may_leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message.get("body"):
            assert _event_streams() == [opened + 1, open_now + 1, requests]
            may_leave.set()

    stream = StreamingResponse(_events(), media_type="text/event-stream; charset=utf-8")
    app = PerformanceMiddleware(RequestLoggingMiddleware(stream), slow_request_threshold=1e-9)
    await app(http_scope(), receive, send)
    assert _event_streams() == [opened + 1, open_now, requests]
    assert samples(
        ("request_count_total", label), ("request_duration_count", label), "slow_requests_total"
    ) == [counted + 1, timed, slow]
    (line,) = lines_of(capsys)
    assert (line["status"], line["stream"], line["level"]) == (200, "sse", "INFO")
    assert line["response_bytes"] == 9

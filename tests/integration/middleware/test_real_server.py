"""The layers under uvicorn: clients that leave, methods that nobody knows."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from queue import Queue
from threading import Event
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.middleware.logging import PerformanceMiddleware, RequestLoggingMiddleware
from app.middleware.request_id import RequestIdShell
from app.web.problems import UnhandledErrors
from app.web.protocol import HttpProtocol
from tests.fixtures.asgi import lines_of, samples
from tests.fixtures.running import running


class _Service:
    """Streams without end, and answers late; says when a request is over."""

    def __init__(self) -> None:
        self.over: Queue[None] = Queue()
        self.may_answer = Event()
        self.is_busy = Event()
        inner = Starlette(
            routes=[
                Route("/endless", self._endless),
                Route("/late", self._late),
                Route("/body", self._body, methods=["POST"]),
            ]
        )
        logged = RequestLoggingMiddleware(UnhandledErrors(inner))
        self._app: ASGIApp = RequestIdShell(PerformanceMiddleware(logged))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            self.over.put(None)

    async def _endless(self, _request: Request) -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0)
                yield b"x" * 65_536

        return StreamingResponse(chunks())

    async def _late(self, _request: Request) -> Response:
        self.is_busy.set()
        await asyncio.to_thread(self.may_answer.wait, 30)
        return PlainTextResponse("late")

    async def _body(self, request: Request) -> Response:
        self.is_busy.set()
        return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def service() -> _Service:
    return _Service()


@pytest.fixture
def port(service: _Service) -> Iterator[int]:
    with running(service, http=HttpProtocol) as opened:
        yield opened


def _send(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(request)
    return connection


def _answer_to(port: int, request: bytes) -> bytes:
    with _send(port, request) as connection:
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def _line_once_over(service: _Service, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    service.over.get(timeout=30)
    (line,) = [line for line in lines_of(capsys) if line["logger"] == "app.requests"]
    assert "unhandled" not in line["message"]
    return line


def test_a_client_that_closes_half_way_is_499_and_no_error(
    service: _Service, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with _send(port, b"GET /endless HTTP/1.1\r\nHost: t\r\n\r\n") as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    line = _line_once_over(service, capsys)
    assert (line["status"], line["level"], line["endpoint"]) == (499, "INFO", "/endless")
    assert line["response_bytes"] > 0


def test_a_client_that_gives_up_on_a_busy_route_is_499(
    service: _Service, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with _send(port, b"GET /late HTTP/1.1\r\nHost: t\r\n\r\n"):
        assert service.is_busy.wait(30)
        service.may_answer.wait(0.2)
    service.may_answer.wait(0.2)
    service.may_answer.set()
    assert _line_once_over(service, capsys)["status"] == 499


def test_a_client_that_closes_while_it_uploads_is_499(
    service: _Service, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    request = b"POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n12345"
    with _send(port, request):
        assert service.is_busy.wait(30)
    line = _line_once_over(service, capsys)
    assert (line["status"], line["level"], line["request_bytes"]) == (499, "INFO", 5)


@pytest.mark.parametrize(
    ("request_line", "path"),
    [(b"FOO /late?x=1 HTTP/1.1", "/late"), (b"BREW / HTTP/1.0", "/")],
)
def test_a_method_that_nobody_knows_is_501_and_counted(
    port: int, capsys: pytest.CaptureFixture[str], request_line: bytes, path: str
) -> None:
    counted = ("request_count_total", {"method": "OTHER", "endpoint": "<unmatched>"})
    (before,) = samples(counted)
    answer = _answer_to(port, request_line + b"\r\nHost: t\r\n\r\n").decode()
    assert answer.startswith("HTTP/1.1 501 ")
    assert re.search(r"\r\nx-request-id: [0-9a-f]{32}\r\n", answer)
    assert re.search(r"\r\nx-process-time: \d+\.\d+\r\n", answer)
    assert "application/problem+json" in answer
    assert samples(counted) == [before + 1]
    assert lines_of(capsys)[-1]["path"] == path


def test_a_method_that_the_parser_knows_is_the_routes_matter(port: int) -> None:
    request = b"PROPFIND /late HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
    assert _answer_to(port, request).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    "nonsense",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"FOO\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"],
)
def test_what_is_no_request_at_all_is_400(port: int, nonsense: bytes) -> None:
    assert _answer_to(port, nonsense).startswith(b"HTTP/1.1 400 ")


def test_what_follows_a_refused_request_is_not_read(port: int) -> None:
    answer = _answer_to(port, b"FOO / HTTP/1.1\r\n\r\nGET /late HTTP/1.1\r\nHost: t\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1

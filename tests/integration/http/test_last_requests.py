"""A server that ends answers what is under way and what is on its way, and says so."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.web import protocol
from tests.fixtures.servers import is_listening

PATIENCE_S = 60
REQUEST = b"GET / HTTP/1.1\r\nHost: t\r\n\r\n"


class _Service:
    """Says when a request has arrived, and answers it when it is let."""

    def __init__(self) -> None:
        self.has_arrived = Event()
        self.may_answer = Event()
        self.may_answer.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.has_arrived.set()
        await asyncio.to_thread(self.may_answer.wait, PATIENCE_S)
        await PlainTextResponse("hello")(scope, receive, send)


class _Running:
    def __init__(self, service: _Service, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                service,
                http=protocol.HttpProtocol,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
            )
        )
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        _until(lambda: self._connections() > 0)
        return connection

    def ask_to_end(self) -> None:
        """Return once nobody listens any more, and every connection was told."""
        self._server.should_exit = True
        _until(lambda: not is_listening(self.port))

    def wait(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def _connections(self) -> int:
        return len(self._server.server_state.connections)


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it never came about"


def _answer_on(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


@contextmanager
def _running(service: _Service) -> Iterator[_Running]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Running(service, listener)
        try:
            yield server
        finally:
            service.may_answer.set()
            server.ask_to_end()
            server.wait()


@pytest.fixture
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_S", PATIENCE_S)


@pytest.mark.usefixtures("_long")
def test_a_request_on_a_connection_that_was_just_opened_is_answered() -> None:
    with _running(_Service()) as server, server.connect() as connection:
        server.ask_to_end()
        connection.sendall(REQUEST)
        answer = _answer_on(connection).lower()
    assert answer.startswith(b"http/1.1 200")
    assert answer.count(b"connection: close") == 1
    assert answer.endswith(b"hello")


@pytest.mark.usefixtures("_long")
def test_one_more_request_on_a_kept_connection_is_answered_and_is_the_last() -> None:
    with _running(_Service()) as server, server.connect() as connection:
        connection.sendall(REQUEST)
        first = b""
        while not first.endswith(b"hello"):
            first += connection.recv(1000)
        assert b"connection: close" not in first.lower()
        server.ask_to_end()
        connection.sendall(REQUEST)
        assert b"connection: close" in _answer_on(connection).lower()


def test_a_request_that_is_under_way_learns_that_it_is_the_last() -> None:
    service = _Service()
    service.may_answer.clear()
    with _running(service) as server, server.connect() as connection:
        connection.sendall(REQUEST)
        assert service.has_arrived.wait(PATIENCE_S)
        server.ask_to_end()
        service.may_answer.set()
        answer = _answer_on(connection).lower()
    assert answer.count(b"connection: close") == 1
    assert answer.endswith(b"hello")


def test_a_connection_on_which_nothing_comes_is_closed() -> None:
    with _running(_Service()) as server, server.connect() as connection:
        server.ask_to_end()
        assert connection.recv(1) == b""
        server.wait()

"""Heads that do not end, at a real server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from app.web.bodies import BoundedBodies
from app.web.protocol import MAX_HEAD_BYTES, HttpProtocol
from tests.fixtures.asgi import samples
from tests.fixtures.running import running

_LINE = b"X-Filler: " + b"x" * 1_000 + b"\r\n"
_UNMATCHED = ("request_count_total", {"method": "GET", "endpoint": "<unmatched>"})


async def _count_headers(scope: Scope, receive: Receive, send: Send) -> None:
    number = b"%d" % len(scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": number})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running(BoundedBodies(_count_headers), http=HttpProtocol) as opened:
        yield opened


def _tell(port: int, *parts: bytes) -> bytes:
    """All that is answered to parts, of which the last ones may find nobody to hear them."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        answer = b""
        with suppress(ConnectionError):
            while piece := connection.recv(65_536):
                answer += piece
        return answer


def _problem(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"x-request-id" in head
    problem: dict[str, object] = json.loads(body)
    return problem


def test_headers_that_do_not_end_are_told_their_bound_and_counted(port: int) -> None:
    before = samples(_UNMATCHED)[0]
    number = MAX_HEAD_BYTES // len(_LINE) + 1
    answer = _tell(port, b"GET /a?b=c HTTP/1.1\r\nHost: t\r\n", *[_LINE] * number)
    assert answer.startswith(b"HTTP/1.1 431 ")
    problem = _problem(answer)
    assert problem["instance"] == "/a"
    assert "131,072 bytes" in str(problem["detail"])
    assert samples(_UNMATCHED)[0] == before + 1


def test_one_header_that_does_not_end_is_no_way_around(port: int) -> None:
    parts = [b"x" * 1_024] * (MAX_HEAD_BYTES // 1_024)
    assert _tell(port, b"GET / HTTP/1.1\r\nX-Filler: ", *parts).startswith(b"HTTP/1.1 431 ")


def test_an_address_that_does_not_end_is_told_apart(port: int) -> None:
    parts = [b"x" * 1_024] * (MAX_HEAD_BYTES // 1_024)
    answer = _tell(port, b"GET /a?", *parts)
    assert answer.startswith(b"HTTP/1.1 414 ")
    assert _problem(answer)["instance"] == "/a"


@pytest.mark.parametrize("pieces", [3, 1])
def test_heads_within_the_bound_are_read_one_after_the_other(port: int, pieces: int) -> None:
    """In one piece, what is read at once ends in the middle of a head."""
    head = b"GET / HTTP/1.1\r\nHost: t\r\n" + _LINE * 100
    heads = [*[head + b"\r\n"] * 11, head + b"Connection: close\r\n\r\n"]
    size = len(heads) // pieces
    parts = [b"".join(heads[start : start + size]) for start in range(0, len(heads), size)]
    answer = _tell(port, *parts)
    assert answer.count(b"HTTP/1.1 200 ") == len(heads)
    assert b"431" not in answer


def test_a_body_is_no_part_of_the_head(port: int) -> None:
    size = 3 * MAX_HEAD_BYTES
    head = b"POST / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size
    assert _tell(port, head, b"x" * size).startswith(b"HTTP/1.1 200 ")


def test_a_body_that_grows_without_saying_so_is_told_its_bound(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    answer = _tell(port, head, *[chunk] * 16, b"1\r\nx\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")

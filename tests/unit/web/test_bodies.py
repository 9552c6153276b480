from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request
from httpx2 import ASGITransport, AsyncClient, Response
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import Message

from app.web import bodies
from app.web.bodies import MAX_DEPTH, BoundedBodies
from tests.fixtures.asgi import Client, http_scope

pytestmark = pytest.mark.anyio

_BOUND = 4_000


def _application() -> FastAPI:
    app = FastAPI(middleware=[Middleware(BoundedBodies, max_bytes=_BOUND)])

    @app.post("/length")
    async def measure(request: Request) -> int:
        return len(await request.body())

    @app.get("/length")
    async def read_nothing() -> int:
        return 0

    return app


async def _send(body: bytes | AsyncIterator[bytes], method: str = "POST") -> Response:
    transport = ASGITransport(_application())
    async with AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.request(method, "/length", content=body)


async def _in_parts(parts: int) -> AsyncIterator[bytes]:
    for _ in range(parts):
        yield b"x" * 1_000


@pytest.mark.parametrize("size", [0, 1, _BOUND])
async def test_a_body_within_the_bound_arrives_whole(size: int) -> None:
    assert (await _send(b"x" * size)).json() == size
    assert (await _send(_in_parts(4))).json() == 4_000


async def test_a_longer_one_is_refused_whether_it_says_its_length_or_not() -> None:
    for answer in (await _send(b"x" * (_BOUND + 1)), await _send(_in_parts(5))):
        assert answer.status_code == 413
        problem = answer.json()
        assert problem["type"].endswith("#body-too-long")
        assert problem["max_bytes"] == _BOUND
        assert "4,000 bytes" in problem["detail"]
        assert answer.headers["connection"] == "close"


async def test_an_announced_length_is_refused_before_anything_is_read() -> None:
    """A client that says nothing of its body waits for ever in this test, if it is asked."""
    client = Client()
    scope = http_scope("POST", "/length", headers=[(b"content-length", b"9" * 30)])
    await BoundedBodies(_application())(scope, client.receive, client.send)
    assert client.sent[0]["status"] == 413


async def test_the_body_of_a_get_is_not_looked_at() -> None:
    assert (await _send(b"x" * 9_000, "GET")).json() == 0


async def test_who_leaves_in_the_middle_is_no_error_of_the_route() -> None:
    part: Message = {"type": "http.request", "body": b"x", "more_body": True}
    client = Client(part, {"type": "http.disconnect"})
    with pytest.raises(ClientDisconnect):
        await BoundedBodies(_application())(
            http_scope("POST", "/length"), client.receive, client.send
        )
    assert client.sent == []


async def test_a_route_hears_after_the_body_what_the_client_says_next() -> None:
    heard: list[Message] = []

    async def listen(_scope: object, receive: object, _send: object) -> None:
        heard.extend([await receive(), await receive()])  # type: ignore[operator] # - ASGI's

    body: Message = {"type": "http.request", "body": b"xy", "more_body": False}
    client = Client(body, {"type": "http.disconnect"})
    await BoundedBodies(listen)(http_scope("POST"), client.receive, client.send)
    assert heard == [body, {"type": "http.disconnect"}]


async def test_sockets_pass() -> None:
    seen: list[str] = []

    async def note(scope: dict[str, str], _receive: object, _send: object) -> None:
        seen.append(scope["type"])

    client = Client()
    await BoundedBodies(note)({"type": "websocket"}, client.receive, client.send)  # type: ignore[arg-type] # - ASGI's
    assert seen == ["websocket"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, 200),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), 422),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 422),
        (b"[]" * 500, 200),
        # Brackets of a text are none, neither for nor against.
        (b'["' + b"[" * 500 + b'"]', 200),
        (b'{"a":"' + b"]" * 500 + b'","b":' + b"[" * 40 + b"]" * 40 + b"}", 422),
        (b"[" * 40 + b'"' + b'\\"' * 900, 422),
        (b'["\\\\"' + b",[" * 40, 422),
        (b'"' + b"[" * 500 + b"\\", 200),
    ],
)
async def test_a_body_that_is_too_deep_is_refused(body: bytes, status: int) -> None:
    answer = await _send(body)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["type"].endswith("#body-too-deep")
        assert answer.json()["max_depth"] == MAX_DEPTH


_JSON = st.recursive(
    st.none() | st.text(st.sampled_from('[]{}"\\a\né'), max_size=12),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=2),
    max_leaves=30,
)


def _depth_of(value: object) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth_of, value), default=0) if isinstance(value, list) else 0


@settings(max_examples=100, deadline=None)
@given(_JSON)
def test_the_depth_is_that_of_the_value(value: object) -> None:
    whole = [value, [[]] * MAX_DEPTH]  # so many that they are counted
    assert bodies._depth(json.dumps(whole, ensure_ascii=False).encode()) == _depth_of(whole)

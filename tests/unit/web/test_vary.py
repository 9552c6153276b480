"""Layers that take a short way give what the long way gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope
from starlette_compress import CompressMiddleware

from app.web.vary import Compression, CrossOrigin

pytestmark = pytest.mark.anyio

_LONG = b"x" * 600

Layer = Callable[..., ASGIApp]


async def answered(app: ASGIApp, *headers: tuple[bytes, bytes]) -> tuple[int, dict[bytes, bytes]]:
    """Status and headers of one answer; a name that is there twice fails."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": list(headers)}
    await app(scope, receive, send)
    names = [name.lower() for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    return sent[0]["status"], dict(
        zip(names, (value for _, value in sent[0]["headers"]), strict=True)
    )


def shown(**options: Any) -> Response:
    return Response(**{"content": _LONG, "media_type": "application/json", **options})


@pytest.mark.parametrize("origins", [["*"], ["https://app.example"]])
@pytest.mark.parametrize(
    "answer",
    [
        shown(),
        shown(headers={"Vary": "Accept"}),
        shown(headers={"vary": "Accept, Accept-Encoding", "X-Other": "1"}),
        shown(status_code=304, content=None),
    ],
    ids=["no vary", "one", "several", "not modified"],
)
@pytest.mark.parametrize("headers", [(), ((b"origin", b"https://app.example"),)])
async def test_an_answer_across_origins_is_the_frameworks(
    origins: list[str], answer: Response, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    ours = CrossOrigin(shown_again(answer), allow_origins=origins)
    theirs = CORSMiddleware(shown_again(answer), allow_origins=origins)
    assert await answered(ours, *headers) == await answered(theirs, *headers)


@pytest.mark.parametrize(
    "answer",
    [
        shown(),
        shown(headers={"Vary": "Accept"}),
        shown(headers={"Content-Encoding": "gzip"}),
        shown(headers={"Content-Range": "bytes 0-1/2"}),
        shown(status_code=304, content=None),
        shown(status_code=204, content=None),
    ],
    ids=["plain", "varied", "encoded", "range", "not modified", "empty"],
)
@pytest.mark.parametrize("headers", [(), ((b"accept-encoding", b"gzip"),)])
async def test_an_answer_that_may_be_compressed_says_so_to_all(
    answer: Response, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    ours = await answered(Compression(shown_again(answer)), *headers)
    assert ours == await answered(CompressMiddleware(shown_again(answer)), *headers)


def shown_again(answer: Response) -> ASGIApp:
    """The same answer each time, whatever layers did to the one before."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": answer.status_code}
        await send({**start, "headers": list(answer.raw_headers)})
        await send({"type": "http.response.body", "body": answer.body})

    return app

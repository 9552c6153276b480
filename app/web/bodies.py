"""Bodies: read whole but bounded, and answered as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.errors import BodyTooDeep, BodyTooLong
from app.web.problems import answer_to

MAX_BODY_BYTES: Final = 1024 * 1024
"""A route of 20,000 points with seven digits has about half of it."""

MAX_DEPTH: Final = 32
"""Brackets within brackets; GeoJSON, the deepest of what is read here, has six."""

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_OPENING = np.zeros(256, np.int64)
_OPENING[[ord("["), ord("{")]] = 1
_OPENING[[ord("]"), ord("}")]] = -1

_OTHERS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""Of JSON; one that does not end goes to the end, so that a body is read through once."""

NO_STORE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
"""For what belongs to one user."""


def json_answer(
    shape: BaseModel, status: int = 200, headers: Mapping[str, str] = NO_STORE
) -> Response:
    """An answer of a shape; not kept by caches unless ``headers`` say otherwise."""
    return Response(
        shape.model_dump_json(),
        status_code=status,
        headers=dict(headers),
        media_type="application/json",
    )


def no_content() -> Response:
    """204."""
    return Response(status_code=204, headers=dict(NO_STORE))


class BoundedBodies:
    """Refuses bodies that are too long or too deep before anything reads them.

    A body is taken in whole, so that one that grows without saying so is refused in the same
    words: what routes read is small. Bodies of GET are not looked at, and never read.

    Args:
        max_bytes: Of a body.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http" or scope["method"] in _BODILESS:
            await self.app(scope, receive, send)
            return
        body = await self._taken_in(scope, receive)
        if body is None:
            await answer_to(scope, BodyTooLong(self.max_bytes))(scope, receive, send)
        elif _depth(body) > MAX_DEPTH:
            await answer_to(scope, BodyTooDeep(MAX_DEPTH))(scope, receive, send)
        else:
            await self.app(scope, _Replay(body, receive), send)

    async def _taken_in(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; ``None`` where it is too long."""
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:20]) > self.max_bytes:
            return None
        parts: list[bytes] = []
        left = self.max_bytes
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            part = message.get("body", b"")
            left -= len(part)
            if left < 0:
                return None
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


def _depth(body: bytes) -> int:
    """How deep brackets lie in each other at most; those inside of texts do not count.

    Cost: some 5 ns a byte, of texts 50, where there are brackets enough to matter.
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return 0
    bare = _TEXT.sub(b"", body).translate(None, _OTHERS)
    return int(_OPENING[np.frombuffer(bare, np.uint8)].cumsum().max(initial=0))


class _Replay:
    """Gives a body that was taken in, then what the client says next."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._message: Message | None = {
            "type": "http.request", "body": body, "more_body": False
        }  # fmt: skip
        self._receive = receive

    async def __call__(self) -> Message:
        message, self._message = self._message, None
        return message if message is not None else await self._receive()

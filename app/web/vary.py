"""Layers of others, at a fraction of their cost for what most requests are.

A request that comes from no other origin, or takes no encoding, needs but a word in the ``Vary``
of its answer; the layers would read and write all of its headers as text to that end.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware

_NAME = itemgetter(0)
_VARY = b"vary"
_UNCHANGING = frozenset({204, 205, 304})
_ENCODED = frozenset({b"content-encoding", b"content-range"})


class CrossOrigin(CORSMiddleware):
    """CORS; see the module."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http" or _has(scope, b"origin"):
            await super().__call__(scope, receive, send)
            return

        async def send_varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = _varied(message, b"Origin")
            await send(message)

        await self.app(scope, receive, send_varied)


class Compression(CompressMiddleware):
    """Compression; see the module."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http" or _has(scope, b"accept-encoding"):
            await super().__call__(scope, receive, send)
            return

        async def send_varied(message: Message) -> None:
            if message["type"] == "http.response.start" and _may_be_encoded(message):
                message = _varied(message, b"Accept-Encoding")
            await send(message)

        await self.app(scope, receive, send_varied)


def _has(scope: Scope, name: bytes) -> bool:
    return name in map(_NAME, scope["headers"])


def _may_be_encoded(message: Message) -> bool:
    if message["status"] in _UNCHANGING:
        return False
    return _ENCODED.isdisjoint([name.lower() for name, _ in message.get("headers", ())])


def _varied(message: Message, field: bytes) -> Message:
    """A copy of an answer's start whose one ``Vary`` names one field more."""
    headers: Iterable[tuple[bytes, bytes]] = message.get("headers", ())
    fields = [value for name, value in headers if name.lower() == _VARY]
    others = [pair for pair in headers if pair[0].lower() != _VARY] if fields else headers
    return {**message, "headers": [*others, (_VARY, b", ".join((*fields, field)))]}

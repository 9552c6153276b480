"""Headers that keep a browser from guessing."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_NAMES = frozenset(name for name, _ in _HEADERS)


class SecurityHeaders:
    """``nosniff`` and a referrer policy on every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                missing = _HEADERS
                if not _NAMES.isdisjoint(present := [name.lower() for name, _ in headers]):
                    missing = tuple(pair for pair in _HEADERS if pair[0] not in present)
                message = {**message, "headers": [*headers, *missing]}
            await send(message)

        await self.app(scope, receive, send_guarded)

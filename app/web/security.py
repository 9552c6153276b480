"""Headers that keep a browser from guessing."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware.client_address import is_secure, read_networks

_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_OVER_TLS = (*_HEADERS, (b"strict-transport-security", b"max-age=31536000"))
_NAMES = frozenset(name for name, _ in _OVER_TLS)


class SecurityHeaders:
    """``nosniff`` and a referrer policy on every answer that does not set its own.

    Over TLS browsers are told to stay there for a year (HSTS); TLS may end at a proxy that is
    trusted and says so in ``X-Forwarded-Proto``.

    Args:
        trusted_proxies: Networks whose headers are believed.
    """

    def __init__(self, app: ASGIApp, *, trusted_proxies: Sequence[str] = ()) -> None:
        self.app = app
        self.trusted = read_networks(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        own = _OVER_TLS if is_secure(scope, self.trusted) else _HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                missing = own
                if not _NAMES.isdisjoint(present := [name.lower() for name, _ in headers]):
                    missing = tuple(pair for pair in own if pair[0] not in present)
                message = {**message, "headers": [*headers, *missing]}
            await send(message)

        await self.app(scope, receive, send_guarded)

"""Headers that keep a browser from guessing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware.client_address import is_secure, read_networks

_Pair = tuple[bytes, bytes]

_HEADERS: tuple[_Pair, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_OVER_TLS = (*_HEADERS, (b"strict-transport-security", b"max-age=31536000"))

_UNUSED = (
    "accelerometer", "camera", "display-capture", "encrypted-media", "gyroscope", "hid",
    "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment",
    "publickey-credentials-get", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
"""What browsers know of and our pages do not use."""

PERMISSIONS = ", ".join(["geolocation=(self)", *(f"{feature}=()" for feature in _UNUSED)])
_OF_PAGES = (b"permissions-policy", PERMISSIONS.encode())
_NAMES = frozenset(name for name, _ in (*_OVER_TLS, _OF_PAGES))


class SecurityHeaders:
    """``nosniff`` and a referrer policy on every answer that does not set its own.

    Pages may ask where one is, and nothing else of a device (``Permissions-Policy``).

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
                message = {**message, "headers": [*headers, *_due(headers, own)]}
            await send(message)

        await self.app(scope, receive, send_guarded)


def _due(headers: Iterable[_Pair], own: tuple[_Pair, ...]) -> tuple[_Pair, ...]:
    """What an answer with these headers is to have besides."""
    present: list[bytes] = []
    for name, value in headers:
        folded = name.lower()
        if folded == b"content-type":
            own = (*own, _OF_PAGES) if value.startswith(b"text/html") else own
        elif folded in _NAMES:
            present.append(folded)
    return tuple(pair for pair in own if pair[0] not in present) if present else own

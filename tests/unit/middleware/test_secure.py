from __future__ import annotations

import pytest
from starlette.types import Scope

from app.middleware.client_address import is_secure, read_networks
from app.web.security import PERMISSIONS, SecurityHeaders
from tests.fixtures.asgi import Client, http_scope

_PROXIES = ("10.0.0.0/8",)


def _scope(scheme: str, peer: str | None, *told: bytes) -> Scope:
    return http_scope(
        scheme=scheme,
        client=None if peer is None else (peer, 1),
        headers=[(b"x-forwarded-proto", value) for value in told],
    )


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (_scope("https", None), True),
        (_scope("wss", "192.0.2.1"), True),
        (_scope("http", "10.0.0.1", b"https"), True),
        (_scope("http", "10.0.0.1", b"http"), False),
        (_scope("http", "10.0.0.1"), False),
        (_scope("http", "192.0.2.1", b"https"), False),
        (_scope("http", "10.0.0.1", b"https", b"https"), False),
        (_scope("http", None, b"https"), False),
        (_scope("http", "no address", b"https"), False),
        (http_scope(), False),
    ],
)
def test_tls_is_what_ended_here_or_at_a_trusted_proxy(scope: Scope, *, expected: bool) -> None:
    assert is_secure(scope, read_networks(_PROXIES)) is expected
    assert is_secure(scope, ()) is (scope.get("scheme") in {"https", "wss"})


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_browsers_are_told_to_stay_on_tls_where_they_came_by_it(scheme: str) -> None:
    async def answer(_scope: object, _receive: object, send: object) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)  # type: ignore[operator] # - ASGI's

    client = Client()
    layer = SecurityHeaders(answer, trusted_proxies=_PROXIES)
    await layer(_scope(scheme, "192.0.2.1"), client.receive, client.send)
    headers = dict(client.sent[0]["headers"])
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert (b"strict-transport-security" in headers) == (scheme == "https")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("headers", "permissions"),
    [
        ([(b"Content-Type", b"text/html; charset=utf-8")], PERMISSIONS.encode()),
        ([(b"content-type", b"text/html"), (b"Permissions-Policy", b"usb=()")], None),
        ([(b"content-type", b"application/json")], None),
        ([], None),
    ],
)
async def test_pages_may_ask_where_one_is_and_for_nothing_else(
    headers: list[tuple[bytes, bytes]], permissions: bytes | None
) -> None:
    async def answer(_scope: object, _receive: object, send: object) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)  # type: ignore[operator] # - ASGI's

    client = Client()
    await SecurityHeaders(answer)(http_scope(), client.receive, client.send)
    assert dict(client.sent[0]["headers"]).get(b"permissions-policy") == permissions
    assert len(client.sent[0]["headers"]) == len(headers) + 2 + (permissions is not None)

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.middleware import Middleware
from starlette.types import Scope

from app.utils.caching import TestClock as Clock
from app.utils.rate_limit import Limit, RateLimiter
from app.web import problems
from app.web.limits import RateLimits, Rules, caller_of
from tests.fixtures.asgi import http_scope

pytestmark = pytest.mark.anyio

STATIONS = "/api/v1/stations"


def _name_in_header(scope: Scope) -> str | None:
    return next((value.decode() for name, value in scope["headers"] if name == b"x-name"), None)


class Served:
    """An application that answers everything with its path, behind the limits."""

    def __init__(self, caller: str | None, endpoint: str | None = None) -> None:
        rules = Rules(*(Limit.read(text) if text else None for text in (caller, endpoint)))
        layer = Middleware(RateLimits, rules=rules, trusted_proxies=["10.0.0.0/8"])
        app = FastAPI(middleware=[layer])
        problems.install(app)
        self.clock = Clock()
        callers = SimpleNamespace(name_of=_name_in_header)
        limiter = RateLimiter(None, clock=self.clock)
        app.state.resources = SimpleNamespace(limiter=limiter, callers=callers)

        @app.api_route("/{path:path}", methods=["GET", "POST", "OPTIONS"])
        async def echo(path: str) -> str:
            return path

        self._app = app

    async def ask(
        self,
        path: str = STATIONS,
        *,
        peer: str = "192.0.2.1",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        transport = ASGITransport(self._app, client=(peer, 4711))
        async with AsyncClient(transport=transport, base_url="http://t") as client:
            return await client.request(method, path, headers=dict(headers or {}))

    async def left(self, path: str, **more: Any) -> int:
        """What is told to be left after one request."""
        told = (await self.ask(path, **more)).headers["ratelimit"]
        match = re.fullmatch(r'"[a-z-]+";r=(\d+);t=\d+', told)
        assert match is not None, told
        return int(match[1])


async def test_everybody_is_told_the_policies_and_what_is_left() -> None:
    answer = await Served("10/minute", "5/minute").ask()
    assert answer.headers["ratelimit-policy"] == '"caller";q=10;w=60, "endpoint";q=5;w=60'
    assert answer.headers["ratelimit"] == '"endpoint";r=4;t=12'
    assert "retry-after" not in answer.headers


async def test_one_more_is_a_problem_and_who_waits_as_told_is_let_through() -> None:
    served = Served("7/minute")
    assert [(await served.ask()).status_code for _ in range(8)] == [200] * 7 + [429]
    refused = await served.ask()
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "9"  # 60 s / 7, rounded up
    assert refused.headers["ratelimit"] == '"caller";r=0;t=60'
    problem = refused.json()
    assert problem["type"].endswith("#too-many-requests")
    assert problem["policy"] == "caller"
    assert problem["detail"] == "The limit 'caller' allows 7 requests in 60 s; ask again in 9 s."
    served.clock.advance(9)
    assert (await served.ask()).status_code == 200


async def test_endpoints_are_counted_apart_and_the_caller_over_all() -> None:
    served = Served("5/minute", "2/minute")
    paths = [STATIONS] * 3 + ["/api/v1/operators"] * 3 + ["/tiles/stations/0/0/0.mvt"] * 2
    statuses = [(await served.ask(path)).status_code for path in paths]
    assert statuses == [200, 200, 429, 200, 200, 429, 200, 429]


@pytest.mark.parametrize(
    "path", ["/health", "/api/v1/health", "/metrics", "/", "/assets/a.js", "/docs"]
)
async def test_monitors_and_the_page_are_not_counted(path: str) -> None:
    served = Served("1/hour")
    for _ in range(3):
        answer = await served.ask(path)
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


async def test_preflights_are_not_counted() -> None:
    served = Served("1/hour")
    for _ in range(3):
        assert (await served.ask(method="OPTIONS")).status_code == 200


async def test_without_limits_nothing_is_told() -> None:
    answer = await Served(None).ask()
    assert answer.status_code == 200
    assert "ratelimit-policy" not in answer.headers


@pytest.mark.parametrize(
    ("path", "headers", "cost"),
    [
        (STATIONS, {}, 1),
        (f"{STATIONS}/osm:node%2F1", {}, 1),
        (f"{STATIONS}?route=abc", {}, 5),
        (f"{STATIONS}/along-route", {}, 5),
        (f"{STATIONS}/clusters?bbox=1,2,3,4", {}, 2),
        (f"{STATIONS}?format=csv", {}, 20),
        (f"{STATIONS}?f%6frmat=%63sv", {}, 20),
        (f"{STATIONS}?format=ndjson", {}, 20),
        (f"{STATIONS}?format=json", {"accept": "text/csv"}, 1),
        (STATIONS, {"accept": "TEXT/csv"}, 20),
        (STATIONS, {"accept": "text/*"}, 20),
        (STATIONS, {"accept": "application/jsonl"}, 20),
        (STATIONS, {"accept": "text/html, application/xml;q=0.9, */*;q=0.8"}, 1),
        (STATIONS, {"accept": "image/png"}, 1),
    ],
)
async def test_what_takes_longer_counts_for_more(
    path: str, headers: dict[str, str], cost: int
) -> None:
    assert await Served("100/hour").left(path, headers=headers) == 100 - cost


async def test_a_cost_beyond_the_limit_takes_all_of_it() -> None:
    served = Served("3/hour")
    assert (await served.ask(f"{STATIONS}?format=csv")).status_code == 200
    assert (await served.ask()).status_code == 429


@pytest.mark.parametrize(
    ("peer", "headers", "caller"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", [(b"x-forwarded-for", b"198.51.100.7")], "192.0.2.1"),
        ("10.0.0.1", [(b"x-forwarded-for", b"6.6.6.6, 198.51.100.7")], "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", [(b"x-name", b"ada")], "user:ada"),
        ("not-an-address", [], "unknown"),
    ],
)
def test_the_caller_is_the_user_or_the_address(
    peer: str, headers: list[tuple[bytes, bytes]], caller: str
) -> None:
    trusted = RateLimits(FastAPI(), rules=Rules(None, None), trusted_proxies=["10.0.0.0/8"]).trusted
    scope = http_scope(headers=headers, client=(peer, 1))
    assert caller_of(scope, _name_in_header, trusted) == caller


def test_behind_a_unix_socket_all_are_one() -> None:
    assert caller_of(http_scope(), _name_in_header, ()) == "local"


async def test_a_user_is_the_same_from_everywhere_and_does_not_use_up_the_address() -> None:
    served = Served("2/hour")
    named = {"x-name": "ada"}
    for peer in ("192.0.2.1", "192.0.2.2"):
        assert (await served.ask(peer=peer, headers=named)).status_code == 200
    assert (await served.ask(peer="192.0.2.3", headers=named)).status_code == 429
    assert (await served.ask(peer="192.0.2.1")).status_code == 200

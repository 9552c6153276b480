"""Limits and edges of the whole application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.main import create_app
from app.settings import Settings
from app.utils import metrics
from tests.fixtures.servers import RedisServer

pytestmark = pytest.mark.anyio

_PERSON = {"email": "ada@example.org", "username": "ada", "password": "correct horse battery"}
_WRONG = {"username": "ada", "password": "wrong horse battery"}


@asynccontextmanager
async def _serving(folder: Path, peer: str = "192.0.2.1", **values: Any) -> AsyncIterator[Any]:
    app = create_app(Settings(data_dir=folder, **values))
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False, client=(peer, 1))
        async with AsyncClient(transport=transport, base_url="http://t") as client:
            yield client


@pytest.fixture(scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncClient]:
    async with _serving(tmp_path_factory.mktemp("data")) as opened:
        yield opened


async def test_a_page_of_another_host_may_read_what_is_left(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/stations", headers={"Origin": "https://app.example"})
    exposed = answer.headers["access-control-expose-headers"]
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed.split(", "))
    assert answer.headers["ratelimit-policy"] == '"caller";q=1200;w=60, "endpoint";q=900;w=60'
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_guessing_ends_with_429_and_health_goes_on(tmp_path: Path) -> None:
    async with _serving(tmp_path, rate_limit_log_in="3/hour") as client:
        statuses = [
            (await client.post("/api/v1/auth/token", data=_WRONG)).status_code for _ in range(4)
        ]
        assert statuses == [401, 401, 401, 429]
        refused = await client.post("/api/v1/users", json=_PERSON)
        assert refused.status_code == 429
        assert refused.json()["policy"] == "log-in"
        assert refused.headers["retry-after"] == "1200"
        assert (await client.get("/api/v1/health")).status_code == 200


async def test_who_asks_whether_names_are_taken_soon_waits_for_long(tmp_path: Path) -> None:
    async with _serving(tmp_path, rate_limit_register="3/hour") as client:
        for _ in range(2):
            await client.post("/api/v1/users", json=_PERSON)
        tokens = (await client.post("/api/v1/auth/token", data=_PERSON)).json()
        mine = {"Authorization": f"Bearer {tokens['access_token']}"}
        wanted = {"current_password": _PERSON["password"], "username": "lovelace"}
        for status in (200, 429):
            answer = await client.patch("/api/v1/users/me", json=wanted, headers=mine)
            assert answer.status_code == status
        assert (answer.json()["policy"], answer.headers["retry-after"]) == ("registration", "1200")
        refused = await client.post("/api/v1/users", json={**_PERSON, "username": "other"})
        assert refused.json()["policy"] == "registration"
        # Passwords are another matter, and so are log-ins.
        changed = {"current_password": _PERSON["password"], "password": "heron-cello-marble-4"}
        answer = await client.patch("/api/v1/users/me", json=changed, headers=mine)
        assert answer.status_code == 200


async def test_what_is_refused_counts_for_its_route(tmp_path: Path) -> None:
    async with _serving(tmp_path, rate_limit="1/hour") as client:
        with metrics.testing() as changed:
            for station_id in ("irve:one", "irve:two", "irve:three"):
                await client.get(f"/api/v1/stations/{station_id}")
            await client.post("/api/v1/auth/refresh", content=b"[" * 40)
    asked = {"method": "GET", "endpoint": "/api/v1/stations/{station_id}"}
    assert changed("request_count_total", **asked) == 3
    assert changed("request_count_total", method="POST", endpoint="/api/v1/auth/refresh") == 1


async def test_a_user_is_counted_apart_from_the_address(tmp_path: Path) -> None:
    async with _serving(tmp_path, rate_limit="4/hour", rate_limit_endpoint="off") as client:
        await client.post("/api/v1/users", json=_PERSON)
        tokens = (await client.post("/api/v1/auth/token", data=_PERSON)).json()
        mine = {"Authorization": f"Bearer {tokens['access_token']}"}
        forged = {"Authorization": f"Bearer {tokens['access_token'][:-4]}AAAA"}
        unknown = {"X-API-Key": "vw_" + "A" * 43}
        assert [(await client.get("/api/v1/sources")).status_code for _ in range(3)] == [
            200, 200, 429
        ]  # fmt: skip
        # What nobody vouches for is the address's; the user has all of its own.
        for headers in (forged, unknown):
            assert (await client.get("/api/v1/sources", headers=headers)).status_code == 429
        answer = await client.get("/api/v1/users/me", headers=mine)
        assert answer.status_code == 200
        assert answer.headers["ratelimit"].startswith('"caller";r=3;')


async def test_clients_at_once_get_exactly_the_limit(tmp_path: Path, redis_url: str) -> None:
    limits = {"rate_limit": "25/hour", "rate_limit_endpoint": "off"}
    async with _serving(tmp_path, redis_url=redis_url, **limits) as client:

        async def ask_in_turn() -> list[int]:
            return [(await client.get("/api/v1/sources")).status_code for _ in range(6)]

        answered = await asyncio.gather(*(ask_in_turn() for _ in range(10)))
    statuses = [status for one in answered for status in one]
    assert (statuses.count(200), statuses.count(429)) == (25, 35)


async def test_without_redis_reads_go_on_and_nobody_logs_in(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    async with _serving(tmp_path, redis_url=own_redis.url) as client:
        assert (await client.post("/api/v1/users", json=_PERSON)).status_code == 201
        tokens = (await client.post("/api/v1/auth/token", data=_PERSON)).json()
        own_redis.stop()
        read = await client.get("/api/v1/stations")
        assert read.status_code == 200
        assert "ratelimit" in read.headers
        refused = await client.post("/api/v1/auth/token", data=_PERSON)
        assert refused.status_code == 503
        assert refused.json()["type"].endswith("#limits-unavailable")
        assert refused.headers["retry-after"] == "5"
        renewed = {"refresh_token": tokens["refresh_token"]}
        assert (await client.post("/api/v1/auth/refresh", json=renewed)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\x00", b"\xff\xfe", b"null", b"[]", b"NaN", b'"\\ud800"',
        b'{"email":"\\ud800@b.example","username":"\\udfff","password":"\\ud83d"}',
        b'{"email":"a\\u0000@b.example","username":"a\\u0000b","password":"\\u0000"}',
        b'{"\\ud800":1,"email":1e400,"username":' + b"9" * 5_000 + b"}",
        b"9" * 5_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/auth/refresh"])
async def test_no_body_is_an_error_of_ours(client: AsyncClient, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": "6.6.6.6"}
    answer = await client.post(path, content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    answer.json()


@pytest.mark.parametrize("part", ["%00", "%ff", "%ed%a0%80", "%", "%zz", "\u202e", "a%0d%0aX:b"])
async def test_no_id_and_no_query_is_an_error_of_ours(client: AsyncClient, part: str) -> None:
    for path in (f"/api/v1/stations/{part}", f"/api/v1/stations?q={part}", f"/{part}"):
        answer = await client.get(path)
        assert answer.status_code < 500, answer.text
        answer.json()
        assert "x" not in answer.headers

"""``/health`` and ``/api/v1/health`` over a database that works, hangs, fails, and a Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from app.main import create_app
from app.ops.schemas import Health
from app.ops.state import ServiceHealth
from app.settings import Settings
from app.utils.health import HealthChecks
from tests.fixtures.servers import RedisServer

pytestmark = pytest.mark.anyio

_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_IMPORTED_MS = int((_NOW - timedelta(minutes=30)).timestamp() * 1000)


class _Reader:
    """A database of three changes, imported half an hour ago."""

    last_import_ms: int | None = _IMPORTED_MS

    async def fetch_all(self, sql: str, *_: object) -> list[tuple[Any, ...]]:
        return [(3,)] if "change" in sql else [(self.last_import_ms,)]


class _Hanging(_Reader):
    async def fetch_all(self, *_: object) -> list[tuple[Any, ...]]:
        await asyncio.Event().wait()
        raise AssertionError


class _Away(_Reader):
    async def fetch_all(self, *_: object) -> list[tuple[Any, ...]]:
        raise OSError("Connect call failed ('10.0.0.5', 5432), password=hunter2")


class _Follower:
    """An index that has taken in two changes."""

    def __init__(self, *, fault: str | None = None, lag_s: float = 0.1) -> None:
        self.fault = fault
        self.lag_s = lag_s
        self.seq = 2
        self.station_count = 125
        self.reload_count = 0


def _health(reader: object = None, follower: object = None, **more: Any) -> ServiceHealth:
    return ServiceHealth(reader or _Reader(), follower or _Follower(), version="1.2.3", **more)  # type: ignore[arg-type] # stand-ins - of what is used of them


async def test_a_service_that_works_tells_version_index_and_age() -> None:
    told = await _health().look(now=_NOW)
    assert (told.status, told.version) == ("ok", "1.2.3")
    assert told.index.station_count == 125
    assert told.index.lag_changes == 1
    assert told.data.age_s == 1800
    assert told.data.last_import_at == _NOW - timedelta(minutes=30)
    assert told.redis is None


async def test_an_empty_catalogue_is_degraded_and_says_what_to_do() -> None:
    reader = _Reader()
    reader.last_import_ms = None
    told = await _health(reader).look()
    assert (told.status, told.data.status) == ("degraded", "degraded")
    assert "voltway import" in told.data.detail


async def test_a_database_that_fails_is_down_and_no_secret_is_told() -> None:
    told = await _health(_Away(), _Follower(fault="OSError: 10.0.0.5, password=hunter2")).look()
    assert (told.status, told.database.status, told.data.status) == ("down", "down", "down")
    assert told.index.status == "degraded"
    assert told.index.lag_changes is None
    text = told.model_dump_json()
    assert "OSError" in text
    assert "hunter2" not in text
    assert "10.0.0.5" not in text


async def test_a_database_that_hangs_is_told_within_its_deadline() -> None:
    async with asyncio.timeout(3):
        told = await _health(_Hanging()).look()
    assert told.database.status == "down"
    assert told.database.detail == "No answer within 1 s."


async def test_an_index_that_is_behind_is_degraded() -> None:
    told = await _health(follower=_Follower(lag_s=60.0)).look()
    assert (told.status, told.index.status) == ("degraded", "degraded")


@pytest.fixture
async def serving(
    tmp_path: Path,
) -> AsyncIterator[Callable[..., Any]]:
    """Opens applications over an empty catalogue, with settings; closes them."""
    opened: list[Any] = []

    async def serve(**settings: Any) -> tuple[FastAPI, AsyncClient]:
        app = create_app(Settings(data_dir=tmp_path, **settings))
        lifespan = app.router.lifespan_context(app)
        await lifespan.__aenter__()
        client = AsyncClient(transport=ASGITransport(app), base_url="http://t")
        opened.extend((client, lifespan))
        return app, client

    yield serve
    for context in opened:
        await context.__aexit__(None, None, None)


async def _ask(client: AsyncClient) -> tuple[int, Health]:
    answer = await client.get("/api/v1/health")
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, Health.model_validate_json(answer.content)


def _forget(app: FastAPI) -> None:
    """Let the next question be asked anew, as a second later."""
    checks: HealthChecks = app.state.health._checks
    checks.shared_s = 0.0


async def test_degraded_is_200_and_down_is_503(
    serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, client = await serving()
    _forget(app)
    status, health = await _ask(client)
    assert (status, health.status) == (200, "degraded")
    monkeypatch.setattr(app.state.health, "_reader", _Away())
    status, health = await _ask(client)
    assert (status, health.status) == (503, "down")
    assert health.version == app.version


async def test_liveness_asks_nothing(
    serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, client = await serving()
    monkeypatch.setattr(app.state.health, "_reader", _Hanging())
    answer = await client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    del app.state.resources, app.state.health
    assert (await client.get("/health")).status_code == 200


async def test_a_probe_storm_asks_the_database_once(
    serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, client = await serving()
    asked: list[str] = []

    class Counting(_Reader):
        async def fetch_all(self, sql: str, *_: object) -> list[tuple[Any, ...]]:
            asked.append(sql)
            return await super().fetch_all(sql)

    monkeypatch.setattr(app.state.health, "_reader", Counting())
    app.state.health._checks.shared_s = 3600.0
    await asyncio.gather(*(_ask(client) for _ in range(20)))
    assert len(asked) == 2


async def test_redis_is_asked_and_never_takes_the_service_down(
    serving: Callable[..., Any], own_redis: RedisServer
) -> None:
    app, client = await serving(redis_url=own_redis.url)
    _forget(app)
    _, health = await _ask(client)
    assert health.redis is not None
    assert health.redis.status == "ok"

    own_redis.stop()
    status, health = await _ask(client)
    assert health.redis is not None
    assert (status, health.redis.status) == (200, "degraded")
    assert str(own_redis.port) not in health.redis.detail

    own_redis.start()
    _, health = await _ask(client)
    assert health.redis is not None
    assert health.redis.status == "ok"


async def test_a_redis_that_hangs_is_told_in_time(
    serving: Callable[..., Any], own_redis: RedisServer
) -> None:
    app, client = await serving(redis_url=own_redis.url)
    _forget(app)
    own_redis.pause()
    try:
        async with asyncio.timeout(3):
            status, health = await _ask(client)
    finally:
        own_redis.resume()
    assert health.redis is not None
    assert (status, health.redis.status) == (200, "degraded")
    _, health = await _ask(client)
    assert health.redis is not None
    assert health.redis.status == "ok"

"""The caches as their users write them: the fixed names and usages."""

from __future__ import annotations

import inspect

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.stations.models import Operator
from app.utils import caching
from app.utils.caching import memory_cache, redis_cache


@redis_cache(ttl=3600)
async def get_stations():  # type: ignore[no-untyped-def] # noqa: ANN201 - as users write it
    ...


@memory_cache(ttl=300)
def compute_distance(lat1, lon1, lat2, lon2):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as users write it
    return (lat1, lon1, lat2, lon2)


@pytest.mark.anyio
async def test_the_usages_run_as_they_are_written() -> None:
    with caching.testing():
        for _ in range(2):
            assert await get_stations() is None
            assert compute_distance(1.0, 2.0, 3.0, 4.0) == (1.0, 2.0, 3.0, 4.0)
        assert get_stations.cache_info().hits == 1
        assert compute_distance.cache_info().hits == 1
    assert inspect.iscoroutinefunction(get_stations)


@pytest.mark.parametrize(
    "value", [Operator(name="x"), Response(), Request({"type": "http"}), AsyncSession()]
)
def test_what_belongs_to_a_request_or_a_session_is_neither_key_nor_value(value: object) -> None:
    @memory_cache
    def by_argument(thing: object) -> int:
        return 1

    @memory_cache(ignore=("thing",))
    def as_value(thing: object) -> object:
        return thing

    with caching.testing():
        with pytest.raises(TypeError, match=r"argument 'thing': .* has no stable key"):
            by_argument(value)
        with pytest.raises(TypeError, match="cannot be cached"):
            as_value(value)


def test_a_cached_function_serves_as_a_route_and_as_a_dependency() -> None:
    calls: list[int] = []

    @memory_cache
    def doubled(number: int) -> int:
        calls.append(number)
        return 2 * number

    app = FastAPI()

    @app.get("/{number}")
    @memory_cache
    async def answer(number: int, more: int = 1) -> dict[str, int]:
        return {"sum": doubled(number) + more}

    with caching.testing(), TestClient(app) as client:
        assert client.get("/4").json() == client.get("/4?more=1").json() == {"sum": 9}
        assert client.get("/x").status_code == 422
    assert calls == [4]

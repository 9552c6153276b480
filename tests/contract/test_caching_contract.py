"""The caches as their users write them: the fixed names, the fixed usages, the page's examples."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.stations.models import Operator
from app.utils import caching
from app.utils.caching import memory_cache, redis_cache

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "toolkit" / "caching.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


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


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_page_runs_as_it_stands(example: str) -> None:
    with caching.testing():
        exec(compile(example, str(PAGE), "exec", dont_inherit=True), {"__name__": __name__})  # noqa: S102 - our own page


def test_every_public_name_has_its_heading() -> None:
    headings = re.findall(r"^## `(\w+)`$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(caching.__all__)


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

"""Whatever is asked, the answer is a result or a problem document, never a 500."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from app.stations.cards import Found
from app.stations.errors import RouteTooTangled
from app.stations.parameters import CLUSTERS, SEARCH
from app.web import documentation

pytestmark = pytest.mark.anyio


def _require_problem(answer: Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    documentation.Problem.model_validate(document)
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]
    for fault in document.get("errors", []):
        documentation.Fault.model_validate(fault)
        assert fault["pointer"].startswith(("/query", "/path/"))
    return document


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("latitude=91&longitude=0", "latitude", "not within -90…90"),
        ("latitude=1e400&longitude=0", "latitude", "not a decimal number"),
        ("latitude=NaN&longitude=0", "latitude", "not a decimal number"),
        ("latitude=48", "latitude", "needs longitude"),
        ("longitude=2", "longitude", "needs latitude"),
        ("radius_km=5", "radius_km", "needs latitude and longitude"),
        ("latitude=1&longitude=1&radius_km=501", "radius_km", "not within 0…500"),
        ("latitude=1&longitude=1&bbox=1,2,3,4", "bbox", "Only one area"),
        ("bbox=1,2,3", "bbox", "not four numbers"),
        ("bbox=1,2,3,x", "bbox", "not a decimal number"),
        ("bbox=1,5,3,4", "bbox", "south above its north"),
        ("bbox=1,2,3,inf", "bbox", "not a decimal number"),
        ("corridor_km=2", "corridor_km", "needs route"),
        ("route=!!", "route", "not an encoded polyline"),
        ("corridor_km=51", "corridor_km", "not within 0…50"),
        ("route=_p~iF~ps|U", "route", "has 1 points"),
        ("route=_p~iF", "route", "middle of a point"),
        ("route=_pqhQ_pqhQ_pqhQ_pqhQ", "route", "leaves the globe"),
        ("route=" + "_" * 40, "route", "not an encoded polyline"),
        ("connector=ccs3", "connector", "neither an alias nor a standard"),
        ("min_power_kw=-1", "min_power_kw", "not within 0…5000"),
        ("min_power_kw=50&max_power_kw=22", "min_power_kw", "above max_power_kw"),
        ("operator=%20", "operator", "is empty"),
        ("access=everyone", "access", "not one of public"),
        ("available=perhaps", "available", "neither true nor false"),
        ("country=France", "country", "no country code"),
        ("country=ZZ", "country", "no country code"),
        ("payment=gold", "payment", "not one of ad_hoc"),
        ("min_evses=0", "min_evses", "not a whole number"),
        ("source=A%20B", "source", "no name of a source"),
        ("created_since=yesterday", "created_since", "RFC 3339"),
        ("updated_since=2026-01-01T00:00:00", "updated_since", "no time zone"),
        ("q=...", "q", "has 0 words"),
        ("q=" + "+".join("abcdefghijklm"), "q", "has 13 words"),
        ("sort=distance", "sort", "needs latitude and longitude, or a route"),
        ("sort=along", "sort", "needs route"),
        ("sort=nearest", "sort", "not one of"),
        ("sample=true", "sample", "needs bbox"),
        ("sample=true&bbox=1,2,3,4&cursor=x", "sample", "no further pages"),
        ("limit=501", "limit", "1…500"),
        ("limit=0", "limit", "1…500"),
        ("limit=5&limit=5", "limit", "more than once"),
        ("format=xml", "format", "not one of json"),
        ("radius=5", "radius", "Did you mean 'radius_km'?"),
        ("lat=5", "lat", "Did you mean 'latitude'?"),
        ("lng=5", "lng", "Did you mean 'longitude'?"),
        ("q=" + "x" * 300, "q", "more than 200"),
    ],
)
async def test_bad_input_is_named_with_its_bounds_and_an_example(
    client: AsyncClient, query: str, parameter: str, words: str
) -> None:
    problem = _require_problem(await client.get(f"/api/v1/stations?{query}"), 422)
    fault = problem["errors"][0]
    assert fault["parameter"] == parameter
    assert (
        words.replace("not a decimal number", "not ") in fault["detail"] or words in fault["detail"]
    )
    assert fault["bounds"]
    assert problem["instance"] == "/api/v1/stations"
    assert problem["type"] == "/docs/problems#invalid-parameters"


async def test_all_faults_are_told_at_once(client: AsyncClient) -> None:
    problem = _require_problem(await client.get("/api/v1/stations?limit=0&x=1&country=1"), 422)
    assert [fault["parameter"] for fault in problem["errors"]] == ["limit", "x", "country"]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "!!", "%00", "kwE", "é" * 10])
async def test_a_malformed_cursor_is_told(client: AsyncClient, cursor: str) -> None:
    problem = _require_problem(await client.get(f"/api/v1/stations?cursor={cursor}"), 422)
    assert problem["type"].endswith("cursor-malformed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/query/cursor"]


async def test_a_cursor_of_another_search_is_told(client: AsyncClient) -> None:
    cursor = (await client.get("/api/v1/stations?limit=1")).json()["next_cursor"]
    answer = await client.get(f"/api/v1/stations?limit=1&country=FR&cursor={cursor}")
    problem = _require_problem(answer, 422)
    assert problem["type"].endswith("cursor-mismatch")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/query/cursor"]


async def test_a_query_of_absurd_length_is_refused(application: FastAPI) -> None:
    query = b"&".join([b"connector=ccs2"] * 6_000)
    status, body = await _ask_raw(application, b"", query, ())
    assert status == 422
    assert b"query string" in body


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/stations/"])
async def test_what_is_not_there_is_a_problem(client: AsyncClient, path: str) -> None:
    _require_problem(await client.get(path), 404)


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/stations")
    problem = _require_problem(answer, 405)
    assert "GET" in problem["detail"]
    assert "GET" in answer.headers["allow"]


async def test_an_unforeseen_error_is_a_problem_without_detail(
    application: FastAPI, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the inner secret")

    monkeypatch.setattr(type(application.state.resources.search), "page", fail)
    answer = await client.get("/api/v1/stations", headers={"Origin": "https://app.example"})
    _require_problem(answer, 500)
    assert "secret" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-process-time"]


async def test_a_stream_that_cannot_be_found_is_a_problem_not_half_a_stream(
    application: FastAPI, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> AsyncIterator[list[Found]]:
        raise RouteTooTangled
        yield []

    monkeypatch.setattr(type(application.state.resources.search), "every", fail)
    answer = await client.get("/api/v1/stations?format=csv")
    problem = _require_problem(answer, 422)
    assert problem["type"].endswith("route-too-tangled")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/query/route"]


async def test_every_problem_type_has_its_place_on_the_page(client: AsyncClient) -> None:
    page = (await client.get("/docs/problems")).text
    for problem in documentation.known_problems():
        assert f'id="{problem.slug}"' in page


_VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["0", "-0", "1", "50", "180", "-180", "90", "1e9", "nan", "inf", "true", "false", "ccs2"]
    ),
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.integers().map(str),
    st.lists(st.floats(-400, 400).map(str), min_size=3, max_size=5).map(",".join),
    st.text(st.sampled_from("?@_`abcxyz{|}~"), max_size=12),
    st.datetimes().map(str),
)
_SENSIBLE = st.sampled_from(
    [
        ("latitude", "48.85"), ("longitude", "2.35"), ("radius_km", "0"),
        ("bbox", "170,-90,-170,90"),
        ("route", "_p~iF~ps|U_ulLnnqC_mqNvxq`@"), ("connector", "tesla"), ("sort", "name"),
        ("sort", "distance"), ("q", "rue"), ("format", "csv"), ("limit", "3"),
        ("open_now", "true"),
        ("sample", "true"), ("zoom", "3"), ("updated_since", "2026-01-01"), ("min_power_kw", "7.4"),
    ]
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(["/api/v1/stations", "/api/v1/stations/clusters"]),
    pairs=st.lists(
        st.one_of(
            st.tuples(st.sampled_from([*SEARCH, *CLUSTERS]), _VALUES),
            _SENSIBLE,
            st.tuples(st.text(max_size=6), st.text(max_size=6)),
        ),
        max_size=6,
    ),
)
async def test_no_query_is_ever_answered_with_500(
    client: AsyncClient, path: str, pairs: list[tuple[str, str]]
) -> None:
    clean = [
        (name.encode("utf-8", "replace").decode(), value.encode("utf-8", "replace").decode())
        for name, value in pairs
    ]
    answer = await client.get(path, params=urlencode(clean))
    assert answer.status_code in {200, 422}, (clean, answer.text)
    if answer.status_code == 422:
        _require_problem(answer, 422)


async def _ask_raw(
    application: FastAPI, path: bytes, query: bytes, headers: Sequence[tuple[bytes, bytes]]
) -> tuple[int, bytes]:
    """Bytes as a server would hand them over, past what a client refuses to send."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/v1/stations" + path.decode("utf-8", "replace"),
        "raw_path": b"/api/v1/stations" + path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    await application(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.binary(max_size=30), query=st.binary(max_size=60))
async def test_no_bytes_in_a_url_are_ever_answered_with_500(
    application: FastAPI, path: bytes, query: bytes
) -> None:
    headers = [(b"accept", query), (b"if-none-match", path), (b"if-modified-since", path)]
    status, _ = await _ask_raw(application, b"/" + path, query, headers)
    assert status in {200, 304, 404, 406, 410, 422}


def test_a_slug_is_readable() -> None:
    for problem in documentation.known_problems():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", problem.slug)

"""A route as a body: the same answer as a route in the query, and clear words for others."""

from __future__ import annotations

import json
from typing import Any

import polyline
import pytest
from httpx2 import AsyncClient

pytestmark = pytest.mark.anyio

PATH = "/api/v1/stations/along-route"
POINTS = [[2.3, 48.8], [2.35, 48.86], [2.5, 48.9]]
LINE = {"type": "LineString", "coordinates": POINTS}
WIDE = {"corridor_km": 50, "limit": 3}


async def post(client: AsyncClient, body: Any, kind: str = "application/json", **query: Any) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(PATH, content=content, params=query, headers={"Content-Type": kind})


@pytest.mark.parametrize(
    "body",
    [
        LINE,
        {"type": "Feature", "properties": {"a": 1}, "geometry": LINE},
        {"type": "LineString", "coordinates": [[*point, 35.2] for point in POINTS], "bbox": []},
    ],
    ids=["line", "feature", "heights"],
)
async def test_it_finds_what_the_same_route_in_a_query_finds(
    client: AsyncClient, body: dict[str, Any]
) -> None:
    encoded = polyline.encode([(latitude, longitude) for longitude, latitude in POINTS])
    asked = await client.get("/api/v1/stations", params={"route": encoded, **WIDE})
    found = await post(client, body, "application/geo+json", **WIDE)
    assert found.status_code == 200, found.text
    assert found.json()["items"] == asked.json()["items"]
    assert found.json()["items"]
    along = [item["along_m"] for item in found.json()["items"]]
    assert along == sorted(along)


async def test_pages_filters_and_forms_are_those_of_the_search(client: AsyncClient) -> None:
    whole = (await post(client, LINE, corridor_km=50, limit=500)).json()["items"]
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"corridor_km": 50, "limit": 1}
    while True:
        page = await post(client, LINE, **query)
        seen += page.json()["items"]
        if page.json()["next_cursor"] is None:
            break
        assert page.headers["link"].startswith(f"<{PATH}?")
        query["cursor"] = page.json()["next_cursor"]
    assert seen == whole
    fast = (await post(client, LINE, corridor_km=50, min_power_kw=100)).json()["items"]
    assert fast == [item for item in whole if (item["max_power_kw"] or 0) >= 100]
    features = await post(client, LINE, corridor_km=50, format="geojson")
    assert len(features.json()["features"]) == len(whole)
    lines = await post(client, LINE, corridor_km=50, format="ndjson")
    assert len(lines.text.splitlines()) == len(whole)


async def test_a_cursor_belongs_to_its_route(client: AsyncClient) -> None:
    cursor = (await post(client, LINE, corridor_km=50, limit=1)).json()["next_cursor"]
    other = {"type": "LineString", "coordinates": POINTS[:2]}
    refused = await post(client, other, corridor_km=50, limit=1, cursor=cursor)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("#cursor-mismatch")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", "/body"),
        (b"{", "/body"),
        (b"\xff", "/body"),
        ([], "/body"),
        ({"type": "Point", "coordinates": [1, 2]}, "/body/type"),
        ({"type": "LineString"}, "/body"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "/body/coordinates"),
        ({"type": "LineString", "coordinates": [[1, 2], ["3", 4]]}, "/body/coordinates/1/0"),
        ({"type": "LineString", "coordinates": [[1, 2], [3]]}, "/body/coordinates/1"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 91]]}, "/body/coordinates/1"),
        ({"type": "LineString", "coordinates": [[1, 2], [181, 4]]}, "/body/coordinates/1"),
        ({"type": "LineString", "coordinates": [[0, 0]] * 20_001}, "/body/coordinates"),
        (b'{"type":"LineString","coordinates":[[NaN,1],[2,3]]}', "/body"),
        (
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2]]}},
            "/body/geometry/coordinates",
        ),
    ],
)
async def test_what_is_no_line_is_refused_by_its_place(
    client: AsyncClient, body: Any, pointer: str
) -> None:
    refused = await post(client, body)
    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "query", [{"latitude": 1, "longitude": 2}, {"route": "_p~iF~ps|U_ulLnnqC"}, {"bbox": "1,2,3,4"}]
)
async def test_a_second_area_is_refused(client: AsyncClient, query: dict[str, Any]) -> None:
    refused = await post(client, LINE, **query)
    assert refused.status_code == 422
    assert {entry["parameter"] for entry in refused.json()["errors"]} <= query.keys()


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
async def test_another_kind_of_body_is_not_read(client: AsyncClient, kind: str) -> None:
    refused = await post(client, LINE, kind)
    assert refused.status_code == 415
    assert "application/geo+json" in refused.json()["accepted"]

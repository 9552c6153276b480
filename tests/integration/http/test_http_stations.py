"""The search over HTTP: forms, pages, links, headers."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import zstandard
from httpx2 import AsyncClient, Response

from app.stations import schemas

pytestmark = pytest.mark.anyio

_LYON = {"latitude": "45.75", "longitude": "4.85", "radius_km": "50"}


async def _search(client: AsyncClient, **parameters: Any) -> Response:
    answer = await client.get("/api/v1/stations", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


async def test_the_nearest_station_that_fits_comes_first(client: AsyncClient) -> None:
    answer = await _search(
        client,
        latitude=48.85,
        longitude=2.35,
        radius_km=5,
        connector="ccs2",
        min_power_kw=50,
    )
    page = schemas.StationPage.model_validate_json(answer.content)
    (item,) = page.items
    assert item.id == "irve:FRRIVP1"
    assert item.distance_m == 751
    assert item.available_count == 1
    assert page.next_cursor is None
    assert "link" not in answer.headers
    assert answer.headers["content-type"] == "application/json"


async def test_an_item_has_every_key_in_the_promised_order(client: AsyncClient) -> None:
    answer = await _search(client, source="irve", limit=1)
    (item,) = answer.json()["items"]
    assert list(item) == [
        "id", "name", "address", "country", "latitude", "longitude", "operator", "access",
        "open_24_7", "evse_count", "available_count", "status_updated_at", "max_power_kw",
        "connectors", "source", "licence", "attribution", "updated_at", "synthetic",
    ]  # fmt: skip


async def test_pages_follow_each_other_by_link_and_by_cursor(client: AsyncClient) -> None:
    everything = [item["id"] for item in (await _search(client, limit=500)).json()["items"]]
    seen: list[str] = []
    answer = await _search(client, limit=50)
    while True:
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            assert "link" not in answer.headers
            break
        target = answer.headers["link"].removeprefix("<").split(">")[0]
        by_cursor = await _search(client, limit=50, cursor=page["next_cursor"])
        answer = await client.get(target)
        assert answer.content == by_cursor.content
    assert seen == everything
    assert len(seen) == 125


@pytest.mark.parametrize("form", ["json", "geojson", "csv", "ndjson"])
async def test_a_page_of_any_form_links_to_the_next(client: AsyncClient, form: str) -> None:
    first = await _search(client, format=form, limit=100, **_LYON)
    assert 'rel="next"' in first.headers["link"]
    assert f"format={form}" in first.headers["link"]
    second = await client.get(first.headers["link"].removeprefix("<").split(">")[0])
    assert second.status_code == 200
    assert "link" not in second.headers
    assert second.headers["content-type"] == first.headers["content-type"]


async def test_geojson_has_points_and_the_cursor_beside_them(client: AsyncClient) -> None:
    answer = await _search(client, format="geojson", limit=1, **_LYON)
    features = schemas.StationFeatures.model_validate_json(answer.content)
    assert features.next_cursor
    (feature,) = features.features
    assert feature.properties.attribution
    assert feature.properties.distance_m is not None
    assert "latitude" not in answer.json()["features"][0]["properties"]
    assert answer.headers["content-type"] == "application/geo+json"


async def test_csv_streams_the_whole_result_under_one_header(client: AsyncClient) -> None:
    answer = await _search(client, format="csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 125
    assert list(rows[0]) == [
        "id", "name", "street", "postal_code", "city", "state", "country", "latitude",
        "longitude", "operator", "access", "open_24_7", "evse_count", "available_count",
        "status_updated_at", "max_power_kw", "connectors", "source", "licence", "attribution",
        "updated_at", "synthetic",
    ]  # fmt: skip
    rivoli = next(row for row in rows if row["id"] == "irve:FRRIVP1")
    assert rivoli["connectors"] == ("IEC_62196_T2_COMBO:150:2|IEC_62196_T2:22:1|::1")
    assert rivoli["attribution"] == "Base nationale des IRVE"
    assert answer.headers["content-type"].startswith("text/csv")
    assert "link" not in answer.headers


async def test_csv_adds_the_distances_of_its_area(client: AsyncClient) -> None:
    near = await _search(client, format="csv", **_LYON)
    assert near.text.split("\r\n", 1)[0].endswith("synthetic,distance_m")
    along = await _search(client, format="csv", route="_p~iF~ps|U_ulLnnqC")
    assert along.text.split("\r\n", 1)[0].endswith("synthetic,distance_m,along_m")


async def test_csv_never_begins_a_text_as_a_formula(client: AsyncClient) -> None:
    answer = await _search(client, format="csv", q="hyperlink")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["name"] == '\'=HYPERLINK("x")'
    assert row["city"] == "'+A, B"


async def test_ndjson_streams_one_item_a_line(client: AsyncClient) -> None:
    answer = await _search(client, format="ndjson", **_LYON)
    items = [json.loads(line) for line in answer.text.splitlines()]
    assert len(items) == 120
    for item in items:
        schemas.StationItem.model_validate(item)
    assert answer.headers["content-type"] == "application/x-ndjson"


async def test_accept_chooses_the_form_and_format_wins(client: AsyncClient) -> None:
    csv_answer = await client.get("/api/v1/stations?limit=1", headers={"Accept": "text/csv"})
    assert csv_answer.text.startswith("id,name,")
    assert "Accept" in csv_answer.headers["vary"]
    forced = await client.get("/api/v1/stations?format=json", headers={"Accept": "text/csv"})
    assert forced.json()["items"]
    refused = await client.get("/api/v1/stations", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_sample_of_a_box_has_no_next_page(client: AsyncClient) -> None:
    answer = await _search(client, bbox="4,45,5,46", sample="true", limit=20)
    assert len(answer.json()["items"]) == 20
    assert answer.json()["next_cursor"] is None


async def test_available_means_free_by_a_fresh_report(client: AsyncClient) -> None:
    answer = await _search(client, available="true")
    assert [item["id"] for item in answer.json()["items"]] == ["irve:FRRIVP1"]


async def test_text_finds_without_accents_by_beginnings(client: AsyncClient) -> None:
    answer = await _search(client, q="ete rivo")
    assert [item["id"] for item in answer.json()["items"]] == ["irve:FRRIVP1"]


async def test_open_now_pages_like_any_other_search(client: AsyncClient) -> None:
    answer = await _search(client, open_now="true", limit=1)
    assert [item["id"] for item in answer.json()["items"]] == ["irve:FRRIVP1"]


async def test_gone_stations_are_not_found(client: AsyncClient) -> None:
    answer = await _search(client, source="osm")
    assert [item["id"] for item in answer.json()["items"]] == ["osm:node%2F123"]


@pytest.mark.parametrize("form", ["json", "geojson", "csv", "ndjson"])
async def test_head_has_the_headers_of_get(client: AsyncClient, form: str) -> None:
    got = await client.get("/api/v1/stations", params={"format": form})
    headed = await client.head("/api/v1/stations", params={"format": form})
    assert headed.status_code == 200
    assert headed.headers["content-type"] == got.headers["content-type"]
    assert headed.headers.get("link") == got.headers.get("link")


async def test_clusters_hold_every_station_once(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/stations/clusters?bbox=-180,-90,180,90&zoom=4")
    assert answer.headers["content-type"] == "application/geo+json"
    clusters = schemas.ClusterFeatures.model_validate_json(answer.content)
    assert sum(feature.properties.count for feature in clusters.features) == 125
    for feature in clusters.features:
        assert (feature.id is None) == feature.properties.cluster


async def test_clusters_take_filters_and_say_what_is_missing(client: AsyncClient) -> None:
    answer = await client.get(
        "/api/v1/stations/clusters?bbox=-180,-90,180,90&zoom=9&connector=ccs2&min_power_kw=100"
    )
    ids = {feature["properties"]["id"] for feature in answer.json()["features"]}
    assert ids == {"irve:FRRIVP1", "osm:node%2F123"}
    refused = await client.get("/api/v1/stations/clusters?zoom=4")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["parameter"] == "bbox"


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("form", ["json", "ndjson"])
async def test_answers_are_compressed_when_asked_for(
    client: AsyncClient, coding: str, form: str
) -> None:
    url = f"/api/v1/stations?format={form}"
    plain = await client.get(url, headers={"Accept-Encoding": "identity"})
    packed = await client.get(url, headers={"Accept-Encoding": coding})
    assert packed.headers["content-encoding"] == coding
    assert "Accept-Encoding" in packed.headers["vary"]
    body = packed.content
    if coding == "zstd":
        body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
    assert len(body) == len(plain.content)

"""What stands around the answers: ids, timing, metrics, health, CORS, documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.db.engine import open_database
from app.db.errors import SchemaOutOfDate
from app.main import create_app
from app.settings import Settings
from app.stations.parameters import CLUSTERS, SEARCH
from tests.fixtures.filled import Filled

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/api/v1/stations", 200),
        ("GET", "/api/v1/stations?x=1", 422),
        ("GET", "/nothing", 404),
        ("BREW", "/health", 405),
        ("GET", "/docs/assets/swagger-ui.css", 200),
    ],
)
async def test_every_answer_has_an_id_a_time_and_guards(
    client: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers={"X-Request-ID": "given-by-client"})
    assert answer.status_code == status
    assert answer.headers.get_list("x-request-id") == ["given-by-client"]
    assert float(answer.headers["x-process-time"]) >= 0
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"]


async def test_a_preflight_has_an_id_and_may_do_what_the_api_offers(client: AsyncClient) -> None:
    answer = await client.options(
        "/api/v1/stations",
        headers={"Origin": "https://app.example", "Access-Control-Request-Method": "GET"},
    )
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_browser_may_read_the_headers_that_matter(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/stations", headers={"Origin": "https://app.example"})
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("X-Request-ID", "X-Process-Time", "Link", "ETag"):
        assert name in exposed


async def test_only_configured_origins_may_read(catalogue: Filled) -> None:
    app = create_app(catalogue.settings(cors_origins=("https://good.example",)))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        good = await client.get("/health", headers={"Origin": "https://good.example"})
        bad = await client.get("/health", headers={"Origin": "https://bad.example"})
    assert good.headers["access-control-allow-origin"] == "https://good.example"
    assert "access-control-allow-origin" not in bad.headers


async def test_searches_are_counted_under_their_template(client: AsyncClient) -> None:
    await client.get("/api/v1/stations?limit=1")
    await client.get("/api/v1/stations/irve:FRRIVP1")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert re.search(
        r'^request_count\{method="GET",endpoint="/api/v1/stations"\} \d+$',
        answer.text,
        re.MULTILINE,
    )
    assert 'endpoint="/api/v1/stations/{station_id}"' in answer.text


async def test_prometheus_may_negotiate_openmetrics(client: AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "request_count_total{" in answer.text
    assert answer.text.endswith("# EOF\n")


async def test_metrics_can_be_turned_off(catalogue: Filled) -> None:
    app = create_app(catalogue.settings(metrics_enabled=False))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 404
    assert "METRICS_ENABLED" in answer.json()["detail"]


async def test_liveness_needs_no_resources(catalogue: Filled) -> None:
    app = create_app(catalogue.settings())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        answer = await client.get("/health")
    assert answer.json() == {"status": "ok"}


async def test_an_empty_catalogue_is_served_and_said(catalogue_url: str, tmp_path: Path) -> None:
    app = create_app(
        Settings(data_dir=tmp_path, database_url=catalogue_url, log_dir=tmp_path / "logs")
    )
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://t") as client,
    ):
        found = await client.get("/api/v1/stations")
        health = await client.get("/api/v1/health")
        csv_answer = await client.get("/api/v1/stations?format=csv")
    assert found.json() == {"items": [], "next_cursor": None}
    assert health.json()["data"]["status"] == "degraded"
    assert csv_answer.text.count("\r\n") == 1
    assert (tmp_path / "logs" / "app.log").exists()


async def test_an_old_schema_is_refused_unless_it_may_be_migrated(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, auto_migrate=False))
    database = open_database(Settings(data_dir=tmp_path).resolved_database_url)
    await database.close()
    with pytest.raises(SchemaOutOfDate, match="voltway db upgrade"):
        async with app.router.lifespan_context(app):
            raise AssertionError


async def test_openapi_documents_every_parameter_answer_and_problem(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    search = document["paths"]["/api/v1/stations"]["get"]
    assert [parameter["name"] for parameter in search["parameters"]] == list(SEARCH)
    assert set(search["responses"]) == {"200", "406", "422"}
    assert set(search["responses"]["200"]["content"]) == {
        "application/json",
        "application/geo+json",
        "text/csv",
        "application/x-ndjson",
    }
    clusters = document["paths"]["/api/v1/stations/clusters"]["get"]["parameters"]
    assert [parameter["name"] for parameter in clusters] == list(CLUSTERS)
    assert [p["name"] for p in clusters if p["required"]] == ["bbox", "zoom"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["tags"], (method, path)
            assert operation["summary"], (method, path)


async def test_every_reference_in_openapi_leads_somewhere(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    text = (await client.get("/openapi.json")).text
    schemas = document["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named <= set(schemas)
    assert "$defs" not in text


@pytest.mark.parametrize("page", ["/docs", "/redoc", "/docs/problems"])
async def test_documentation_comes_from_here_alone(client: AsyncClient, page: str) -> None:
    answer = await client.get(page)
    assert answer.status_code == 200
    assert "https://" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', answer.text):
        assert (await client.get(asset)).status_code == 200, asset

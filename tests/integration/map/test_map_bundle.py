"""The built page as answers, over a bundle of the test's own."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from starlette.responses import FileResponse

from app.map import bundle
from app.map.routes import accepts_gzip, router
from app.settings import Settings


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<title>VoltWay</title>")
    (assets / "index-1a.js").write_text("let a = 1;")
    (assets / "index-1a.js.gz").write_bytes(b"packed")
    (assets / "inter-2b.woff2").write_bytes(b"font")
    (assets.parent / "secret.json").write_text("{}")
    (assets.parent / "sw.js").write_text("self;")
    (assets.parent / "manifest.webmanifest").write_text("{}")
    return assets.parent


@pytest.fixture
def client(dist: Path, monkeypatch: pytest.MonkeyPatch) -> httpx2.AsyncClient:
    monkeypatch.setattr(bundle, "DIST", dist)
    app = FastAPI()
    app.state.settings = Settings(data_dir=dist, map_style_url="https://maps.example:8443/a/b.json")
    app.include_router(router)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://voltway")


def test_the_page_may_load_nothing_from_elsewhere(dist: Path) -> None:
    policy = bundle.page(dist).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_style_of_the_operators_adds_its_origin_alone() -> None:
    policy = bundle.content_security_policy("https://maps.example:8443/a/b.json?key=1")
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["connect-src"] == "'self' https://maps.example:8443"
    assert parts["img-src"] == "'self' data: blob: https://maps.example:8443"
    assert policy.count("https") == 2


def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    answer = bundle.page(tmp_path)
    assert answer.status_code == 503
    assert b"make setup" in bytes(answer.body)


def test_an_asset_is_sent_as_the_build_packed_it(dist: Path) -> None:
    packed = bundle.asset("index-1a.js", accepts_gzip=True, dist=dist)
    plain = bundle.asset("index-1a.js", accepts_gzip=False, dist=dist)
    assert isinstance(packed, FileResponse)
    assert isinstance(plain, FileResponse)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert Path(packed.path).name == "index-1a.js.gz"
    assert "Content-Encoding" not in plain.headers
    for answer in (packed, plain):
        assert answer.media_type == "text/javascript; charset=utf-8"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_an_asset_without_a_packed_copy_is_sent_as_it_is(dist: Path) -> None:
    answer = bundle.asset("inter-2b.woff2", accepts_gzip=True, dist=dist)
    assert answer is not None
    assert answer.media_type == "font/woff2"
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    "name", ["none.js", "../secret.json", "..", "", "index-1a.js.gz", "index-1a.exe", "a/b.js"]
)
def test_nothing_else_is_sent(dist: Path, name: str) -> None:
    assert bundle.asset(name, accepts_gzip=True, dist=dist) is None


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("br", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_those_who_accept_it(header: str, *, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.anyio
async def test_the_routes_answer_for_get_and_head(client: httpx2.AsyncClient) -> None:
    async with client:
        page = await client.get("/")
        head = await client.head("/assets/inter-2b.woff2")
        missing = await client.get("/assets/none.js")
    assert page.text == "<title>VoltWay</title>"
    assert "https://maps.example:8443;" in page.headers["Content-Security-Policy"]
    assert (head.status_code, head.content) == (200, b"")
    assert missing.status_code == 404


@pytest.mark.anyio
async def test_towns_come_in_two_sizes_and_only_once(client: httpx2.AsyncClient) -> None:
    async with client:
        large = await client.get("/map/towns/large.json")
        again = await client.get(
            "/map/towns/large.json", headers={"If-None-Match": large.headers["ETag"]}
        )
        unknown = await client.get("/map/towns/tiny.json")
    towns = large.json()
    assert len({len(values) for values in towns.values()}) == 1
    assert towns["populations"] == sorted(towns["populations"], reverse=True)
    assert towns["populations"][-1] >= 100_000
    paris = towns["names"].index("Paris")
    assert towns["countries"][paris] == "FR"
    assert (towns["longitudes"][paris], towns["latitudes"][paris]) == (2.349, 48.853)
    assert again.status_code == 304
    assert unknown.status_code == 422


@pytest.mark.anyio
async def test_what_makes_the_page_an_app_lies_beside_it(client: httpx2.AsyncClient) -> None:
    async with client:
        worker = await client.get("/sw.js")
        manifest = await client.get("/manifest.webmanifest")
        unbuilt = await client.get("/icon-192.png")
        other = await client.get("/secret.json")
    assert (worker.text, worker.headers["Content-Type"]) == (
        "self;",
        "text/javascript; charset=utf-8",
    )
    assert manifest.headers["Content-Type"] == "application/manifest+json"
    for answer in (worker, manifest):
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
    assert (unbuilt.status_code, other.status_code) == (404, 404)


def test_only_files_of_the_list_are_sent_from_beside_the_page(dist: Path) -> None:
    for name in ("secret.json", "../dist/sw.js", "index.html", "assets"):
        assert bundle.root_file(name, dist=dist) is None

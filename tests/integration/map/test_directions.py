"""``/api/v1/directions``: straight, and through a router that listens on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from app.main import create_app
from app.map import router as map_router
from app.settings import Settings
from app.stations.criteria import MAX_ROUTE_POINTS

pytestmark = pytest.mark.anyio

PARIS, LYON = [2.3522, 48.8566], [4.8357, 45.764]
PATH = "/api/v1/directions"
SILENCE = "no answer until the client has left"


class Osrm:
    """Answers every question alike, and keeps what it was asked."""

    def __init__(self, status: str, body: bytes, headers: str = "") -> None:
        self.status, self.body, self.headers = status, body, headers
        self.asked: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1])
        if self.status == SILENCE:
            await reader.read()
        head = f"HTTP/1.1 {self.status}\r\n{self.headers}Content-Length: {len(self.body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + self.body)
        writer.close()


def way(points: list[list[float]], **changes: Any) -> bytes:
    route = {"geometry": {"type": "LineString", "coordinates": points}, "distance": 465_123.4,
             "duration": 16_200.6, "legs": [], **changes}  # fmt: skip
    return json.dumps({"code": "Ok", "routes": [route], "waypoints": []}).encode()


@asynccontextmanager
async def serving(folder: Path, router_url: str | None) -> AsyncIterator[AsyncClient]:
    app = create_app(
        Settings(
            data_dir=folder, rate_limit="off", rate_limit_endpoint="off", router_url=router_url
        )
    )
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://voltway.test") as client,
    ):
        yield client


@asynccontextmanager
async def routed(folder: Path, osrm: Osrm) -> AsyncIterator[AsyncClient]:
    server = await asyncio.start_server(osrm.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, serving(folder, f"http://127.0.0.1:{port}/osrm/") as client:
        yield client


@pytest.fixture
async def straight(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with serving(tmp_path, None) as client:
        yield client


async def test_without_a_router_legs_are_straight(straight: AsyncClient) -> None:
    answer = await straight.post(PATH, json={"points": [PARIS, LYON], "profile": "car"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    line = found["geometry"]["coordinates"]
    assert (found["router"], found["duration_s"]) == ("great-circle", None)
    assert found["distance_m"] == pytest.approx(391_500, abs=1_000)
    assert (line[0], line[-1]) == (PARIS, LYON)
    assert len(line) == 17
    search = await straight.post("/api/v1/stations/along-route", json=found["geometry"])
    assert search.json()["items"] == []
    assert (await straight.get("/map/config.json")).json() == {
        "style_url": None,
        "router": "great-circle",
        "languages": ["en", "de", "fr"],
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/points"),
        ({"points": [PARIS]}, "/body/points"),
        ({"points": [PARIS] * 26}, "/body/points"),
        ({"points": [PARIS, [200, 0]]}, "/body/points/1/0"),
        ({"points": [PARIS, [0, 91]]}, "/body/points/1/1"),
        ({"points": [PARIS, ["2", 48]]}, "/body/points/1/0"),
        ({"points": [PARIS, [True, 48]]}, "/body/points/1/0"),
        ({"points": [PARIS, LYON], "profile": "bicycle"}, "/body/profile"),
        ({"points": [PARIS, LYON], "via": []}, "/body/via"),
    ],
)
async def test_what_cannot_be_asked_is_told_by_its_place(
    straight: AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    answer = await straight.post(PATH, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_router_is_asked_in_its_own_words(tmp_path: Path) -> None:
    osrm = Osrm("200 OK", way([PARIS, [3.0, 47.0], LYON]))
    async with routed(tmp_path, osrm) as client:
        found = (await client.post(PATH, json={"points": [PARIS, LYON]})).json()
        config = (await client.get("/map/config.json")).json()
    assert found == {
        "geometry": {"type": "LineString", "coordinates": [PARIS, [3.0, 47.0], LYON]},
        "distance_m": 465_123,
        "duration_s": 16_201,
        "router": "osrm",
    }
    (asked,) = osrm.asked
    assert asked.split("?") == [
        "/osrm/route/v1/driving/2.352200,48.856600;4.835700,45.764000",
        "overview=full&geometries=geojson",
    ]
    assert config["router"] == "osrm"


@pytest.mark.parametrize("count", [MAX_ROUTE_POINTS, MAX_ROUTE_POINTS + 1, 3 * MAX_ROUTE_POINTS])
async def test_a_line_of_any_length_fits_into_a_search(tmp_path: Path, count: int) -> None:
    points = [[number / count, 45.0] for number in range(count)]
    async with routed(tmp_path, Osrm("200 OK", way(points))) as client:
        found = (await client.post(PATH, json={"points": [PARIS, LYON]})).json()
    line = found["geometry"]["coordinates"]
    assert len(line) <= MAX_ROUTE_POINTS
    assert line[0] == points[0]
    assert line[-1] == pytest.approx(points[-1], abs=1e-6)
    if count == MAX_ROUTE_POINTS:
        assert len(line) == count


@pytest.mark.parametrize(
    "osrm",
    [
        Osrm("502 Bad Gateway", b"<html>"),
        Osrm("302 Found", b"", "Location: http://127.0.0.1:1/elsewhere\r\n"),
        Osrm("200 OK", b'{"code": "Ok", "routes": []}'),
        Osrm("400 Bad Request", b'{"code": "InvalidQuery", "message": "no"}'),
        Osrm("200 OK", way([[2.0, 95.0], LYON])),
        Osrm("200 OK", way([[2.0], LYON])),
        Osrm("200 OK", way([PARIS, LYON], distance="far")),
        Osrm("200 OK", way([PARIS, LYON], duration=-1)),
    ],
    ids=["broken", "redirects", "none", "refuses", "off-globe", "short", "words", "negative"],
)
async def test_an_answer_that_is_of_no_use_is_a_problem(tmp_path: Path, osrm: Osrm) -> None:
    async with routed(tmp_path, osrm) as client:
        answer = await client.post(PATH, json={"points": [PARIS, LYON]})
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("#router-unavailable")
    assert "127.0.0.1" not in answer.text
    assert len(osrm.asked) == 1


async def test_points_without_a_road_are_told_apart(tmp_path: Path) -> None:
    osrm = Osrm("400 Bad Request", b'{"code": "NoRoute", "message": "Impossible"}')
    async with routed(tmp_path, osrm) as client:
        answer = await client.post(PATH, json={"points": [PARIS, LYON]})
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("#route-not-found")


async def test_a_router_that_is_silent_or_away_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_router, "DEADLINE_S", 0.2)
    osrm = Osrm(SILENCE, b"")
    async with routed(tmp_path, osrm) as client:
        silent = await client.post(PATH, json={"points": [PARIS, LYON]})
    async with serving(tmp_path, "http://127.0.0.1:1") as client:
        away = await client.post(PATH, json={"points": [PARIS, LYON]})
    assert (silent.status_code, away.status_code) == (503, 503)
    assert "has not answered" in silent.json()["detail"]
    assert "cannot be reached" in away.json()["detail"]


async def test_an_answer_without_end_is_not_read_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_router, "MAX_ANSWER_BYTES", 1_000)
    async with routed(tmp_path, Osrm("200 OK", b" " * 5_000)) as client:
        answer = await client.post(PATH, json={"points": [PARIS, LYON]})
    assert answer.status_code == 503
    assert "1,000 bytes" in answer.json()["detail"]

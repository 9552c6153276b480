"""Vector tiles: every station in exactly one feature of a zoom, and true to the search."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped] # - has no types
import numpy as np
import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from app.db import migrate
from app.db.engine import open_database
from app.geo.tile import Tile
from app.main import create_app
from app.stations.criteria import Filters
from tests.fixtures.catalogue import Catalogue, simple_station
from tests.fixtures.filled import Filled

pytestmark = pytest.mark.anyio

ODD = [
    (90.0, 0.0), (-90.0, 10.0), (89.0, 180.0), (0.0, 180.0), (0.0, -180.0), (0.0, 0.0),
    (45.0, 90.0), (85.0511287798066, -90.0), (-85.06, 179.9999999), (66.51326044311186, 45.0),
]  # fmt: skip
PARIS = [(48.85 + number / 1e4, 2.35) for number in range(30)]


@pytest.fixture(scope="module")
async def application(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FastAPI]:
    folder: Path = tmp_path_factory.mktemp("tiles")
    url = f"sqlite+aiosqlite:///{folder / 'voltway.db'}"
    database = open_database(url)
    await migrate.upgrade(database)
    await database.close()
    app = create_app(Filled(folder, url).settings())
    async with app.router.lifespan_context(app):
        resources = app.state.resources
        chance = random.Random(3)  # noqa: S311 - the same in every run
        anywhere = [(chance.uniform(-90, 90), chance.uniform(-180, 180)) for _ in range(150)]
        await Catalogue(resources.database, resources.reader).store(
            [
                simple_station(f"S{number}", name=f"N{number}", latitude=lat, longitude=lon)
                for number, (lat, lon) in enumerate([*ODD, *PARIS, *anywhere])
            ]
        )
        await resources.follower.poll()
        yield app


@pytest.fixture
async def client(application: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        transport=ASGITransport(application), base_url="http://voltway.test"
    ) as opened:
        yield opened


TOTAL = len(ODD) + len(PARIS) + 150


@pytest.mark.parametrize("zoom", range(5))
async def test_over_all_tiles_of_a_zoom_every_station_is_counted_once(
    application: FastAPI, zoom: int
) -> None:
    search = application.state.resources.search
    counted = 0
    for x in range(2**zoom):
        for y in range(2**zoom):
            for cluster in await search.tile(Tile(zoom, x, y), Filters()):
                counted += cluster.count
    assert counted == TOTAL


@pytest.mark.parametrize("zoom", [10, 14, 18, 22])
async def test_near_every_station_is_in_its_own_tile_and_alone_from_zoom_14(
    application: FastAPI, zoom: int
) -> None:
    search = application.state.resources.search
    tiles: Counter[Tile] = Counter()
    for latitude, longitude in [*ODD, *PARIS]:
        across, down = Tile(zoom, 0, 0).place(np.array([round(latitude, 7)]), np.array([longitude]))
        tiles[Tile(zoom, int(across[0]), int(down[0]))] += 1
    for tile, count in tiles.items():
        clusters = await search.tile(tile, Filters())
        assert sum(cluster.count for cluster in clusters) >= count, tile
        if zoom >= 14:
            assert {cluster.count for cluster in clusters} == {1}


async def layer(client: AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    tile = mapbox_vector_tile.decode(answer.content)
    features: list[dict[str, Any]] = tile["stations"]["features"] if tile else []
    return features


async def test_a_tile_tells_clusters_from_afar_and_stations_from_near(client: AsyncClient) -> None:
    (feature,) = [
        one for one in await layer(client, "/tiles/stations/5/16/11.mvt")
        if one["properties"]["count"] >= len(PARIS)
    ]  # fmt: skip
    assert feature["properties"]["power_class"] == 3
    assert "id" not in feature["properties"]
    near = await layer(client, "/tiles/stations/14/8298/5636.mvt")
    properties = [one["properties"] for one in near]
    assert properties
    assert all(one["count"] == 1 and one["id"].startswith("alpha:S") for one in properties)
    assert {one["standards"] for one in properties} == {"CHADEMO"}
    assert all(0 <= at < 4096 for one in near for at in one["geometry"]["coordinates"])


async def test_conditions_are_those_of_the_search(client: AsyncClient) -> None:
    assert await layer(client, "/tiles/stations/0/0/0.mvt", connector="ccs2") == []
    found = await layer(client, "/tiles/stations/0/0/0.mvt", connector="chademo", min_power_kw=50)
    assert sum(one["properties"]["count"] for one in found) == TOTAL
    refused = await client.get("/tiles/stations/0/0/0.mvt", params={"connector": "x", "bbox": "1"})
    assert refused.status_code == 422
    assert {entry["parameter"] for entry in refused.json()["errors"]} == {"connector", "bbox"}


async def test_a_copy_that_is_still_good_is_not_sent_again(client: AsyncClient) -> None:
    first = await client.get("/tiles/stations/3/4/2.mvt")
    again = await client.get(
        "/tiles/stations/3/4/2.mvt", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    packed = await client.get("/tiles/stations/0/0/0.mvt", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("path", ["0/1/0", "23/0/0", "3/8/0", "1/0/2"])
async def test_a_tile_that_the_map_has_not_is_not_found(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"/tiles/stations/{path}.mvt")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_tilejson_leads_to_the_tiles_and_names_the_sources(client: AsyncClient) -> None:
    described = (await client.get("/tiles/stations.json")).json()
    assert described["tilejson"] == "3.0.0"
    (template,) = described["tiles"]
    assert template == "http://voltway.test/tiles/stations/{z}/{x}/{y}.mvt"
    assert "nobody (CC0-1.0)" in described["attribution"]
    fields = described["vector_layers"][0]["fields"]
    for feature in await layer(client, template.format(z=14, x=8298, y=5636)):
        assert feature["properties"].keys() <= fields.keys()

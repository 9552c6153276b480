"""One station, whole, and the reference data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import select, update

from app.db.engine import Database
from app.stations import catalog, intake, reference_schemas, schemas
from app.stations.errors import StationNotFound
from app.stations.models import Change, Evse, Station
from tests.fixtures.filled import Filled

pytestmark = pytest.mark.anyio

_RIVOLI = "/api/v1/stations/irve:FRRIVP1"


async def test_the_whole_station_has_bays_plugs_source_and_licence(client: AsyncClient) -> None:
    answer = await client.get(_RIVOLI)
    assert answer.status_code == 200
    station = schemas.StationDetail.model_validate_json(answer.content)
    assert station.time_zone == "Europe/Paris"
    assert station.phone == "+33123456789"
    assert station.price_text == "0,40 €/kWh"
    assert [payment.value for payment in station.payments] == ["ad_hoc", "card"]
    assert station.available_count == 1
    assert station.last_verified_at is not None
    assert station.source_id == "FRRIVP1"
    first, second, third = station.evses
    assert (first.status, first.status_reason) == ("AVAILABLE", None)
    assert [plug.max_power_kw for plug in first.connectors] == [150.0, 22.0]
    assert second.status == "CHARGING"
    assert (third.status, third.status_reason) == ("UNKNOWN", "not-reported")
    assert third.connectors[0].source_word == "Type 9"


async def test_the_list_and_the_station_agree(client: AsyncClient) -> None:
    items = (await client.get("/api/v1/stations?limit=500")).json()["items"]
    for item in items[:5] + items[-5:]:
        whole = (await client.get(f"/api/v1/stations/{item['id'].replace('%', '%25')}")).json()
        for name in item.keys() - {"connectors"}:
            assert whole[name] == item[name], name


async def test_an_old_status_is_unknown_and_says_why(client: AsyncClient) -> None:
    station = (await client.get("/api/v1/stations/irve:FRSTALE")).json()
    (bay,) = station["evses"]
    assert (bay["status"], bay["status_reason"]) == ("UNKNOWN", "stale")
    assert bay["status_updated_at"] is not None
    assert station["available_count"] is None


@pytest.mark.parametrize("spelling", ["osm:node%252F123", "osm:node%2F123", "osm:node/123"])
async def test_an_id_is_understood_encoded_twice_once_or_not(
    client: AsyncClient, spelling: str
) -> None:
    answer = await client.get(f"/api/v1/stations/{spelling}")
    assert answer.json()["id"] == "osm:node%2F123"


async def test_an_unknown_id_is_404(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/stations/irve:NOPE")
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("station-not-found")
    assert answer.json()["station_id"] == "irve:NOPE"


async def test_a_gone_station_is_410_and_says_since_when(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/stations/osm:node%252F999")
    assert answer.status_code == 410
    assert answer.json()["gone_at"].endswith("Z")


async def test_a_copy_that_is_still_good_is_not_sent_again(client: AsyncClient) -> None:
    first = await client.get(_RIVOLI)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert first.headers["cache-control"] == "no-cache"
    for headers in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        again = await client.get(_RIVOLI, headers=headers)
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == etag
    other = await client.get(_RIVOLI, headers={"If-None-Match": 'W/"other"'})
    assert other.status_code == 200


async def test_a_status_moves_the_tag_but_not_its_content_part(
    client: AsyncClient, application: FastAPI
) -> None:
    def parts(etag: str) -> list[str]:
        return etag.split(".")

    before = await client.get("/api/v1/stations/irve:GRID0000")
    resources = application.state.resources
    database: Database = resources.database
    now = datetime.now(UTC)
    async with database.writes.begin() as session:
        station_id = await session.scalar(
            select(Station.id).where(Station.public_id == "irve:GRID0000")
        )
        await session.execute(
            update(Evse)
            .where(Evse.station_id == station_id)
            .values(status="BLOCKED", status_updated_at=now)
        )
        session.add(Change(kind="status", station_id=station_id, version=1, created_at=now))
    await resources.follower.catch_up()
    after = await client.get("/api/v1/stations/irve:GRID0000")
    assert parts(before.headers["etag"])[0] == parts(after.headers["etag"])[0]
    assert before.json()["updated_at"] == after.json()["updated_at"]
    assert parts(before.headers["etag"])[1] != parts(after.headers["etag"])[1]


async def test_nul_in_an_id_is_no_station(application: FastAPI) -> None:
    with pytest.raises(StationNotFound):
        await catalog.get_station(
            application.state.resources.reader, "irve:\0", status_max_age_s=60
        )


async def test_sources_tell_licence_count_and_last_import(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/sources")
    sources = reference_schemas.SourceList.model_validate_json(answer.content)
    by_feed = {(item.source, item.feed): item for item in sources.items}
    assert by_feed["irve", "irve"].station_count == 123
    assert by_feed["osm", "osm"].station_count == 1
    ocpi = by_feed["ocpi", "NL-TNM"]
    assert ocpi.last_import is not None
    assert ocpi.last_import.rows_read == 1
    assert ocpi.homepage_url == "https://example.org/"


async def test_operators_are_counted_greatest_first(client: AsyncClient) -> None:
    operators = reference_schemas.OperatorList.model_validate_json(
        (await client.get("/api/v1/operators")).content
    )
    assert [(item.name, item.station_count) for item in operators.items] == [
        ("Rhône Volt", 120),
        ("Été Énergie", 1),
    ]


async def test_connectors_list_every_standard_and_alias(client: AsyncClient) -> None:
    connectors = reference_schemas.ConnectorList.model_validate_json(
        (await client.get("/api/v1/connectors")).content
    )
    counts = {item.standard.value: item.station_count for item in connectors.items}
    assert counts["IEC_62196_T2"] == 122
    assert counts["IEC_62196_T2_COMBO"] == 2
    assert counts["MCS"] == 0
    assert connectors.aliases["ccs2"] == ["IEC_62196_T2_COMBO"]


@pytest.mark.parametrize("name", ["operators", "connectors", "sources"])
async def test_reference_data_is_conditional_and_takes_no_parameters(
    client: AsyncClient, name: str
) -> None:
    first = await client.get(f"/api/v1/{name}")
    again = await client.get(f"/api/v1/{name}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert (await client.head(f"/api/v1/{name}")).status_code == 200
    assert (await client.get(f"/api/v1/{name}?x=1")).status_code == 422


async def test_the_index_is_kept_in_the_data_directory(
    catalogue: Filled, application: FastAPI
) -> None:
    assert (catalogue.data_dir / "index").exists()


async def test_a_feed_that_was_never_imported_to_its_end_says_so(
    client: AsyncClient, application: FastAPI
) -> None:
    database: Database = application.state.resources.database
    async with database.writes.begin() as session:
        await intake.ensure_feed(
            session, source="afdc", name="afdc", title="x", licence="CC0-1.0", attribution="x"
        )
    sources = (await client.get("/api/v1/sources")).json()["items"]
    (afdc,) = (item for item in sources if item["source"] == "afdc")
    assert (afdc["last_import"], afdc["station_count"]) == (None, 0)

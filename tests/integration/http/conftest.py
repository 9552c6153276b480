"""A small catalogue that holds each oddity once, served in process from each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import update

from app.db import migrate
from app.db.engine import Database, open_database
from app.main import create_app
from app.stations import intake
from app.stations.draft import (
    ConnectorDraft,
    EvseDraft,
    StationContent,
    StationDraft,
    StatusDraft,
)
from app.stations.models import ImportRun
from app.stations.vocabulary import (
    Access,
    ConnectorFormat,
    ConnectorStandard,
    EvseStatus,
    Payment,
    PowerType,
)
from tests.fixtures.filled import Filled
from tests.fixtures.servers import PostgresServer

IMPORTED_AT = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
FRESH = IMPORTED_AT - timedelta(minutes=5)
STALE = IMPORTED_AT - timedelta(days=3)

_CCS2_150 = ConnectorDraft(
    standard=ConnectorStandard.IEC_62196_T2_COMBO,
    format=ConnectorFormat.CABLE,
    power_type=PowerType.DC,
    max_power_w=150_000,
    max_voltage_v=920,
    max_amperage_a=200,
)
_TYPE2_22 = ConnectorDraft(standard=ConnectorStandard.IEC_62196_T2, max_power_w=22_000)
_STRANGE = ConnectorDraft(standard_word="Type 9")


def _station(key: str, latitude: float, longitude: float, **facts: object) -> StationContent:
    content: dict[str, object] = {
        "licence": "etalab-2.0",
        "attribution": "Base nationale des IRVE",
        "country": "FR",
        **facts,
    }
    return StationContent(key=key, latitude=latitude, longitude=longitude, **content)  # type: ignore[arg-type]  # facts are named fields


RIVOLI = StationDraft(
    _station(
        "FRRIVP1",
        48.8566,
        2.3522,
        name="Hôtel de Ville",
        street="4 Rue de Rivoli",
        postal_code="75004",
        city="Paris",
        operator="Été Énergie",
        access=Access.PUBLIC,
        open_24_7=True,
        opening_hours="24/7",
        phone="+33123456789",
        price_text="0,40 €/kWh",
        payments=(Payment.AD_HOC, Payment.CARD),
        evses=(
            EvseDraft(uid="1", evse_id="FR*RIV*E1", connectors=(_CCS2_150, _TYPE2_22)),
            EvseDraft(uid="2", connectors=(_CCS2_150,)),
            EvseDraft(uid="3", connectors=(_STRANGE,)),
        ),
    ),
    source_updated_at=datetime(2026, 1, 2, tzinfo=UTC),
    statuses=(
        StatusDraft("1", EvseStatus.AVAILABLE, FRESH),
        StatusDraft("2", EvseStatus.CHARGING, FRESH - timedelta(minutes=1)),
    ),
)
STALE_ONE = StationDraft(
    _station("FRSTALE", 48.86, 2.36, evses=(EvseDraft(uid="1", connectors=(_TYPE2_22,)),)),
    statuses=(StatusDraft("1", EvseStatus.AVAILABLE, STALE),),
)
FORMULA = StationDraft(_station("FRFORMULA", 48.87, 2.37, name='=HYPERLINK("x")', city="+A, B"))
GRID = tuple(
    StationDraft(
        _station(
            f"GRID{row:02}{column:02}",
            45.70 + row / 100,
            4.80 + column / 100,
            name=f"Lyon {row}-{column}",
            operator="Rhône Volt",
            evses=(EvseDraft(uid="1", connectors=(_TYPE2_22,)),),
        )
    )
    for row in range(12)
    for column in range(10)
)
NODE = StationDraft(
    _station(
        "node/123",
        52.0,
        13.0,
        name="Straße",
        country="DE",
        licence="ODbL-1.0",
        attribution="© OpenStreetMap contributors",
        source_url="https://www.openstreetmap.org/node/123",
        evses=(EvseDraft(uid="1", connectors=(_CCS2_150,)),),
    )
)
UNLICENSED = StationDraft(
    _station("NL1", 52.1, 5.1, country="NL", licence="unknown", attribution="TNM")
)
VANISHED = StationDraft(_station("node/999", 52.2, 13.1))


async def fill(
    database: Database, source: str, name: str, drafts: Sequence[StationDraft], *, whole: bool
) -> None:
    """Import drafts as one finished run; a whole one marks the others gone."""
    async with database.writes.begin() as session:
        feed = await intake.ensure_feed(
            session,
            source=source,
            name=name,
            title=f"The {source} feed",
            licence="etalab-2.0",
            attribution="Someone",
            homepage_url="https://example.org/",
        )
        run_id = await intake.begin_run(session, feed, origin="x.csv", now=IMPORTED_AT)
        await intake.store(session, database.dialect, feed, run_id, drafts, now=IMPORTED_AT)
        if whole:
            await intake.mark_gone(session, database.dialect, feed, run_id, now=IMPORTED_AT)
        await session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id)
            .values(state="done", finished_at=IMPORTED_AT, rows_read=len(drafts))
        )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def catalogue(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Filled]:
    """The oddities, on each database in turn."""
    folder = tmp_path_factory.mktemp("data")
    if request.param == "sqlite":
        await fill_all(f"sqlite+aiosqlite:///{folder / 'voltway.db'}")
        yield Filled(folder, f"sqlite+aiosqlite:///{folder / 'voltway.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    url = server.create_database()
    await fill_all(url)
    yield Filled(folder, url)
    server.drop_database(url)


async def fill_all(url: str) -> None:
    """Every oddity once."""
    database = open_database(url)
    await migrate.upgrade(database)
    await fill(database, "irve", "irve", [RIVOLI, STALE_ONE, FORMULA, *GRID], whole=True)
    await fill(database, "osm", "osm", [NODE, VANISHED], whole=False)
    await fill(database, "osm", "osm", [NODE], whole=True)
    await fill(database, "ocpi", "NL-TNM", [UNLICENSED], whole=False)
    await database.close()


@pytest.fixture(scope="module")
async def application(catalogue: Filled) -> AsyncIterator[FastAPI]:
    """The application over the catalogue, its lifespan running."""
    app = create_app(catalogue.settings())
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
async def client(application: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client without a network between."""
    transport = ASGITransport(application, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://voltway.test") as opened:
        yield opened

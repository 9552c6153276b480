"""How both databases find what they are asked for: by an index, shown by their own plans."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from app.db.base import Base
from app.db.engine import open_database
from app.importers.feeds.demo import synthetic_stations
from app.stations import catalog, queries
from app.stations.models import Operator
from tests.fixtures.catalogue import Catalogue, open_catalogue
from tests.fixtures.servers import PostgresServer

pytestmark = pytest.mark.anyio

STATIONS = 2_000

BY_INDEX: dict[str, tuple[str, str]] = {
    "station by location": (
        "SELECT id FROM station WHERE latitude_band = 4550 AND longitude BETWEEN 2.0 AND 2.1",
        "ix_station_latitude_band_longitude",
    ),
    "station by update time": (
        "SELECT id FROM station WHERE updated_at > 4000000000000 ORDER BY updated_at, id LIMIT 50",
        "ix_station_updated_at_id",
    ),
    "station by feed and key": (
        "SELECT id FROM station WHERE feed_id = 1 AND key = 'demo-7'",
        "uq_station_feed_id_key",
    ),
    "station by public id": (
        "SELECT id FROM station WHERE public_id = 'demo:7'",
        "uq_station_public_id",
    ),
    "station by place": (
        catalog._SAME_PLACE_SQL.replace("?", "7"),
        "ix_station_place_id",
    ),
    "EVSE by station": (catalog._EVSE_SQL.replace("?", "7"), "uq_evse_station_id_uid"),
    "connector by EVSE": ("SELECT id FROM connector WHERE evse_id = 7", "ix_connector_evse_id"),
    "connectors of a station": (
        catalog._CONNECTOR_SQL.replace("?", "7"),
        "ix_connector_evse_id",
    ),
    "stations a page of ids": (
        queries.stations(queries.among(3)).replace("?", "7"),
        "pk_station",
    ),
    "changes after one": (
        queries.CHANGES_AFTER.replace("?", "1990", 1).replace("?", "50"),
        "pk_change",
    ),
    "card by station": ("SELECT body FROM card WHERE station_id = 7", "pk_card"),
    "sightings of a run": (
        "SELECT station_id FROM sighting WHERE run_id = 99",
        "ix_sighting_run_id",
    ),
}
"""What is looked for → how, and the index."""

IN_SQLITE = {"pk_": "INTEGER PRIMARY KEY", "uq_": "sqlite_autoindex_"}
"""Its own names, of the table itself and of the indices of unique constraints."""


@pytest.fixture
async def catalogue(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Catalogue]:
    """Enough stations that reading them all would cost more, and counted by the database."""
    async with open_catalogue(catalogue_url) as opened:
        await opened.store(list(synthetic_stations(STATIONS, seed=1)))
        async with opened.database.engine.connect() as connection:
            by_itself = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await by_itself.exec_driver_sql(
                "ANALYZE" if opened.database.dialect.name == "sqlite" else "VACUUM ANALYZE"
            )
        yield opened


async def explain(catalogue: Catalogue, statement: str) -> str:
    """The plan, as the database tells it."""
    kind = "QUERY PLAN" if catalogue.database.dialect.name == "sqlite" else "(FORMAT JSON)"
    async with catalogue.database.reads() as session:
        rows = await session.execute(text(f"EXPLAIN {kind} {statement}"))
        return json.dumps([list(row) for row in rows])


async def test_every_access_path_goes_by_its_index(catalogue: Catalogue) -> None:
    is_sqlite = catalogue.database.dialect.name == "sqlite"
    for what, (statement, index) in BY_INDEX.items():
        plan = await explain(catalogue, statement)
        wanted = IN_SQLITE.get(index[:3], index) if is_sqlite else index
        assert wanted in plan, f"{what}: {plan}"
        assert "Seq Scan" not in plan, f"{what}: {plan}"
        assert "SCAN" not in plan, f"{what}: {plan}"


async def test_words_and_beginnings_are_found_by_the_text_index(catalogue: Catalogue) -> None:
    if catalogue.database.dialect.name == "sqlite":
        plan = await explain(
            catalogue,
            'SELECT rowid FROM station_text WHERE station_text MATCH \'"lyon" AND "par" *\'',
        )
        assert "VIRTUAL TABLE INDEX" in plan
        return
    tokens = "array_to_tsvector(string_to_array(search_tokens, ' '))"
    for query in ("'lyon'", "'lyon' & 'par'", "'lyon' & 'demonstr':*"):
        quoted = query.replace("'", "''").replace(":", "\\:")
        plan = await explain(
            catalogue,
            f"SELECT id FROM station WHERE {tokens} @@ '{quoted}'\\:\\:tsquery",  # noqa: S608 - words of this test
        )
        assert "ix_station_search_tokens" in plan, plan


async def test_a_writer_plans_for_the_tables_as_they_are(
    postgresql_server: PostgresServer, postgresql_template: str
) -> None:
    """A connection would keep what it planned for an empty table, for as long as it is open."""
    database = open_database(postgresql_server.create_database(like=postgresql_template))
    operator = Base.metadata.tables[Operator.__tablename__]

    async def plan() -> str:
        async with database.writes.begin() as session:
            return " ".join(await session.scalars(text("EXPLAIN EXECUTE look_up(7)")))

    async with database.engine.connect() as connection:
        by_itself = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in (
            "VACUUM operator",
            "SET plan_cache_mode = force_generic_plan",
            "PREPARE look_up (bigint) AS SELECT name FROM operator WHERE id = $1",
        ):
            await by_itself.execute(text(statement))
    assert "Seq Scan" in await plan()
    async with database.writes.begin() as session:
        rows = [(number, f"Operator {number}") for number in range(20_000)]
        await database.dialect.insert_rows(session, operator, ("id", "name"), rows)
    assert "pk_operator" in await plan()
    await database.close()

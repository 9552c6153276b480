"""The schema: made by migrations, equal to the models."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, inspect, select

import app.stations.models  # noqa: F401 - registers the tables
from app.db import migrate
from app.db.base import Base
from app.db.engine import Database, open_database
from app.db.errors import SchemaOutOfDate
from app.favorites.models import Favorite
from app.importers.feeds.demo import synthetic_stations
from app.users.models import User
from tests.fixtures.catalogue import open_catalogue
from tests.fixtures.servers import PostgresServer

pytestmark = pytest.mark.anyio

ACCESS_PATHS = {
    "station": [["latitude_band", "longitude"], ["updated_at", "id"], ["place_id"]],
    "connector": [["evse_id"]],
    "favorite": [["station_id"]],
}
"""Indices beyond those of unique constraints."""
TEXT_INDEX = ("station_text", "ix_station_search_tokens")
"""What the dialects make, each in its own way."""


async def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, _kind, _parents: (
                    not (name or "").startswith(TEXT_INDEX)
                ),
            },
        )
        return list(compare_metadata(context, Base.metadata))

    tables = set(Base.metadata.tables)
    assert {"station", Favorite.__tablename__, User.__tablename__} <= tables
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_heads() == [migrate.newest_revision()]


async def test_the_access_paths_are_indexed(database: Database) -> None:
    def indexed(connection: Connection) -> dict[str, list[list[str | None]]]:
        found = inspect(connection)
        return {
            table: [index["column_names"] for index in found.get_indexes(table)]
            for table in ACCESS_PATHS
        }

    async with database.engine.connect() as connection:
        found = await connection.run_sync(indexed)
    for table, wanted in ACCESS_PATHS.items():
        for columns in wanted:
            assert columns in found[table], f"{table} by {columns}"


async def test_upgrading_again_does_nothing(database: Database) -> None:
    before = await migrate.current_revision(database)
    await migrate.upgrade(database)
    assert await migrate.current_revision(database) == before == migrate.newest_revision()
    await migrate.require_current(database)


async def test_processes_that_upgrade_at_once_take_turns(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(4)]
    try:
        await asyncio.gather(*(migrate.upgrade(database) for database in databases))
        for database in databases:
            await migrate.require_current(database)
    finally:
        for database in databases:
            await database.close()


async def test_an_empty_database_is_told_from_a_current_one(database_url: str) -> None:
    database = open_database(database_url)
    try:
        with pytest.raises(SchemaOutOfDate, match=r"schema none.*voltway db upgrade"):
            await migrate.require_current(database)
    finally:
        await database.close()


async def test_the_schema_can_be_taken_back_and_made_again(database: Database) -> None:
    def take_back(connection: Connection) -> list[str]:
        command.downgrade(migrate._config(connection, database.dialect), "base")
        return inspect(connection).get_table_names()

    async with database.engine.execution_options(writes=True).begin() as connection:
        assert await connection.run_sync(take_back) == ["alembic_version"]
    await migrate.upgrade(database)
    await migrate.require_current(database)


async def test_cards_of_an_older_schema_are_brought_into_two_pieces(catalogue_url: str) -> None:
    def take_back(connection: Connection) -> None:
        command.downgrade(migrate._config(connection, catalogue.database.dialect), "0001")

    async def cards() -> list[bytes]:
        return [row[2] for row in await catalogue.reader.read_cards([1, 2])]

    drafts = synthetic_stations(2, seed=1)
    async with open_catalogue(catalogue_url) as catalogue:
        await catalogue.store(list(drafts))
        newest = await cards()
        writes = catalogue.database.engine.execution_options(writes=True)
        async with writes.begin() as connection:
            await connection.run_sync(take_back)
        for new, old in zip(newest, await cards(), strict=True):
            pieces = old.split(b"\0")
            assert [piece[:12] for piece in pieces[1:3]] == [b',"latitude":', b',"operator":']
            assert b"".join(pieces[:3]) + b"\0" + pieces[3] == new
        await migrate.upgrade(catalogue.database)
        assert await cards() == newest


async def test_migrations_keep_no_reader_waiting(
    postgresql_server: PostgresServer, postgresql_template: str
) -> None:
    """Whoever has read a table keeps it from being locked wholly until the transaction's end."""
    database = open_database(postgresql_server.create_database(like=postgresql_template))

    def take_back(connection: Connection) -> list[Table]:
        command.downgrade(migrate._config(connection, database.dialect), "0001")
        names = set(inspect(connection).get_table_names())
        return [table for table in Base.metadata.sorted_tables if table.name in names]

    async with database.engine.execution_options(writes=True).begin() as connection:
        old_tables = await connection.run_sync(take_back)
    async with database.reads() as session:
        for table in old_tables:
            await session.execute(select(table))
        await migrate.upgrade(database)
        for table in Base.metadata.sorted_tables:
            await session.execute(select(table))
    await migrate.require_current(database)
    await database.close()

"""Stations that the database refuses are told one by one; everything beside them is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.db import migrate
from app.db.engine import Database, open_database
from app.importers.fetch import locate
from app.importers.options import Options
from app.importers.report import Report
from app.importers.row import RejectedRow
from app.importers.run import import_feed
from app.stations.models import Connector, Evse, ImportRun, Operator, Reject, Station
from tests.fixtures.servers import PostgresServer
from tests.fixtures.small_feed import HEADER, SmallFeed

pytestmark = pytest.mark.anyio

RULES = {
    "sqlite": (
        "CREATE TRIGGER rule_of_{table} BEFORE {event} ON {table} WHEN {refused}"
        " BEGIN SELECT RAISE(ABORT, 'this is not taken here'); END"
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF {refused} THEN"
        " RAISE EXCEPTION 'this is not taken here' USING ERRCODE = '{sqlstate}';"
        " END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER rule_of_{table} BEFORE {event} ON {table} FOR EACH ROW"
        " EXECUTE FUNCTION refuse_{table}_{event}()"
    ),
}
CHECK_VIOLATION, DISK_FULL = "23514", "53100"


class Catalogue:
    """A database with a rule of its own, and imports into it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.path = folder / "table.csv"
        self.rejects: list[RejectedRow] = []

    async def refuse(
        self, table: str, refused: str, *, event: str = "INSERT", sqlstate: str = CHECK_VIOLATION
    ) -> None:
        rule = RULES[self.database.engine.dialect.name].format(
            table=table, event=event, refused=refused, sqlstate=sqlstate
        )
        async with self.database.writes.begin() as session:
            for statement in rule.split(";CREATE TRIGGER"):
                whole = (
                    statement if statement.startswith("CREATE") else f"CREATE TRIGGER{statement}"
                )
                await session.execute(text(whole))

    async def import_lines(self, lines: list[str], options: Options | None = None) -> Report:
        self.path.write_text("\n".join([HEADER, *lines, ""]))
        self.rejects.clear()
        report = await import_feed(
            self.database,
            locate(str(self.path)),
            SmallFeed(),
            options,
            on_reject=self.rejects.append,
        )
        assert report.rows_read == len(lines)
        return report

    async def names(self) -> list[str | None]:
        async with self.database.reads() as session:
            return list(await session.scalars(select(Station.name).order_by(Station.key)))


@pytest.fixture
async def catalogue(
    catalogue_url: str, anyio_backend: str, tmp_path: Path
) -> AsyncIterator[Catalogue]:
    database = open_database(catalogue_url)
    yield Catalogue(database, tmp_path)
    async with database.writes.begin() as session:
        assert await database.dialect.find_damage(session) == []
    await database.close()


def line(key: str, name: str, *, uid: str = "1", power_kw: int = 22) -> str:
    return f"{key},{uid},{name},48.1,2.1,{power_kw},5,"


async def test_one_refused_station_leaves_all_others_in(catalogue: Catalogue) -> None:
    await catalogue.refuse("station", "NEW.name = 'Refused'")
    lines = [line(f"K{number:03}", f"Place {number}") for number in range(600)]
    lines[77] = line("K077", "Refused")
    lines.append(line("K077", "Refused", uid="2"))
    report = await catalogue.import_lines(lines)
    assert report.outcomes["stored"] == 599
    assert report.outcomes["rejected"] == 2
    assert dict(report.reasons) == {"refused-by-database": 2}
    assert (report.state, report.stations_new, report.stations_total) == ("done", 599, 599)
    async with catalogue.database.reads() as session:
        kept = (await session.scalars(select(Reject).order_by(Reject.row_number))).all()
        operators = await session.scalars(select(Operator.name))
        assert set(operators) == {"Strom & Söhne"}
    assert [(row.row_number, row.reason) for row in kept] == [
        (78, "refused-by-database"),
        (601, "refused-by-database"),
    ]
    assert {row.detail for row in kept} == {"this is not taken here"}
    assert json.loads(kept[0].raw)["name"] == "Refused"
    assert [reject.row_number for reject in catalogue.rejects] == [78, 601]
    again = await catalogue.import_lines(lines)
    assert (again.outcomes["unchanged"], again.outcomes["rejected"]) == (599, 2)


async def test_a_station_is_refused_with_all_that_belongs_to_it(catalogue: Catalogue) -> None:
    await catalogue.refuse("connector", "NEW.max_power_w = 43000")
    lines = [line("A", "Alpha"), line("A", "Alpha", uid="2", power_kw=43), line("B", "Beta")]
    report = await catalogue.import_lines(lines)
    assert (report.outcomes["stored"], report.outcomes["rejected"]) == (1, 2)
    assert await catalogue.names() == ["Beta"]
    async with catalogue.database.reads() as session:
        assert len((await session.scalars(select(Evse.id))).all()) == 1
        assert len((await session.scalars(select(Connector.id))).all()) == 1


async def test_a_refused_change_keeps_what_was_stored(catalogue: Catalogue) -> None:
    await catalogue.import_lines([line("A", "Alpha"), line("B", "Beta"), line("C", "Gamma")])
    await catalogue.refuse("station", "NEW.name = 'Refused'", event="UPDATE")
    lines = [line("A", "Refused"), line("B", "Better"), line("C", "Gamma")]
    report = await catalogue.import_lines(lines)
    assert {name: count for name, count in report.outcomes.items() if count} == {
        "changed": 1,
        "unchanged": 1,
        "rejected": 1,
    }
    assert await catalogue.names() == ["Alpha", "Better", "Gamma"]


async def test_letters_that_the_databases_encoding_lacks_cost_their_station_alone(
    postgresql_server: PostgresServer, tmp_path: Path
) -> None:
    url = postgresql_server.create_database(
        like="template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    database = open_database(url)
    try:
        await migrate.upgrade(database)
        catalogue = Catalogue(database, tmp_path)
        report = await catalogue.import_lines([line("A", "Sèvres"), line("B", "Łódź")])
        assert await catalogue.names() == ["Sèvres"]
        assert report.reasons == {"refused-by-database": 1}
        async with database.reads() as session:
            kept = (await session.scalars(select(Reject))).one()
        assert "LATIN1" in kept.detail
        assert json.loads(kept.raw)["name"] == "Łódź"
    finally:
        await database.close()
        postgresql_server.drop_database(url)


async def test_an_id_that_no_index_has_room_for_is_rejected_before(catalogue: Catalogue) -> None:
    """PostgreSQL refuses such a text in an index, SQLite takes it: neither is asked."""
    report = await catalogue.import_lines([line("A", "Alpha", uid="x" * 201), line("B", "Beta")])
    assert await catalogue.names() == ["Beta"]
    assert report.reasons == {"key-too-long": 1}


async def test_a_database_that_takes_nothing_ends_the_import(catalogue: Catalogue) -> None:
    if catalogue.database.engine.dialect.name == "sqlite":
        async with catalogue.database.writes.begin() as session:
            await session.execute(text("DROP TABLE sighting"))
    else:
        await catalogue.refuse("station", "NEW.name = 'Beta'", sqlstate=DISK_FULL)
    with pytest.raises(DBAPIError):
        await catalogue.import_lines([line("A", "Alpha"), line("B", "Beta")])
    assert await catalogue.names() == []
    assert catalogue.rejects == []
    async with catalogue.database.reads() as session:
        assert await session.scalar(select(ImportRun.state)) == "failed"


async def test_rejects_that_could_not_be_written_at_once_are_tried_again(
    catalogue: Catalogue,
) -> None:
    """The table takes none until stations are stored, that is, for more than one batch."""
    await catalogue.refuse("reject", "NOT EXISTS (SELECT 1 FROM station)")
    lines = [line("A", "Alpha"), *(line(f"R{number}", "reject") for number in range(150))]
    report = await catalogue.import_lines(lines)
    assert report.outcomes["rejected"] == 150
    async with catalogue.database.reads() as session:
        kept = (await session.scalars(select(Reject.row_number))).all()
    assert sorted(kept) == list(range(2, 152))

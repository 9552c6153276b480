"""What only SQLite does: ids after the greatest, rows in blocks of one statement."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.db.base import Base
from app.db.dialects.blocks import BLOCK_ROWS
from app.db.engine import Database, open_database
from app.stations.models import Operator

pytestmark = pytest.mark.anyio

OPERATOR = Base.metadata.tables["operator"]


@pytest.fixture
def catalogue_url(tmp_path: Path, empty_catalogue: Path) -> str:
    """A file only."""
    path = tmp_path / "voltway.db"
    path.write_bytes(empty_catalogue.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


async def test_who_opens_a_new_file_waits_for_another_that_does(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    end_of_other = threading.Timer(0.1, other.rollback)
    database = open_database(f"sqlite+aiosqlite:///{path}")
    try:
        end_of_other.start()
        async with database.engine.connect() as connection:
            assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
    finally:
        await database.close()
        end_of_other.join()
        other.close()


async def test_ids_continue_after_the_greatest(database: Database) -> None:
    dialect = database.dialect
    async with database.writes.begin() as session:
        assert await dialect.allocate_ids(session, OPERATOR, 3) == range(1, 4)
        await dialect.insert_rows(session, OPERATOR, ("id", "name"), [(7, "Seven"), (9, "Nine")])
        assert await dialect.allocate_ids(session, OPERATOR, 2) == range(10, 12)


@pytest.mark.parametrize("count", [1, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 3])
async def test_rows_are_all_written_however_many_make_a_block(
    database: Database, count: int
) -> None:
    columns, rows = ("id", "name"), [(number, f"Operator {number}") for number in range(count)]
    renamed = [(number, f"Other {number}") for number in range(1, count + 1)]
    dialect = database.dialect
    async with database.writes.begin() as session:
        await dialect.insert_rows(session, OPERATOR, columns, rows)
        await dialect.upsert_rows(session, OPERATOR, columns, "id", renamed)
    async with database.reads() as session:
        stored = await session.execute(select(Operator.id, Operator.name).order_by(Operator.id))
        assert [tuple(row) for row in stored] == [rows[0], *renamed]

"""A table of the benchmark's own, made for a run and dropped again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.db.engine import open_database


class _Base(DeclarativeBase):
    pass


class Row(_Base):
    """As wide as a station is, with the indices that a catalogue keeps."""

    __tablename__ = "voltway_bench_row"
    __table_args__ = (Index("voltway_bench_row_place", "latitude", "longitude"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    city: Mapped[str | None]
    latitude: Mapped[float]
    longitude: Mapped[float]
    max_power_kw: Mapped[float | None]
    evse_count: Mapped[int]


def values_of(number: int) -> dict[str, Any]:
    """The columns of one row."""
    return {
        "id": number,
        "key": f"bench-{number}",
        "name": f"Station {number}",
        "city": None if number % 3 else "Lyon",
        "latitude": 45.0 + number % 1000 / 1000,
        "longitude": 4.0 + number % 777 / 777,
        "max_power_kw": 22.0,
        "evse_count": number % 8,
    }


@asynccontextmanager
async def table_on_sqlite(folder: Path) -> AsyncIterator[AsyncEngine]:
    """The table in a file that is opened as a catalogue is: WAL, synchronous=NORMAL."""
    database = open_database(f"sqlite+aiosqlite:///{folder / 'rows.db'}")
    try:
        async with _table_in(database.engine):
            yield database.engine
    finally:
        await database.close()


@asynccontextmanager
async def table_on(url: str) -> AsyncIterator[AsyncEngine]:
    """The table on a server, empty."""
    engine = create_async_engine(url)
    try:
        async with _table_in(engine):
            yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def _table_in(engine: AsyncEngine) -> AsyncIterator[None]:
    """The table, made for this run and dropped again."""
    async with engine.begin() as connection:
        await connection.run_sync(_Base.metadata.create_all)
    try:
        yield
    finally:
        async with engine.begin() as connection:
            await connection.run_sync(_Base.metadata.drop_all)

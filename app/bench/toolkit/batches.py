"""Bulk writes beside the loops that they replace, on SQLite and, where there is one, PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.bench.report import Aim, Table
from app.bench.toolkit.rows import Row, table_on, table_on_sqlite, values_of
from app.bench.toolkit.section import Claim, Section
from app.utils.batch_ops import BatchOperations, bulk_insert

Way = Callable[[AsyncSession, int], Awaitable[None]]


async def _commit_each(session: AsyncSession, rows: int) -> None:
    for number in range(rows):
        session.add(Row(**values_of(number)))
        await session.commit()


async def _flush_each(session: AsyncSession, rows: int) -> None:
    for number in range(rows):
        session.add(Row(**values_of(number)))
        await session.flush()
    await session.commit()


async def _add_all(session: AsyncSession, rows: int) -> None:
    session.add_all(Row(**values_of(number)) for number in range(rows))
    await session.commit()


async def _bulk_insert(session: AsyncSession, rows: int) -> None:
    await bulk_insert(session, Row, map(values_of, range(rows)))
    await session.commit()


async def _batch_operations(session: AsyncSession, rows: int) -> None:
    async with BatchOperations(session, Row, batch_size=500) as operations:
        for number in range(rows):
            await operations.add(values_of(number))
    await session.commit()


async def _copy(session: AsyncSession, rows: int) -> None:
    await bulk_insert(session, Row, map(values_of, range(rows)), method="copy")
    await session.commit()


async def _copy_bare(session: AsyncSession, rows: int) -> None:
    """What the driver and the server take by themselves: a statement, tuples, no checks."""
    connection = await session.connection()
    await connection.exec_driver_sql("SELECT 1")  # begins the transaction
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.copy_records_to_table(
        Row.__tablename__,
        columns=tuple(values_of(0)),
        records=(tuple(values_of(number).values()) for number in range(rows)),
    )
    await session.commit()


_EACH = "add and commit, each row"
_FLUSH = "add and flush, each row"
_BULK = "bulk_insert"
_BATCH = "BatchOperations"
_COPY = "bulk_insert by COPY"
_COPY_BARE = "asyncpg's own COPY"

_WAYS: dict[str, Way] = {
    _EACH: _commit_each,
    _FLUSH: _flush_each,
    "add_all, one flush": _add_all,
    _BATCH: _batch_operations,
    _BULK: _bulk_insert,
}
_COPIES: dict[str, Way] = {_COPY: _copy, _COPY_BARE: _copy_bare}
_SLOW = {_EACH, _FLUSH}
_LEAST = {"SQLite": {_EACH: 20.0, _FLUSH: 10.0}, "PostgreSQL": {_EACH: 40.0, _FLUSH: 12.0}}
"""The factors that have to be reached on a noisy machine."""

_LEAST_COPY = 100.0


async def measure(
    *, rows: int, slow_rows: int, rounds: int, folder: str, postgresql_url: str | None
) -> dict[str, Any]:
    """Rows per second of each way, by server.

    Args:
        rows: Of a quick way in a round.
        slow_rows: Of a way that takes a transaction or a flush for each.
        rounds: Turns.
        folder: For the SQLite file.
        postgresql_url: A server where a table may be made and dropped; ``None`` goes without.
    """
    rates: dict[str, dict[str, float]] = {}

    async def measure_ways(server: str, engine: AsyncEngine, ways: dict[str, Way]) -> None:
        rates[server] = await _time_ways(engine, ways, rows, slow_rows, rounds)

    async with table_on_sqlite(Path(folder)) as engine:
        await measure_ways("SQLite", engine, _WAYS)
    if postgresql_url is not None:
        async with table_on(postgresql_url) as engine:
            await measure_ways("PostgreSQL", engine, {**_WAYS, **_COPIES})
    return {"rows": rows, "slow_rows": slow_rows, "rows_per_s": rates}


def describe(findings: dict[str, Any]) -> Section:
    """Tables and claims of what was measured."""
    rates = findings["rows_per_s"]
    return Section(
        tables=tuple(
            Table(
                f"Bulk writes on {server}: 8 columns, a unique key, an index on the place",
                ("", "rows/s", f"× {_EACH}"),
                tuple((way, rate, rate / found[_EACH]) for way, rate in found.items()),
            )
            for server, found in rates.items()
        ),
        aims=tuple(
            Aim("a COPY", f"× {_COPY_BARE}", 1.5, found[_COPY_BARE] / found[_COPY])
            for found in rates.values()
            if _COPY in found
        ),
        claims=tuple(claim for server, found in rates.items() for claim in _claims(server, found)),
        notes=() if "PostgreSQL" in rates else ("No PostgreSQL was given: --postgresql URL.",),
    )


def _claims(server: str, rates: dict[str, float]) -> list[Claim]:
    claims = [
        Claim("bulk writes 50–100×", f"{way}, {server}", rates[way], rates[_BULK],
              "rows/s", least)
        for way, least in _LEAST[server].items()
    ]  # fmt: skip
    if _COPY in rates:
        claims.append(
            Claim("bulk writes 50–100×, COPY", f"{_EACH}, {server}", rates[_EACH], rates[_COPY],
                  "rows/s", _LEAST_COPY)
        )  # fmt: skip
    return claims


async def _time_ways(
    engine: AsyncEngine, ways: dict[str, Way], rows: int, slow_rows: int, rounds: int
) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            wanted = slow_rows if name in _SLOW else rows
            async with AsyncSession(engine) as session:
                began_s = time.perf_counter()
                await way(session, wanted)
                rates[name].append(wanted / (time.perf_counter() - began_s))
                await session.execute(delete(Row))
                await session.commit()
    return {name: median(found) for name, found in rates.items()}

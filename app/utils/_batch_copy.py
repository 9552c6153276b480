"""PostgreSQL's ``COPY`` through asyncpg, inside the transaction of a SQLAlchemy connection."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import asyncpg
from sqlalchemy import Column, Dialect, Table, bindparam
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.utils import metrics
from app.utils._batch_rows import Row, Target, completed

# The last three are the codecs': they convert values while the rows are being sent.
_FAILURES = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TypeError,
    ValueError,
    OverflowError,
)

_kinds: dict[type[Exception], type[DBAPIError]] = {
    asyncpg.IntegrityConstraintViolationError: IntegrityError,
    asyncpg.SyntaxOrAccessError: ProgrammingError,
}


async def can_copy(connection: AsyncConnection) -> bool:
    """Whether the driver has ``COPY``, and names of tables are what they seem."""
    if (await connection.run_sync(lambda sync: sync.get_execution_options())).get(
        "schema_translate_map"
    ):
        return False
    raw = await connection.get_raw_connection()
    return hasattr(raw.driver_connection, "copy_records_to_table")


async def copy_rows(connection: AsyncConnection, target: Target, rows: Sequence[Row]) -> bool:
    """Copy rows that have the same columns; ``False``, and nothing is done, where SQL is needed.

    What ``INSERT`` would do in Python is done here: types convert the values, and defaults
    fill columns that no row has. A default or type that is SQL cannot be copied.
    """
    complete = completed(target, rows)
    if complete is None:
        return False
    columns = [target.table.c[key] for key in complete.keys]
    if any(map(_needs_sql, columns)):
        return False
    values = _values_of(columns, connection.dialect, complete.rows)
    await copy_values(connection, target.table, complete.keys, values)
    return True


async def copy_values(
    connection: AsyncConnection, table: Table, keys: Sequence[str], values: Sequence[Sequence[Any]]
) -> None:
    """Copy tuples as the driver takes them.

    Raises:
        IntegrityError: As ``INSERT`` would; other failures are ``DBAPIError`` too.
    """
    raw = await connection.get_raw_connection()
    driver: asyncpg.Connection[Any] = raw.driver_connection
    if not driver.is_in_transaction():
        # SQLAlchemy begins with its first statement, which a COPY past it is not.
        await connection.exec_driver_sql("SELECT 1")
    try:
        with _timed(table):
            await driver.copy_records_to_table(
                table.name,
                schema_name=table.schema,
                columns=[table.c[key].name for key in keys],
                records=values,
            )
    except _FAILURES as error:
        metrics.errors_total.labels("database").inc()
        if driver.is_closed():
            await connection.invalidate(error)
        raise _as_of_sqlalchemy(table, error, is_lost=driver.is_closed()) from error


def _needs_sql(column: Column[Any]) -> bool:
    return column.type.bind_expression(bindparam("value")) is not None


def _values_of(
    columns: Sequence[Column[Any]], dialect: Dialect, rows: Sequence[Row]
) -> list[tuple[Any, ...]]:
    """A tuple for each row, as the driver takes it."""
    keys = [column.key for column in columns]
    convert = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    if len(keys) > 1 and not any(convert):
        return list(map(itemgetter(*keys), rows))  # a third of the time
    lists = (
        [row[key] for row in rows] if own is None else [own(row[key]) for row in rows]
        for key, own in zip(keys, convert, strict=True)
    )
    return list(zip(*lists, strict=True))


@contextmanager
def _timed(table: Table) -> Iterator[None]:
    """Into ``db_query_duration``, since SQLAlchemy's events know nothing of a ``COPY``."""
    started_s = time.perf_counter()
    try:
        yield
    finally:
        if metrics.is_enabled():
            taken_s = time.perf_counter() - started_s
            metrics.db_query_duration.labels("copy", table.name).observe(taken_s)


def _as_of_sqlalchemy(table: Table, error: Exception, *, is_lost: bool) -> DBAPIError:
    """What a failed ``INSERT`` would raise; rows stay out of its text."""
    kind = next((own for its, own in _kinds.items() if isinstance(error, its)), DBAPIError)
    statement = f"COPY {table.fullname} FROM STDIN"
    return kind(statement, None, error, connection_invalidated=is_lost)

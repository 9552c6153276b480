"""Writing many rows: a list of parameters to one statement, never a statement a row.

Nothing here commits: the caller's transaction decides. A statement that is given a list of
parameters is compiled once; values put into the statement itself would be compiled per call.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, bindparam, insert, inspect, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

MAX_ROWS = 1_000
"""Most rows of one statement."""

Model = TypeVar("Model", bound=DeclarativeBase)
Item = TypeVar("Item")

_KEY = "batch_key_"


async def bulk_insert(
    session: AsyncSession,
    model: type[DeclarativeBase],
    rows: Iterable[Mapping[str, Any]],
    *,
    batch_size: int = MAX_ROWS,
) -> int:
    """Insert rows given as mappings of column names to values; how many those were.

    Args:
        session: Its transaction stays open.
        model: The table's class.
        rows: All with the same keys within a batch; may be a generator.
        batch_size: Rows of one statement, 1 to ``MAX_ROWS``.

    Raises:
        ValueError: ``batch_size`` is out of range.
    """
    inserted = 0
    for batch in _batches(rows, batch_size):
        await session.execute(insert(model.__table__), [dict(row) for row in batch])  # type: ignore[arg-type]  # declared as FromClause, is a Table
        inserted += len(batch)
    return inserted


async def bulk_update(
    session: AsyncSession,
    model: type[DeclarativeBase],
    rows: Iterable[Mapping[str, Any]],
    *,
    conditions: Sequence[ColumnElement[bool]] = (),
    batch_size: int = MAX_ROWS,
) -> int:
    """Update rows by primary key where conditions hold; how many rows were given.

    Args:
        session: Its transaction stays open.
        model: The table's class.
        rows: Mappings with the primary key and the columns to set, all with the same keys.
        conditions: Further conditions, such as ``Station.gone_at.is_(None)``.
        batch_size: Rows of one statement's parameters, 1 to ``MAX_ROWS``.

    Raises:
        ValueError: ``batch_size`` is out of range, or a row lacks a part of the primary key.
    """
    table: Any = model.__table__
    keys = [column.name for column in inspect(model).primary_key]
    updated = 0
    for batch in _batches(rows, batch_size):
        missing = [key for key in keys if key not in batch[0]]
        if missing:
            raise ValueError(f"a row of {table.name} lacks its primary key {', '.join(missing)}")
        columns = [name for name in batch[0] if name not in keys]
        statement = (
            update(table)
            .where(*(table.c[key] == bindparam(_KEY + key) for key in keys), *conditions)
            .values({name: bindparam(name) for name in columns})
        )
        await session.execute(
            statement,
            [{(_KEY + name if name in keys else name): row[name] for name in row} for row in batch],
        )
        updated += len(batch)
    return updated


async def batch_process(
    items: Iterable[Item] | AsyncIterable[Item],
    process: Callable[[Sequence[Item]], Awaitable[None]],
    *,
    batch_size: int = 500,
) -> int:
    """Hand items to a coroutine function in lists of ``batch_size``; how many those were.

    Takes generators, sync or async, and never holds more than one list.
    """
    processed = 0
    batch: list[Item] = []
    async for item in _as_async(items):
        batch.append(item)
        if len(batch) >= batch_size:
            await process(batch)
            processed += len(batch)
            batch = []
    if batch:
        await process(batch)
    return processed + len(batch)


class BatchOperations(Generic[Model]):
    """Collects new rows of one model and inserts them in batches.

    It flushes by itself when ``batch_size`` rows have come and when its context ends. It
    never commits; it rolls the transaction back when its block raises.

    Args:
        session: Its transaction takes the rows.
        model: The table's class.
        batch_size: Rows of one statement, 1 to ``MAX_ROWS``.
    """

    def __init__(self, session: AsyncSession, model: type[Model], batch_size: int = 500) -> None:
        _require_size(batch_size)
        self._session = session
        self._model = model
        self._batch_size = batch_size
        self._rows: list[dict[str, Any]] = []
        self.inserted = 0

    async def add(self, row: Model | Mapping[str, Any]) -> None:
        """Take an instance of the model, or a mapping of column names to values."""
        if isinstance(row, Mapping):
            self._rows.append(dict(row))
        else:
            self._rows.append(
                {name: value for name, value in vars(row).items() if not name.startswith("_")}
            )
        if len(self._rows) >= self._batch_size:
            await self.flush()

    async def flush(self) -> None:
        """Insert what was collected."""
        rows, self._rows = self._rows, []
        self.inserted += await bulk_insert(
            self._session, self._model, rows, batch_size=self._batch_size
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            await self.flush()
        else:
            self._rows = []
            await self._session.rollback()


def _require_size(batch_size: int) -> None:
    if not 1 <= batch_size <= MAX_ROWS:
        raise ValueError(f"batch_size is 1 to {MAX_ROWS}, not {batch_size}")


def _batches(rows: Iterable[Item], batch_size: int) -> Iterable[list[Item]]:
    _require_size(batch_size)
    batch: list[Item] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= batch_size:
            yield batch
            batch = []
    if batch:
        yield batch


async def _as_async(items: Iterable[Item] | AsyncIterable[Item]) -> AsyncIterable[Item]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item

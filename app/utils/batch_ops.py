"""Writing many rows: a list of parameters to one statement, never a statement a row.

Nothing here commits unless told to: the caller's transaction decides. A statement that is
given a list of parameters is compiled once; values put into the statement itself would be
compiled per call.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal, TypeVar

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from app.utils._batch_operations import BatchOperations
from app.utils._batch_process import (
    BatchFailure,
    BatchResult,
    Errors,
    Isolation,
    Process,
    concerns_all,
    process_plainly,
)
from app.utils._batch_rows import MAX_ROWS, batches, require_size, target_of
from app.utils._batch_update import Where, conditions_of, update_by_key, update_where

__all__ = [
    "MAX_ROWS",
    "BatchFailure",
    "BatchOperations",
    "BatchResult",
    "batch_process",
    "bulk_insert",
    "bulk_update",
    "concerns_all",
]

Item = TypeVar("Item")
Row = Mapping[str, Any] | DeclarativeBase
Rows = Iterable[Row] | AsyncIterable[Row]


async def bulk_insert(
    session: AsyncSession,
    model: type[DeclarativeBase] | Table,
    rows: Rows,
    *,
    batch_size: int = MAX_ROWS,
    method: Literal["insert", "copy"] = "insert",
) -> int:
    """Insert rows; how many those were.

    Args:
        session: Its transaction takes the rows and stays open. What it holds is flushed first.
        model: A mapped class, or a table.
        rows: Mappings, by attribute or column, or instances; any iterable, sync or async, of
            which no more than a batch is held. What a row lacks takes the column's default.
        batch_size: Rows of one statement, 1 to ``MAX_ROWS``.
        method: ``"copy"`` writes by ``COPY`` where the driver has it, with the same result.

    Raises:
        ValueError: ``batch_size`` is out of range, or a row names an unknown column.
        TypeError: A row is neither a mapping nor an instance of the model.
    """
    operations: BatchOperations[Any] = BatchOperations(session, model, batch_size, method=method)
    await operations.add_all(rows)
    await operations.flush()
    return operations.written


async def bulk_update(
    session: AsyncSession,
    model: type[DeclarativeBase] | Table,
    values: Mapping[str, Any] | Iterable[Mapping[str, Any]] | AsyncIterable[Mapping[str, Any]],
    where: Where | None = None,
    *,
    by: Sequence[str] = (),
    batch_size: int = MAX_ROWS,
) -> int:
    """Update rows that a condition names, or each by its key; how many rows that were.

    ``bulk_update(session, Station, {"is_shown": False}, Station.country == "FR")`` is one
    statement, and objects in the session follow it. Given mappings with the primary key, as
    ``[{"id": 1, "name": "A"}]``, each sets its own columns; objects that the session has
    loaded keep what they have until they are refreshed.

    Args:
        session: Its transaction stays open. What it holds is flushed first.
        model: A mapped class, or a table.
        values: What to set, by attribute or column; or rows with their key and what to set.
            Of several rows with one key the last wins, column by column.
        where: A condition, several, or a mapping of columns to values. Beside rows it is a
            further condition and may be missing; ``"all"`` says that no condition is meant.
        by: Columns of a row that name what it updates; by default the primary key.
        batch_size: Rows of one statement, 1 to ``MAX_ROWS``.

    Raises:
        ValueError: No condition beside one mapping of values; a row lacks its key or gives
            nothing else; a column is unknown; ``batch_size`` is out of range.
    """
    require_size(batch_size)
    target = target_of(model)
    if isinstance(values, Mapping):
        return await update_where(session, target, values, where)
    conditions = conditions_of(target, where)
    keys = target.column_keys(by) or tuple(column.key for column in target.table.primary_key)
    updated = 0
    async with aclosing(batches(values, batch_size)) as lists:
        async for batch in lists:
            updated += await update_by_key(session, target, batch, keys, conditions)
    return updated


async def batch_process(
    items: Iterable[Item] | AsyncIterable[Item],
    process: Process[Item],
    *,
    batch_size: int = 500,
    session: AsyncSession | None = None,
    max_errors: int = 100,
    isolate: Errors = Exception,
    concurrency: int = 1,
) -> BatchResult:
    """Hand items to a function in lists; with a session, find those that fail.

    With ``session`` each batch runs in a savepoint of its transaction. One that raises is
    undone and halved, again and again, so that exactly the items that fail alone are left
    out and counted, and all others are processed once. Without, what a batch raises is raised:
    nothing can undo the part of it that was done.

    Args:
        items: Any iterable, sync or async, of which no more than a batch is held.
        process: Takes a list of items, through the same session; plain or async. It may be
            called again with parts of a list that failed, and must not end the transaction.
        batch_size: Items of one call, at least 1.
        session: Its transaction stays open.
        max_errors: Most failures that are told one by one; all are counted.
        isolate: Errors that an item may be to blame for; others are raised at once.
        concurrency: Batches at a time; only without a session, which serves one at a time.

    Returns:
        How many were processed, how many failed, and which.

    Raises:
        ValueError: A number is out of range.
        DBAPIError: The server is gone, busy or full, or the statement is wrong: no item is to
            blame for that.
        RuntimeError: The function ended the transaction.

    Cost: one call a batch; each failing item adds at most 2 log2(``batch_size``) rounded up.
    """
    if batch_size < 1 or concurrency < 1 or max_errors < 0:
        raise ValueError("batch_size and concurrency are at least 1, max_errors at least 0")
    if session is not None and concurrency > 1:
        raise ValueError("a session serves one batch at a time: concurrency goes without one")
    result = BatchResult()
    if session is None:
        await process_plainly(
            items, process, result, batch_size=batch_size, concurrency=concurrency
        )
    else:
        isolation = Isolation(session, process, result, max_errors=max_errors, errors=isolate)
        await isolation.run(items, batch_size)
    return result

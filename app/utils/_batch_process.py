"""Handing items to a function in batches; what cannot be processed is found by halving."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app.utils._batch_insert import observe
from app.utils._batch_rows import batches
from app.utils._redaction import clean

Item = TypeVar("Item")
Process = Callable[[Sequence[Item]], Any]
"""Plain or async; what it returns is not kept."""

Errors = type[Exception] | tuple[type[Exception], ...]

_MAX_DESCRIPTION = 300

_CAUSED_BY_ROWS = frozenset({"21", "22", "23", "44", "54", "P0"})
"""Classes of SQLSTATE: cardinality, data, constraint, view, limit (of an index row), trigger."""


@dataclass(frozen=True, slots=True)
class BatchFailure:
    """An item that could not be processed.

    Attributes:
        index: Its place in the input, from 0.
        item: What it looked like, without secrets, cut to 300 characters.
        error: What was raised when it was processed alone, without its traceback.
    """

    index: int
    item: str
    error: Exception


@dataclass(slots=True)
class BatchResult:
    """How processing went.

    Attributes:
        processed: Items that a call of the function took.
        failed: Items that none would take.
        errors: The first of the failures, at most ``max_errors``.
        attempts: Calls of the function.
    """

    processed: int = 0
    failed: int = 0
    errors: list[BatchFailure] = field(default_factory=list)
    attempts: int = 0

    @property
    def truncated(self) -> int:
        """Failures that ``errors`` has no place for."""
        return self.failed - len(self.errors)


class Isolation(Generic[Item]):
    """Processes batches in savepoints and halves those that fail, down to single items."""

    def __init__(
        self,
        session: AsyncSession,
        process: Process[Item],
        result: BatchResult,
        *,
        max_errors: int,
        errors: Errors,
    ) -> None:
        self._session = session
        self._process = process
        self._result = result
        self._max_errors = max_errors
        self._errors = errors

    async def run(self, items: Iterable[Item] | AsyncIterable[Item], batch_size: int) -> None:
        """Process all; raises what is not an item's fault."""
        await _begin(self._session)
        index = 0
        async with aclosing(batches(items, batch_size)) as lists:
            async for batch in lists:
                await self._take(batch, index)
                index += len(batch)

    async def _take(self, batch: Sequence[Item], index: int) -> None:
        waiting = [(batch, index)]
        while waiting:
            part, first = waiting.pop()
            error = await self._attempt(part)
            if error is None:
                self._result.processed += len(part)
                observe("process", len(part))
            elif len(part) == 1:
                self._note(part[0], first, error)
            else:
                middle = len(part) // 2
                waiting += [(part[middle:], first + middle), (part[:middle], first)]

    async def _attempt(self, part: Sequence[Item]) -> Exception | None:
        outer = self._session.sync_session.get_transaction()
        self._result.attempts += 1
        try:
            async with self._session.begin_nested():
                await _call(self._process, part)
        except self._errors as error:
            if concerns_all(error):
                raise
            self._require_same(outer, error)
            return error
        self._require_same(outer, None)
        return None

    def _require_same(self, outer: object, error: Exception | None) -> None:
        if self._session.sync_session.get_transaction() is not outer:
            raise RuntimeError(
                "the function ended the transaction that its batches were part of"
            ) from error

    def _note(self, item: Item, index: int, error: Exception) -> None:
        self._result.failed += 1
        if len(self._result.errors) < self._max_errors:
            failure = BatchFailure(index, _describe(item), error.with_traceback(None))
            self._result.errors.append(failure)


async def _begin(session: AsyncSession) -> None:
    """Begin in earnest: SQLite's driver puts it off, and would commit the first savepoint."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    if getattr(raw.driver_connection, "in_transaction", True) is False:
        await connection.exec_driver_sql("BEGIN")


def concerns_all(error: Exception) -> bool:
    """Whether no row is to blame: the server is gone, busy or full, or the statement is wrong.

    So is a file that is damaged. What is no error of a database is taken for a row's.
    """
    if not isinstance(error, DBAPIError):
        return False
    sqlstate: str | None = getattr(error.orig, "sqlstate", None)
    if sqlstate is not None:
        return sqlstate[:2] not in _CAUSED_BY_ROWS
    is_of_the_database = isinstance(error, OperationalError) or type(error) is DatabaseError
    return is_of_the_database or error.connection_invalidated


async def _call(process: Process[Item], part: Sequence[Item]) -> None:
    answer = process(part)
    if inspect.isawaitable(answer):
        await answer


def _describe(item: object) -> str:
    text = repr(clean(item))
    return text if len(text) <= _MAX_DESCRIPTION else text[: _MAX_DESCRIPTION - 1] + "…"


async def process_plainly(
    items: Iterable[Item] | AsyncIterable[Item],
    process: Process[Item],
    result: BatchResult,
    *,
    batch_size: int,
    concurrency: int,
) -> None:
    """Process batches, some at a time; the first failure cancels the others and is raised."""
    places = asyncio.Semaphore(concurrency)

    async def take(batch: Sequence[Item]) -> None:
        try:
            result.attempts += 1
            await _call(process, batch)
            result.processed += len(batch)
            observe("process", len(batch))
        finally:
            places.release()

    try:
        async with aclosing(batches(items, batch_size)) as lists, asyncio.TaskGroup() as tasks:
            async for batch in lists:
                await places.acquire()
                tasks.create_task(take(batch))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None

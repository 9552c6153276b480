"""Collecting rows and writing them in batches, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar

from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from app.utils._batch_insert import Conflict, insert_rows, upsert_rows, write_stored_values
from app.utils._batch_rows import batches, require_size, target_of

Model = TypeVar("Model", bound=DeclarativeBase)


class BatchOperations(Generic[Model]):
    """Collects rows of one table and writes them in batches.

    It flushes by itself when ``batch_size`` rows have come and when its block ends. It never
    commits unless told to; it rolls the transaction back, or the savepoint it is in, when its
    block raises. An object serves one task; it may be entered again after its block.

    Args:
        session: Its transaction takes the rows. What it holds itself is flushed first.
        model: A mapped class, or a table.
        batch_size: Rows of one statement, 1 to ``MAX_ROWS``.
        method: ``"copy"`` writes by ``COPY`` where the driver has it, with the same result.
        upsert_by: Columns of a unique key: a row whose key is there updates it. Of several
            rows with one key the last wins, in a batch and over batches.
        update: The columns that such a row sets; by default all that it gives.
        columns: Rows are tuples of these, with values as the database stores them: neither
            types nor defaults are asked, which is the cheapest way in.
        commit: Commit when the block has ended well.

    Attributes:
        added: Rows taken.
        written: Rows that statements carried: fewer than ``added`` before the end, and where
            several had one key.

    Raises:
        ValueError: ``batch_size`` is out of range, a column is unknown, or options contradict
            each other.
    """

    def __init__(
        self,
        session: AsyncSession,
        model: type[Model] | Table,
        batch_size: int = 500,
        *,
        method: Literal["insert", "copy"] = "insert",
        upsert_by: Sequence[str] = (),
        update: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        commit: bool = False,
    ) -> None:
        require_size(batch_size)
        if method not in {"insert", "copy"}:
            raise ValueError(f'method is "insert" or "copy", not {method!r}')
        if method == "copy" and upsert_by:
            raise ValueError("COPY cannot update rows that are there: upsert_by goes without it")
        if not upsert_by and update is not None:
            raise ValueError("update says what upsert_by does: name its columns")
        self._target = target_of(model)
        self._session = session
        self._batch_size = batch_size
        self._by_copy = method == "copy"
        self._columns = None if columns is None else self._target.column_keys(columns)
        self._conflict: Conflict | None = None
        if upsert_by:
            self._conflict = Conflict(
                self._target.column_keys(upsert_by),
                None if update is None else self._target.column_keys(update),
            )
        self._commits = commit
        self._rows: list[Any] = []
        self._failure: BaseException | None = None
        self._state: Literal["free", "entered", "ended"] = "free"
        self.added = 0
        self.written = 0

    async def add(self, row: Model | Mapping[str, Any] | Sequence[Any]) -> None:
        """Take an instance of the model, a mapping, or a tuple of ``columns``.

        An instance gives the attributes that were set, an explicit ``None`` included; what was
        not set is left to defaults. It is read now, and stays outside the session.

        Raises:
            TypeError: It is none of these.
            ValueError: The instance is in a session or has related objects.
        """
        self._require_usable()
        self._rows.append(row if self._columns is not None else self._target.row_of(row))
        self.added += 1
        if len(self._rows) >= self._batch_size:
            await self._write_all(len(self._rows))

    async def add_all(
        self,
        rows: Iterable[Model | Mapping[str, Any] | Sequence[Any]]
        | AsyncIterable[Model | Mapping[str, Any] | Sequence[Any]],
    ) -> None:
        """Take rows of any iterable, sync or async; never more than a batch of them is held."""
        async with aclosing(batches(rows, self._batch_size)) as lists:
            async for batch in lists:
                given: list[Any] = batch
                if self._columns is None:
                    given = [self._target.row_of(row) for row in batch]
                await self.add_rows(given)

    async def add_rows(self, rows: Sequence[Mapping[str, Any]] | Sequence[Sequence[Any]]) -> None:
        """Take mappings, or tuples of ``columns``, as they are: nothing is copied or looked at.

        The cheapest way for rows that are there already; do not change them before the flush.
        """
        self._require_usable()
        self._rows += rows
        self.added += len(rows)
        full = len(self._rows) - len(self._rows) % self._batch_size
        if full:
            await self._write_all(full)

    async def flush(self) -> None:
        """Write what was collected. Rows that cannot be written are given up, and the rest."""
        self._require_usable()
        await self._write_all(len(self._rows))

    async def _write_all(self, count: int) -> None:
        rows, self._rows = self._rows[:count], self._rows[count:]
        try:
            for first in range(0, count, self._batch_size):
                self.written += await self._write(rows[first : first + self._batch_size])
        except BaseException as error:
            self._failure = error
            self._rows = []
            raise

    async def _write(self, rows: list[Any]) -> int:
        if self._columns is not None:
            await write_stored_values(
                self._session,
                self._target,
                self._columns,
                rows,
                self._conflict,
                by_copy=self._by_copy,
            )
        elif self._conflict is not None:
            return await upsert_rows(self._session, self._target, rows, self._conflict)
        else:
            await insert_rows(self._session, self._target, rows, by_copy=self._by_copy)
        return len(rows)

    def _require_usable(self) -> None:
        if self._failure is not None:
            raise RuntimeError("an earlier batch failed: nothing more is taken") from self._failure
        if self._state == "ended":
            raise RuntimeError("the block of this batch has ended; enter it again")

    async def __aenter__(self) -> Self:
        if self._state == "entered":
            raise RuntimeError("this batch is entered already")
        self._state, self._failure, self._rows = "entered", None, []
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                await self._end()
        except BaseException as failure:
            await self._undo(failure)
            raise
        else:
            if error is not None:
                await self._undo(error)
        finally:
            self._state = "ended"

    async def _end(self) -> None:
        if self._failure is not None:
            raise self._failure
        await self.flush()
        if self._commits:
            await self._session.commit()

    async def _undo(self, error: BaseException) -> None:
        """Roll back; that this fails too, as when the server is gone, must not hide ``error``."""
        self._rows = []
        savepoint = self._session.get_nested_transaction()
        try:
            await (self._session if savepoint is None else savepoint).rollback()
        except DBAPIError as second:
            error.add_note(f"The rollback failed as well: {second}")

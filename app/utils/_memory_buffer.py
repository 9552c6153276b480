"""Rows that come one by one, gathered and written many at a time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol, Self, cast

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from app.utils._memory_failures import FailedBatch, Failures, Row
from app.utils.batch_ops import MAX_ROWS, bulk_insert

Sessions = Callable[[], AbstractAsyncContextManager[AsyncSession]]


class Timer(Protocol):
    """What can be called off."""

    def cancel(self) -> None:
        """Call it off."""
        ...


def _call_later(seconds: float, callback: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, callback)


class BulkInsertBuffer:
    """Takes rows of one table one by one and inserts them in batches.

    **With a factory of sessions** each batch is a transaction of its own. A batch is written
    when ``size`` rows have come, when the oldest has waited ``max_age_s``, at ``flush()`` and
    when the block ends, however it ends. One batch is written at a time, in a task of its own,
    so that a cancelled caller stops none; meanwhile rows are taken until ``capacity`` of them
    wait, then ``add`` waits too. A batch that fails is kept in ``failed`` and reported, and the
    next ones go on; ``retry_failed()`` takes it up again.

    **With a session** batches go into its transaction, which the caller commits: at ``size``
    rows, at the first ``add`` after ``max_age_s``, at ``flush()`` and at the end of the block
    unless that raised. An error reaches the caller at once; its batch is in ``failed``.

    Rows are in no one's database before their batch is written: what a killed process had
    gathered is lost. A buffer belongs to one event loop.

    Args:
        session: The factory (``async_sessionmaker`` or its ``begin``) or the session.
        model: The table's class.
        size: Rows of a batch, 1 to 1000.
        max_age_s: Seconds that a row waits at most; ``None``: as long as it takes.
        capacity: Most rows that wait or are being written; at least ``size``, by default four
            times that. Of failed rows as many are kept, the oldest are given up.
        on_error: Told each batch that failed. Without it, the end of the block raises.
        insert: Writes a batch in a session; default: ``bulk_insert``.
        clock: Seconds, from any beginning.
        call_later: Calls something after seconds; default: the event loop's.

    Raises:
        ValueError: ``size`` or ``capacity`` is out of range.

    >>> async with BulkInsertBuffer(sessions, Reject, size=500) as rejects:
    ...     await rejects.add({"run_id": 1, "reason": "no-coordinates"})
    """

    def __init__(
        self,
        session: AsyncSession | Sessions,
        model: type[DeclarativeBase],
        size: int = 500,
        *,
        max_age_s: float | None = 5.0,
        capacity: int | None = None,
        on_error: Callable[[FailedBatch], object] | None = None,
        insert: Callable[..., Awaitable[object]] = bulk_insert,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], Timer] = _call_later,
    ) -> None:
        if not 1 <= size <= MAX_ROWS:
            raise ValueError(f"size is 1 to {MAX_ROWS}, not {size}")
        self.capacity = 4 * size if capacity is None else capacity
        if self.capacity < size:
            raise ValueError(f"capacity is {size} or more, not {capacity}")
        self.size = size
        self.written = 0
        """Rows that were written."""
        self._session = session if isinstance(session, AsyncSession) else None
        self._sessions = cast("Sessions", session)  # asked only where there is no session
        self._model = model
        self._max_age_s = max_age_s
        self._failures = Failures(model.__tablename__, self.capacity, on_error)
        self._insert = insert
        self._clock = clock
        self._call_later = call_later
        self._rows: list[Row] = []
        self._added_at: deque[float] = deque()
        self._taken = 0
        self._settled = 0
        self._wanted = 0
        self._writer: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._progress = asyncio.Event()
        self._turn = asyncio.Lock()
        self._is_closed = False

    @property
    def failed(self) -> list[FailedBatch]:
        """Batches that could not be written, oldest first."""
        return list(self._failures.batches)

    @property
    def lost(self) -> int:
        """Failed rows that were given up, so that memory stays bounded."""
        return self._failures.lost

    @property
    def pending(self) -> int:
        """Rows that were taken and neither written nor failed yet."""
        return self._taken - self._settled

    async def add(self, row: Row) -> None:
        """Take a mapping of column names to values, or an instance; do not change it later.

        Waits while ``capacity`` rows wait already.

        Raises:
            RuntimeError: The buffer is closed.
        """
        while self._session is None and self.pending >= self.capacity:
            await self._wait_for_progress()
        if self._is_closed:
            raise RuntimeError("this buffer is closed: its rows are written")
        self._take([row])
        if self._session is not None:
            if len(self._rows) >= self.size or self._is_due():
                await self.flush()
        elif len(self._rows) >= self.size:
            self._start()
        else:
            self._set_timer()

    async def add_all(self, rows: Iterable[Row] | AsyncIterable[Row]) -> None:
        """Take many, from any iterable, in turn."""
        if isinstance(rows, AsyncIterable):
            async for row in rows:
                await self.add(row)
        else:
            for row in rows:
                await self.add(row)

    async def flush(self) -> None:
        """Write what was taken so far, and wait until it is settled: written or failed."""
        wanted = self._wanted = self._taken
        if self._session is not None:
            async with self._turn:
                await self._write_into(self._session)
            return
        while self._settled < wanted:
            await self._wait_for_progress()

    async def retry_failed(self) -> None:
        """Take the failed batches up again, and flush."""
        for batch in self._failures.take():
            self._take(batch.rows)
        await self.flush()

    async def close(self) -> None:
        """Flush, and take no more rows; closing twice does nothing more."""
        self._is_closed = True
        try:
            await self.flush()
        finally:
            self._stop_timer()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End: see the class.

        Raises:
            ExceptionGroup: Batches failed, and there is no ``on_error`` that was told.
        """
        if self._session is not None and error is not None:
            self._is_closed = True
            return
        await self.close()
        if error is None:
            self._failures.raise_unless_reported()

    def _take(self, rows: Sequence[Row]) -> None:
        now = self._clock()
        self._rows.extend(rows)
        self._added_at.extend([now] * len(rows))
        self._taken += len(rows)

    def _is_due(self) -> bool:
        return self._max_age_s is not None and (
            self._clock() - self._added_at[0] >= self._max_age_s
        )

    def _set_timer(self) -> None:
        if self._timer is None and self._max_age_s is not None and not self._is_closed:
            left_s = self._added_at[0] + self._max_age_s - self._clock()
            self._timer = self._call_later(max(left_s, 0.0), self._ring)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._rows and self._is_due():
            self._wanted = self._taken
            self._start()
        elif self._rows:
            self._set_timer()

    def _start(self) -> None:
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all(), name="insert buffer")

    async def _wait_for_progress(self) -> None:
        self._start()
        await self._progress.wait()

    async def _write_all(self) -> None:
        """The one writer: until what was asked for is settled and less than a batch waits."""
        while self._rows and (len(self._rows) >= self.size or self._settled < self._wanted):
            batch = self._next_batch()
            try:
                async with self._sessions() as session:
                    await self._insert(session, self._model, batch)
                    await session.commit()
            except Exception as error:  # noqa: BLE001 - kept and reported, whatever it is
                self._settle(batch, error)
            except BaseException as error:
                self._settle(batch, error)
                raise
            else:
                self._settle(batch, None)

    async def _write_into(self, session: AsyncSession) -> None:
        while self._rows:
            batch = self._next_batch()
            try:
                await self._insert(session, self._model, batch)
            except BaseException as error:
                self._settle(batch, error)
                raise
            self._settle(batch, None)

    def _next_batch(self) -> list[Row]:
        batch = self._rows[: self.size]
        del self._rows[: self.size]
        for _ in batch:
            self._added_at.popleft()
        if not self._rows:
            self._stop_timer()
        return batch

    def _settle(self, batch: list[Row], error: BaseException | None) -> None:
        self._settled += len(batch)
        if error is None:
            self.written += len(batch)
        else:
            self._failures.add(FailedBatch(batch, error))
        done, self._progress = self._progress, asyncio.Event()
        done.set()

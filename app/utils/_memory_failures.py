"""Batches that could not be written: kept within bounds, logged, counted, reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import DeclarativeBase

from app.utils.advanced_logging import setup_logging
from app.utils.metrics import errors_total

Row = Mapping[str, Any] | DeclarativeBase


class FailedBatch(NamedTuple):
    """Rows that could not be written, and why."""

    rows: list[Any]
    error: BaseException


class Failures:
    """Failed batches, oldest first.

    Args:
        table: Its name, for the log.
        max_rows: Most rows that are kept; the oldest batches are given up.
        on_error: Told of each batch.
    """

    def __init__(
        self, table: str, max_rows: int, on_error: Callable[[FailedBatch], object] | None
    ) -> None:
        self.batches: list[FailedBatch] = []
        self.lost = 0
        self.is_reported = on_error is not None
        self._table = table
        self._max_rows = max_rows
        self._on_error = on_error
        self._log = setup_logging("app.memory")

    def add(self, failure: FailedBatch) -> None:
        """Keep and report one; never raises."""
        self.batches.append(failure)
        while self.count_rows() > self._max_rows:
            self.lost += len(self.batches.pop(0).rows)
        errors_total.labels("batch").inc()
        # The error's own text may hold the rows; whoever reads the log needs not see them.
        self._log.error(
            "a batch could not be written",
            extra={
                "table": self._table,
                "rows": len(failure.rows),
                "error": type(failure.error).__name__,
                "lost": self.lost,
            },
        )
        if self._on_error is not None:
            try:
                self._on_error(failure)
            except Exception:  # noqa: BLE001 - whatever is made of the report, writing goes on
                self._log.exception("a failed batch could not be reported")

    def count_rows(self) -> int:
        """Rows that are kept."""
        return sum(len(batch.rows) for batch in self.batches)

    def take(self) -> list[FailedBatch]:
        """All of them, to be tried again."""
        batches, self.batches = self.batches, []
        return batches

    def raise_unless_reported(self) -> None:
        """Raise what failed, if nobody was told.

        Raises:
            ExceptionGroup: Of the errors of the batches that are kept.
        """
        if self.batches and not self.is_reported:
            raise BaseExceptionGroup(
                f"{self.count_rows()} rows of {self._table} could not be written",
                [batch.error for batch in self.batches],
            )

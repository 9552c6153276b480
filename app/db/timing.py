"""How long statements take and how many connections are out: fed by SQLAlchemy's own events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from prometheus_client import Histogram
from sqlalchemy import Join, Select, TableClause, event
from sqlalchemy.engine import Engine, ExceptionContext, ExecutionContext
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import Compiled

from app.utils import metrics

_VERBS = frozenset({"select", "insert", "update", "delete"})
OTHER = "other"
"""The ``operation`` of statements that neither read nor write rows, as ``BEGIN``."""

_MOST_SERIES = 256


@lru_cache(maxsize=_MOST_SERIES)
def _series(operation: str, table: str) -> Histogram:
    return metrics.db_query_duration.labels(operation, table)


class TimedRead:
    """Times a ``SELECT`` that goes past SQLAlchemy, as a context; costs about 2 µs.

    Args:
        table: The one that it reads first.
    """

    __slots__ = ("_started_s", "_table")

    def __init__(self, table: str = "") -> None:
        self._table = table

    def __enter__(self) -> None:
        self._started_s = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        if metrics.is_enabled():
            _series("select", self._table).observe(time.perf_counter() - self._started_s)


@contextmanager
def counted_as_active() -> Iterator[None]:
    """Count a connection of a pool that is not SQLAlchemy's while it is out."""
    if not metrics.is_enabled():
        yield
        return
    metrics.active_connections.inc()
    try:
        yield
    finally:
        metrics.active_connections.dec()


def watch(engine: AsyncEngine) -> None:
    """Feed ``db_query_duration`` and ``active_connections`` from an engine, and count failures.

    ``operation`` is the first word of a statement and ``table`` the first that it names in
    the schema of the program, never its text: what is written by hand has no table. An
    ``executemany`` counts once, a failed statement too, and as ``errors_total{type="database"}``.
    With metrics off, nothing is attached.
    """
    if metrics.is_enabled():
        _watch_statements(engine.sync_engine)
        _Connections(engine.sync_engine)


def _watch_statements(engine: Engine) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def begin(
        _connection: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _many: Any
    ) -> None:
        if context is not None:
            context.started_s = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(
        _connection: Any, _cursor: Any, sql: str, _values: Any, context: Any, _many: Any
    ) -> None:
        _observe(context, sql)

    @event.listens_for(engine, "handle_error")
    def fail(failure: ExceptionContext) -> None:
        if isinstance(failure.original_exception, Exception):
            metrics.errors_total.labels("database").inc()
        if failure.statement is not None:
            _observe(failure.execution_context, failure.statement)


def _observe(context: ExecutionContext | None, sql: str) -> None:
    started_s = getattr(context, "started_s", None)
    if context is None or started_s is None:
        return
    taken_s = time.perf_counter() - started_s
    compiled = context.compiled
    if compiled is None:
        _series(_verb(sql), "").observe(taken_s)
        return
    series = _by_compiled.get(compiled)
    if series is None:
        series = _by_compiled[compiled] = _series(_verb(sql), _first_table(compiled))
    series.observe(taken_s)


_by_compiled: WeakKeyDictionary[Compiled, Histogram] = WeakKeyDictionary()
"""Looked up rather than found anew: SQLAlchemy keeps compiled statements too."""


def _verb(sql: str) -> str:
    word = sql.lstrip()[:6].lower()
    return word if word in _VERBS else OTHER


def _first_table(compiled: Compiled) -> str:
    statement: Any = compiled.statement
    source = getattr(statement, "table", None)
    if source is None and isinstance(statement, Select):
        source = next(iter(statement.get_final_froms()), None)
        while isinstance(source, Join):
            source = source.left
    if isinstance(source, TableClause):
        return source.name
    named = (part for part in visitors.iterate(statement) if isinstance(part, TableClause))
    return next((part.name for part in named), "")


class _Connections:
    """Who is out of an engine's pool, so that nothing is taken back twice or never.

    A checkout that fails is checked in without ever having been out; a detached connection
    leaves its record and is out until it is closed.
    """

    def __init__(self, engine: Engine) -> None:
        self._out: set[int] = set()
        event.listen(engine, "checkout", self._check_out)
        event.listen(engine, "checkin", self._check_in)
        event.listen(engine, "detach", self._detach)
        event.listen(engine, "close_detached", self._close_detached)

    def _check_out(self, _connection: Any, record: Any, _proxy: Any) -> None:
        self._enter(record)

    def _check_in(self, _connection: Any, record: Any) -> None:
        self._leave(record)

    def _detach(self, connection: Any, record: Any) -> None:
        self._leave(record)
        self._enter(connection)

    def _close_detached(self, connection: Any) -> None:
        self._leave(connection)

    def _enter(self, holder: object) -> None:
        if id(holder) not in self._out:
            self._out.add(id(holder))
            metrics.active_connections.inc()

    def _leave(self, holder: object) -> None:
        if id(holder) in self._out:
            self._out.remove(id(holder))
            metrics.active_connections.dec()

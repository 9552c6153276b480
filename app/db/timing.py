"""How long statements take and how many connections are out: fed by the drivers' own events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.utils.metrics import active_connections, db_query_duration

_BY_VERB = {
    verb: db_query_duration.labels(verb.lower(), "")
    for verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "OTHER")
}
"""The first word of a statement, never its text: the label stays bounded."""


@contextmanager
def timed_read() -> Iterator[None]:
    """Time a ``SELECT`` that goes past SQLAlchemy; costs about 3 µs."""
    started = time.perf_counter()
    try:
        yield
    finally:
        _BY_VERB["SELECT"].observe(time.perf_counter() - started)


def watch(engine: AsyncEngine) -> None:
    """Feed ``db_query_duration`` and ``active_connections`` from an engine."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def begin(
        _connection: Any, _cursor: Any, _sql: str, _values: Any, context: Any, _: Any
    ) -> None:
        if context is not None:
            context.started_s = time.perf_counter()

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def end(_connection: Any, _cursor: Any, sql: str, _values: Any, context: Any, _: Any) -> None:
        if context is not None:
            verb = sql.lstrip()[:6].upper()
            taken_s = time.perf_counter() - context.started_s
            _BY_VERB.get(verb, _BY_VERB["OTHER"]).observe(taken_s)

    @event.listens_for(engine.sync_engine, "checkout")
    def check_out(*_: Any) -> None:
        active_connections.inc()

    @event.listens_for(engine.sync_engine, "checkin")
    def check_in(*_: Any) -> None:
        active_connections.dec()

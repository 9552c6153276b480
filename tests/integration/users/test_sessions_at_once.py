"""What happens to a session at one and the same instant, step by step, on PostgreSQL.

SQLite has one writer at a time, so nothing of this can happen there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import event, text
from sqlalchemy.util import await_only

from app.db.engine import Database
from app.db.session import reading
from tests.integration.users.conftest import Person

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("catalogue", ["postgresql"], indirect=True),
]

NEW = "heron-cello-marble-4"
_PATIENCE_S = 30.0
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@contextmanager
def pausing(database: Database, until: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Hold the first transaction that has marked a token used, before it makes the next one."""
    has_paused = False

    def pause(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal has_paused
        if not has_paused and statement.startswith("UPDATE refresh_token SET used_at"):
            has_paused = True
            await_only(until())

    event.listen(database.engine.sync_engine, "after_cursor_execute", pause)
    try:
        yield
    finally:
        event.remove(database.engine.sync_engine, "after_cursor_execute", pause)
    assert has_paused


async def in_the_midst(
    database: Database,
    first: Coroutine[Any, Any, Response],
    second: Coroutine[Any, Any, Response],
) -> tuple[Response, Response]:
    """Two requests, of which the second comes while the first has its token in hand."""
    begun: list[asyncio.Task[Response]] = []

    async def until_the_second_waits_or_is_through() -> None:
        other = asyncio.create_task(second)
        begun.append(other)
        async with asyncio.timeout(_PATIENCE_S):
            while not other.done() and not await _somebody_waits(database):
                pass

    with pausing(database, until_the_second_waits_or_is_through):
        answer = await first
    return answer, await begun[0]


async def _somebody_waits(database: Database) -> bool:
    async with reading(database) as session:
        return bool(await session.scalar(_WAITING))


async def test_a_new_password_waits_for_an_exchange_and_ends_what_it_made(
    application: FastAPI, person: Person
) -> None:
    """Without the lock on the account's row each would wait for the other."""
    refreshed, changed = await in_the_midst(
        application.state.resources.database, person.refresh(), person.change(password=NEW)
    )
    assert (refreshed.status_code, changed.status_code) == (200, 200)
    tokens = refreshed.json()
    assert (await person.refresh(tokens["refresh_token"])).status_code == 401
    person.access_token = tokens["access_token"]
    assert (await person.me()).status_code == 401


async def test_of_two_exchanges_of_a_token_one_succeeds_and_the_session_is_over(
    application: FastAPI, person: Person
) -> None:
    """For all that anybody knows the second is a copy's."""
    first, second = await in_the_midst(
        application.state.resources.database, person.refresh(), person.refresh()
    )
    assert (first.status_code, second.status_code) == (200, 401)
    assert (await person.refresh(first.json()["refresh_token"])).status_code == 401


async def test_a_log_out_waits_for_an_exchange_and_ends_what_it_made(
    application: FastAPI, person: Person
) -> None:
    logging_out = person.client.post(
        "/api/v1/auth/logout", json={"refresh_token": person.refresh_token}
    )
    refreshed, ended = await in_the_midst(
        application.state.resources.database, person.refresh(), logging_out
    )
    assert (refreshed.status_code, ended.status_code) == (200, 204)
    assert (await person.refresh(refreshed.json()["refresh_token"])).status_code == 401

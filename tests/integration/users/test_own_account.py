"""Changing, taking along and closing one's own account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from app.db.session import reading
from app.favorites.models import Favorite
from app.users import keys
from app.users.models import ApiKey, RefreshToken, User
from app.users.vocabulary import Role, Scope
from tests.integration.users.conftest import PASSWORD, Person, SignUp

pytestmark = pytest.mark.anyio

NEW = "heron-cello-marble-4"


async def test_a_change_needs_the_current_password(person: Person) -> None:
    answer = await person.change(email="other@example.org", current_password=NEW)
    assert answer.status_code == 401
    assert (await person.me()).json()["email"] == person.email


async def test_names_change_and_log_in_follows(person: Person) -> None:
    answer = await person.change(email="Moved@example.org", username=f"{person.username}-2")
    assert answer.status_code == 200
    assert answer.json()["email"] == "Moved@example.org"
    assert (await person.me()).json() == answer.json()
    assert (await person.log_in(f"{person.username}-2")).status_code == 200
    assert (await person.log_in(person.username)).status_code == 401
    assert (await person.change(email=f"{person.username}@example.org")).status_code == 200


async def test_a_name_of_another_cannot_be_taken(sign_up: SignUp) -> None:
    person, other = await sign_up(), await sign_up()
    for taken in ({"email": other.email.upper()}, {"username": other.username.upper()}):
        answer = await person.change(**taken)
        assert answer.status_code == 409
    assert (await person.me()).json()["username"] == person.username


async def test_a_new_password_ends_all_sessions(person: Person) -> None:
    await person.log_in()
    elsewhere = person.refresh_token
    await person.log_in()
    assert (await person.change(password=NEW)).status_code == 200
    assert (await person.me()).status_code == 401
    assert (await person.refresh()).status_code == 401
    assert (await person.refresh(elsewhere)).status_code == 401
    assert (await person.log_in()).status_code == 401
    assert (await person.log_in(password=NEW)).status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"email": "nobody"},
        {"password": "short"},
        {"role": "admin"},
        {"disabled_at": None},
        {"id": "another"},
    ],
)
async def test_what_is_no_change_is_refused(person: Person, wanted: dict[str, Any]) -> None:
    assert (await person.change(**wanted)).status_code == 422
    assert (await person.me()).json()["role"] == "driver"


async def test_a_password_is_not_ones_own_address_or_name(person: Person) -> None:
    for password in (person.email, person.username.upper()):
        answer = await person.change(password=password)
        assert answer.status_code == 422
        assert "must not be the username" in answer.json()["detail"]


async def test_an_account_is_closed_with_all_that_belongs_to_it(
    application: FastAPI, person: Person
) -> None:
    database = application.state.resources.database
    async with reading(database) as session:
        user = await session.scalar(select(User).where(User.public_id == person.id))
    assert user is not None
    await keys.make(database, "a key", [Scope.FAVORITES], owner=user, expires_at=None)
    answer = await person.client.delete("/api/v1/users/me", headers=person.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await person.me()).status_code == 401
    assert (await person.refresh()).status_code == 401
    assert (await person.log_in()).status_code == 401
    async with reading(database) as session:
        for table in (RefreshToken, ApiKey, Favorite):
            left = await session.scalar(
                select(func.count()).select_from(table).where(table.user_id == user.id)
            )
            assert not left, table
    again = {"email": person.email, "username": person.username, "password": PASSWORD}
    assert (await person.client.post("/api/v1/users", json=again)).status_code == 201


async def test_what_is_kept_is_given_without_secrets(application: FastAPI, person: Person) -> None:
    database = application.state.resources.database
    async with reading(database) as session:
        user = await session.scalar(select(User).where(User.public_id == person.id))
    assert user is not None
    made = await keys.make(database, "my car", [Scope.FAVORITES], owner=user, expires_at=None)
    answer = await person.client.get("/api/v1/users/me/export", headers=person.headers)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    export = answer.json()
    assert export["account"]["email"] == person.email
    assert datetime.fromisoformat(export["exported_at"]) <= datetime.now(UTC)
    assert len(export["sessions"]) == 1
    assert [key["name"] for key in export["api_keys"]] == ["my car"]
    assert export["favorites"] == []
    for secret in (made.secret, person.refresh_token, user.password_hash, "hash"):
        assert secret not in answer.text


async def test_no_account_is_answered_that_was_not_committed(
    application: FastAPI, client: AsyncClient
) -> None:
    """The commit comes before the answer: one that fails answers 503, and nobody is there."""
    engine = application.state.resources.database.engine.sync_engine

    def fail(*_: object) -> None:
        raise OperationalError("COMMIT", None, ConnectionError("the line broke"))

    event.listen(engine, "commit", fail)
    try:
        body = {"email": "lost@example.org", "username": "lost", "password": PASSWORD}
        answer = await client.post("/api/v1/users", json=body)
    finally:
        event.remove(engine, "commit", fail)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "line broke" not in answer.text
    assert (await client.post("/api/v1/users", json=body)).status_code == 201


async def test_asking_and_logging_in_take_a_fixed_number_of_statements(
    application: FastAPI, person: Person
) -> None:
    engine = application.state.resources.database.engine.sync_engine
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        await person.me()
        asked, statements[:] = _without_begin(statements), []
        await person.log_in()
        logged_in, statements[:] = _without_begin(statements), []
        await person.refresh()
        refreshed = _without_begin(statements)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert [len(asked), len(logged_in), len(refreshed)] == [1, 4, 4]


def _without_begin(statements: list[str]) -> list[str]:
    return [one for one in statements if not one.startswith(("BEGIN", "SET", "DISCARD"))]


def test_roles_include_those_before_them() -> None:
    included = {(role, other): role.includes(other) for role in Role for other in Role}
    assert [pair for pair, holds in included.items() if not holds] == [
        (Role.DRIVER, Role.PUBLISHER),
        (Role.DRIVER, Role.ADMIN),
        (Role.PUBLISHER, Role.ADMIN),
    ]

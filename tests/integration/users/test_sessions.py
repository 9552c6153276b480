"""Refresh tokens: each holds once, and a copy ends the session."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import select, update

from app.db.session import reading, writing
from app.users import accounts, sessions
from app.users.errors import CredentialsInvalid
from app.users.models import RefreshToken, User
from app.users.tokens import hash_of
from tests.integration.users.conftest import Person, SignUp

pytestmark = pytest.mark.anyio

NEW = "heron-cello-marble-4"


async def test_a_refresh_token_is_exchanged_for_new_tokens(person: Person) -> None:
    answer = await person.refresh()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    fresh = answer.json()
    assert fresh["refresh_token"] != person.refresh_token
    person.access_token = fresh["access_token"]
    assert (await person.me()).status_code == 200


async def test_a_used_token_revokes_all_that_followed_from_it(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    second = (await person.refresh()).json()["refresh_token"]
    third = (await person.refresh(second)).json()["refresh_token"]
    with caplog.at_level(logging.WARNING, "app.audit"):
        refused = await person.refresh()
    assert refused.status_code == 401
    assert refused.json()["type"].endswith("#refresh-refused")
    assert [one.message for one in caplog.records if one.name == "app.audit"] == ["refresh-reused"]
    assert (await person.refresh(third)).status_code == 401


async def test_other_log_ins_go_on_when_one_is_revoked(person: Person) -> None:
    first = person.refresh_token
    await person.log_in()
    await person.refresh(first)
    assert (await person.refresh(first)).status_code == 401
    assert (await person.refresh()).status_code == 200


async def test_of_ten_exchanges_of_one_token_at_once_at_most_one_succeeds(person: Person) -> None:
    """The second is a copy's, for all that anybody knows: the session is over."""
    answers = await asyncio.gather(*(person.refresh() for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 9}
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await person.refresh(winner.json()["refresh_token"])).status_code == 401


async def test_a_log_out_ends_the_session_and_may_be_repeated(
    client: AsyncClient, person: Person
) -> None:
    for token in (person.refresh_token, person.refresh_token, "never seen"):
        answer = await client.post("/api/v1/auth/logout", json={"refresh_token": token})
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await person.refresh()).status_code == 401


@pytest.mark.parametrize("token", ["", "x" * 300, "vwr_unknown", "nul\0"])
async def test_what_is_no_token_is_refused(person: Person, token: str) -> None:
    answer = await person.client.post("/api/v1/auth/refresh", json={"refresh_token": token})
    assert answer.status_code in {401, 422}


async def _expire(application: FastAPI, token: str) -> None:
    async with writing(application.state.resources.database) as session:
        await session.execute(
            update(RefreshToken)
            .where(RefreshToken.token_hash == hash_of(token))
            .values(expires_at=datetime.now(UTC) - timedelta(1))
        )


async def _kept_of(application: FastAPI, person: Person) -> list[bytes]:
    mine = select(RefreshToken.token_hash).join(User).where(User.public_id == person.id)
    async with reading(application.state.resources.database) as session:
        return list(await session.scalars(mine.order_by(RefreshToken.id)))


async def test_an_expired_token_is_refused_and_forgotten_at_the_next_log_in(
    application: FastAPI, person: Person
) -> None:
    await _expire(application, person.refresh_token)
    assert (await person.refresh()).status_code == 401
    await person.log_in()
    assert await _kept_of(application, person) == [hash_of(person.refresh_token)]


async def test_a_session_that_is_carried_on_for_ever_leaves_no_trail(
    application: FastAPI, person: Person
) -> None:
    tokens = [person.refresh_token]
    for _ in range(3):
        tokens.append((await person.refresh(tokens[-1])).json()["refresh_token"])
    for token in tokens[:-1]:
        await _expire(application, token)
    last = (await person.refresh(tokens[-1])).json()["refresh_token"]
    assert await _kept_of(application, person) == [hash_of(tokens[-1]), hash_of(last)]


async def test_only_hashes_of_tokens_are_kept(application: FastAPI, person: Person) -> None:
    async with reading(application.state.resources.database) as session:
        rows = (await session.execute(select(RefreshToken.__table__))).all()
    assert person.refresh_token not in str(rows)


async def test_a_new_password_ends_sessions_however_they_are_carried_on_meanwhile(
    sign_up: SignUp,
) -> None:
    """Neither a refresh nor a log-in that runs beside outlives the change."""
    for _ in range(5):
        person = await sign_up()
        changed, refreshed = await asyncio.gather(person.change(password=NEW), person.refresh())
        assert changed.status_code == 200
        if refreshed.status_code == 200:
            tokens = refreshed.json()
            assert (await person.refresh(tokens["refresh_token"])).status_code == 401
            person.access_token = tokens["access_token"]
        assert (await person.me()).status_code == 401


async def test_a_log_in_that_a_new_password_overtakes_begins_no_session(
    application: FastAPI, person: Person
) -> None:
    resources = application.state.resources
    entered = await accounts.log_in(
        resources.database, resources.passwords, person.username, person.password
    )
    assert (await person.change(password=NEW)).status_code == 200
    with pytest.raises(CredentialsInvalid):
        await sessions.begin(resources.database, resources.signer, entered)

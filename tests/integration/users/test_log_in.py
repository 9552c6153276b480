"""Logging in, and what an access token is good for."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import update

from app.db.session import writing
from app.users import accounts, ruling
from app.users.models import User
from app.users.tokens import Access
from app.utils.advanced_logging import flush_logging
from tests.integration.users.conftest import PASSWORD, Person

pytestmark = pytest.mark.anyio

WRONG = "not-my-password-1"


async def test_a_log_in_answers_tokens_that_no_cache_keeps(person: Person) -> None:
    answer = await person.log_in()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (await person.me()).json()["id"] == person.id


async def test_either_name_logs_in_in_any_case_and_width(person: Person) -> None:
    for name in (person.email.upper(), person.username.upper(), "\uff50" + person.username[1:]):
        assert (await person.log_in(name)).status_code == 200


async def test_a_log_in_with_fields_missing_is_refused_by_their_names(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/auth/token", data={"username": "ada"})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/body/password"]


async def test_a_hash_of_old_parameters_is_replaced_at_the_next_log_in(
    application: FastAPI, person: Person
) -> None:
    database = application.state.resources.database
    old = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    async with writing(database) as session:
        await session.execute(
            update(User).where(User.public_id == person.id).values(password_hash=old)
        )
    assert (await person.log_in()).status_code == 200
    kept = (await accounts.find(database, person.id)).password_hash
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await person.log_in()).status_code == 200
    assert (await accounts.find(database, person.id)).password_hash == kept


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (None, None),
        ("Authorization", ""),
        ("Authorization", "Bearer"),
        ("Authorization", "Bearer  "),
        ("Authorization", "Basic YTpi"),
        ("Authorization", "Bearer x.y.z"),
        ("Authorization", "Bearer " + "x" * 5_000),
        ("X-API-Key", "nonsense"),
        ("X-API-Key", "vw_\xff"),
    ],
)
async def test_without_a_token_that_holds_the_answer_is_a_challenge(
    client: AsyncClient, header: str | None, value: str | None
) -> None:
    headers = {header.encode(): (value or "").encode("latin-1")} if header else {}
    answer = await client.get("/api/v1/users/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"].endswith("#not-signed-in")
    if header:
        assert header in answer.json()["detail"]


async def test_a_token_holds_no_longer_than_its_account(
    application: FastAPI, person: Person
) -> None:
    resources = application.state.resources
    now = datetime.now(UTC)
    stranger = resources.signer.issue(Access("0" * 24, 0))
    expired = resources.signer.issue(Access(person.id, 0), now=now - timedelta(minutes=16))
    for token in (stranger, expired):
        person.access_token = token
        assert (await person.me()).status_code == 401
    await person.log_in()
    await ruling.set_disabled(resources.database, person.id, is_disabled=True)
    assert (await person.me()).status_code == 401
    assert (await person.refresh()).status_code == 401
    assert (await person.log_in()).status_code == 401
    await ruling.set_disabled(resources.database, person.id, is_disabled=False)
    assert (await person.log_in()).status_code == 200
    assert (await person.me()).status_code == 200


async def test_a_log_line_names_who_asked_and_nobody_after_that(
    person: Person, capfd: pytest.CaptureFixture[str]
) -> None:
    await person.me()
    await person.client.get("/api/v1/users/me")
    flush_logging()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    asked = [line for line in lines if line.get("path") == "/api/v1/users/me"]
    assert [line.get("user_id") for line in asked] == [person.id, None]


async def test_the_audit_names_accounts_by_their_ids_alone(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await person.log_in()
        await person.log_in(password=WRONG)
    events = [
        (vars(record)["event"], vars(record)["account"])
        for record in caplog.records
        if record.name == "app.audit"
    ]
    assert events == [("log-in", person.id), ("log-in-refused", person.id)]
    assert person.email not in caplog.text
    assert person.password not in caplog.text

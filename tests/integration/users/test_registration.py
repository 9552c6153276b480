"""Making an account: what is accepted, what is refused, and who is first."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import func, select

from app.db.session import reading
from app.users.models import User
from tests.integration.users.conftest import PASSWORD, Person

pytestmark = pytest.mark.anyio


def _body(**more: Any) -> dict[str, Any]:
    return {"email": "new@example.org", "username": "newcomer", "password": PASSWORD, **more}


async def _count(application: FastAPI, email_folded: str) -> int:
    async with reading(application.state.resources.database) as session:
        counted = await session.scalar(
            select(func.count()).where(User.email_folded == email_folded)
        )
    return counted or 0


async def test_an_account_is_answered_without_its_password(client: AsyncClient) -> None:
    body = _body(email="Zoe@Example.org", username="Zoë")
    answer = await client.post("/api/v1/users", json=body)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    account = answer.json()
    assert {name: account[name] for name in ("email", "username", "role")} == {
        "email": "Zoe@example.org",
        "username": "Zoë",
        "role": "driver",
    }
    assert set(account) == {"id", "email", "username", "role", "created_at"}


@pytest.mark.parametrize(
    ("email", "username"),
    [
        ("{name}@EXAMPLE.org", "somebody-else"),
        ("{NAME}@example.org", "somebody-else"),
        ("else@example.org", "{NAME}"),
        ("else@example.org", "\uff50{rest}"),
    ],
)
async def test_a_name_is_taken_in_any_case_and_width(
    client: AsyncClient, application: FastAPI, person: Person, email: str, username: str
) -> None:
    names = {
        "name": person.username,
        "NAME": person.username.upper(),
        "rest": person.username[1:],
    }
    body = _body(email=email.format(**names), username=username.format(**names))
    answer = await client.post("/api/v1/users", json=body)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("#account-taken")
    assert await _count(application, person.email) == 1
    assert await _count(application, "else@example.org") == 0
    assert (await person.me()).json()["email"] == person.email


async def test_of_twenty_who_want_one_address_at_once_one_gets_it(
    client: AsyncClient, application: FastAPI
) -> None:
    answers = await asyncio.gather(
        *(
            client.post(
                "/api/v1/users", json=_body(email="race@example.org", username=f"racer{number}")
            )
            for number in range(20)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert await _count(application, "race@example.org") == 1


@pytest.mark.parametrize(
    ("fault", "pointer"),
    [
        ({"email": "nobody"}, "/body/email"),
        ({"email": "a@b"}, "/body/email"),
        ({"email": "a@b.example\x00"}, "/body/email"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "/body/email"),
        ({"email": "a" * 250 + "@example.org"}, "/body/email"),
        ({"email": None}, "/body/email"),
        ({"username": "ab"}, "/body/username"),
        ({"username": "a" * 33}, "/body/username"),
        ({"username": "two words"}, "/body/username"),
        ({"username": "ada\u200b"}, "/body/username"),
        ({"username": "\u0430da"}, "/body/username"),
        ({"username": "me@example.org"}, "/body/username"),
        ({"username": ["ada"]}, "/body/username"),
        ({"password": "short"}, "/body/password"),
        ({"password": "x7" * 65}, "/body/password"),
        ({"password": "password123"}, "/body/password"),
        ({"password": "newcomer", "username": "newcomer"}, "/body/password"),
        ({"password": 12345678}, "/body/password"),
        ({"role": "admin"}, "/body/role"),
        ({"is_admin": True}, "/body/is_admin"),
    ],
)
async def test_what_makes_no_account_is_refused_by_its_name_and_not_repeated(
    client: AsyncClient, fault: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/api/v1/users", json=_body(**fault))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert str(fault.get("password", "no password")) not in answer.text


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "Field required"),
        (b"{", "This is no JSON from character 1 on: Expecting property name"),
        (b'{"email": }', "This is no JSON from character 10 on: Expecting value"),
        (b"[]", "Input should be a valid dictionary"),
        (b"null", "Input should be a valid dictionary"),
        (b'{"email": "\xff"}', "It is not UTF-8"),
        (b'{"email": ' + b"9" * 5_000 + b"}", "It is not UTF-8, or holds a number"),
    ],
)
async def test_what_is_no_json_object_is_refused_by_where_it_ends_to_be_one(
    client: AsyncClient, body: bytes, detail: str
) -> None:
    answer = await client.post(
        "/api/v1/users", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/body"
    assert fault["detail"].startswith(detail)

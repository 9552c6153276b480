"""API keys: shown once, good for what they were made for, and over when they are revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import select, update

from app.db.session import reading, writing
from app.users import keys, ruling
from app.users.models import ApiKey
from app.users.vocabulary import Role
from tests.integration.users.conftest import Person, SignUp

pytestmark = pytest.mark.anyio


async def make(person: Person, *scopes: str, **more: Any) -> Response:
    body = {"name": "my car", "scopes": scopes or ("favorites",), **more}
    return await person.client.post("/api/v1/keys", json=body, headers=person.headers)


async def listed(person: Person) -> list[dict[str, Any]]:
    answer = await person.client.get("/api/v1/keys", headers=person.headers)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_key_is_shown_once_and_kept_as_a_hash(application: FastAPI, person: Person) -> None:
    made = await make(person)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    secret = made.json()["key"]
    assert secret.startswith("vw_")
    assert secret.startswith(made.json()["prefix"])
    (item,) = await listed(person)
    assert "key" not in item
    assert secret not in str(item)
    async with reading(application.state.resources.database) as session:
        (row,) = (await session.scalars(select(ApiKey).where(ApiKey.public_id == item["id"]))).all()
    assert secret.encode() not in row.key_hash


async def test_keys_are_listed_page_by_page(
    application: FastAPI, person: Person, sign_up: SignUp
) -> None:
    await make(await sign_up())
    names = [f"key {number}" for number in range(5)]
    for name in names:
        await make(person, name=name)
    await ruling.set_role(application.state.resources.database, person.id, Role.ADMIN)
    await person.log_in()
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while query.get("cursor", "first") is not None:
        answer = await person.client.get("/api/v1/keys", params=query, headers=person.headers)
        assert len(answer.json()["items"]) <= 2
        seen += [item["name"] for item in answer.json()["items"]]
        query["cursor"] = answer.json()["next_cursor"]
    assert seen[:5] == names[::-1]
    assert len(seen) >= 6, "an admin sees the keys of others"
    for wrong in ({"limit": 0}, {"limit": 501}, {"cursor": "x"}, {"cursor": 2**63}):
        answer = await person.client.get("/api/v1/keys", params=wrong, headers=person.headers)
        assert answer.status_code == 422
        (name,) = wrong
        assert [one["pointer"] for one in answer.json()["errors"]] == [f"/query/{name}"]


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_a_key_may_what_it_was_made_for(person: Person, header: str) -> None:
    secret = (await make(person)).json()["key"]
    shown = {header: f"Bearer {secret}" if header == "Authorization" else secret}
    client = person.client
    assert (await client.get("/api/v1/favorites", headers=shown)).status_code == 200
    for path in ("/api/v1/users/me", "/api/v1/keys", "/api/v1/users/me/export"):
        refused = await client.get(path, headers=shown)
        assert refused.status_code == 403, path
    (item,) = await listed(person)
    assert item["last_used_at"] is not None


async def test_a_key_of_another_scope_is_told_which_it_needs(
    application: FastAPI, person: Person
) -> None:
    database = application.state.resources.database
    await ruling.set_role(database, person.id, Role.PUBLISHER)
    await person.log_in()
    secret = (await make(person, "status:write")).json()["key"]
    refused = await person.client.get("/api/v1/favorites", headers={"X-API-Key": secret})
    assert refused.status_code == 403
    assert refused.json()["scope"] == "favorites"


async def test_a_driver_makes_no_keys_that_publish(person: Person) -> None:
    refused = await make(person, "status:write")
    assert refused.status_code == 403
    assert refused.json()["role"] == "publisher"


async def test_a_revoked_key_is_over_at_once(person: Person) -> None:
    made = (await make(person)).json()
    for _ in range(2):
        answer = await person.client.delete(f"/api/v1/keys/{made['id']}", headers=person.headers)
        assert answer.status_code == 204
    refused = await person.client.get("/api/v1/favorites", headers={"X-API-Key": made["key"]})
    assert refused.status_code == 401
    assert "X-API-Key" in refused.json()["detail"]
    (item,) = await listed(person)
    assert item["revoked_at"] is not None


async def test_an_expired_key_and_that_of_a_disabled_account_do_not_hold(
    application: FastAPI, person: Person
) -> None:
    database = application.state.resources.database
    soon = datetime.now(UTC) + timedelta(hours=1)
    made = (await make(person, expires_at=soon.isoformat())).json()
    shown = {"X-API-Key": made["key"]}
    assert (await person.client.get("/api/v1/favorites", headers=shown)).status_code == 200
    async with writing(database) as session:
        await session.execute(
            update(ApiKey)
            .where(ApiKey.public_id == made["id"])
            .values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )
    assert (await person.client.get("/api/v1/favorites", headers=shown)).status_code == 401
    other = {"X-API-Key": (await make(person)).json()["key"]}
    await ruling.set_disabled(database, person.id, is_disabled=True)
    assert (await person.client.get("/api/v1/favorites", headers=other)).status_code == 401


async def test_anothers_key_is_not_found(sign_up: SignUp) -> None:
    ada, bob = await sign_up(), await sign_up()
    made = (await make(ada)).json()
    refused = await bob.client.delete(f"/api/v1/keys/{made['id']}", headers=bob.headers)
    assert refused.status_code == 404
    assert await listed(bob) == []
    shown = {"X-API-Key": made["key"]}
    assert (await ada.client.get("/api/v1/favorites", headers=shown)).status_code == 200


async def test_as_many_hold_as_one_may_have(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MOST_PER_OWNER", 1)
    first = (await make(person)).json()
    assert (await make(person)).status_code == 409
    await person.client.delete(f"/api/v1/keys/{first['id']}", headers=person.headers)
    assert (await make(person)).status_code == 201


async def test_of_keys_that_hold_no_more_the_newest_are_listed(
    person: Person, sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MOST_ENDED", 2)
    other = await sign_up()
    for owner in (person, other):
        await make(owner, name="holds")
        for number in range(4):
            made = (await make(owner, name=f"ended {number}")).json()
            await owner.client.delete(f"/api/v1/keys/{made['id']}", headers=owner.headers)
    await make(person, name="newest")
    expected = ["newest", "ended 3", "ended 2", "holds"]
    assert [key["name"] for key in await listed(person)] == expected
    assert len(await listed(other)) == 4, "nobody else's make room"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "scopes": ["favorites"]},
        {"name": "a\nb", "scopes": ["favorites"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": ["favorites"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["favorites"], "expires_at": "2030-01-01T00:00:00"},
        {"name": "x", "scopes": ["favorites"], "more": 1},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(person: Person, body: dict[str, Any]) -> None:
    answer = await person.client.post("/api/v1/keys", json=body, headers=person.headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/body/")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "vw_nothing"},
        {"X-API-Key": ""},
        {"Authorization": "Bearer vw_" + "x" * 5000},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a", "X-API-Key": "vw_b"},
    ],
)
async def test_what_is_no_key_is_refused_by_its_header(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get("/api/v1/favorites", headers=headers)
    assert answer.status_code == 401
    assert any(header in answer.json()["detail"] for header in ("Authorization", "X-API-Key"))

"""Accounts, as an admin manages them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response

from app.users import ruling
from app.users.vocabulary import Role
from tests.integration.users.conftest import Person, SignUp

pytestmark = pytest.mark.anyio

PATH = "/api/v1/admin/users"


@pytest.fixture
async def admin(application: FastAPI, sign_up: SignUp) -> Person:
    """Somebody who manages accounts."""
    person = await sign_up()
    await ruling.set_role(application.state.resources.database, person.id, Role.ADMIN)
    await person.log_in()
    return person


async def rule(admin: Person, account_id: str, **decided: Any) -> Response:
    return await admin.client.patch(f"{PATH}/{account_id}", json=decided, headers=admin.headers)


async def test_only_admins_manage_accounts(person: Person) -> None:
    for answer in (
        await person.client.get(PATH, headers=person.headers),
        await rule(person, person.id, role="admin"),
    ):
        assert answer.status_code == 403
        assert answer.json()["role"] == "admin"


async def test_all_accounts_are_listed_page_by_page(admin: Person, sign_up: SignUp) -> None:
    made = {(await sign_up()).id for _ in range(3)} | {admin.id}
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        answer = await admin.client.get(PATH, params=query, headers=admin.headers)
        assert answer.status_code == 200
        page = answer.json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


async def test_one_who_is_shut_out_cannot_do_anything_until_let_in(
    admin: Person, person: Person
) -> None:
    shut_out = await rule(admin, person.id, disabled=True)
    assert shut_out.status_code == 200
    assert shut_out.json()["disabled_at"] is not None
    assert (await person.me()).status_code == 401
    assert (await person.refresh()).status_code == 401
    assert (await person.log_in()).status_code == 401
    assert (await rule(admin, person.id, disabled=False)).json()["disabled_at"] is None
    assert (await person.log_in()).status_code == 200


async def test_a_role_is_given_and_holds_from_the_next_token_on(
    admin: Person, person: Person
) -> None:
    assert (await rule(admin, person.id, role="publisher")).json()["role"] == "publisher"
    assert (await person.me()).status_code == 401
    await person.log_in()
    assert (await person.me()).json()["role"] == "publisher"


async def test_an_account_that_is_not_there_and_a_ruling_that_makes_no_sense(
    admin: Person, person: Person
) -> None:
    assert (await rule(admin, "nobody", disabled=True)).status_code == 404
    for nonsense in ({"role": "king"}, {"disabled": "perhaps"}, {"password": "x"}):
        assert (await rule(admin, person.id, **nonsense)).status_code == 422


async def test_a_ruling_holds_as_a_whole_or_not_at_all(
    application: FastAPI, admin: Person, person: Person
) -> None:
    """The last admin can neither be demoted nor, on the way, be made anything else."""
    database = application.state.resources.database
    for account in await _admins(admin):
        if account != admin.id:
            await ruling.set_role(database, account, Role.DRIVER)
    refused = await rule(admin, admin.id, role="publisher", disabled=False)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("#last-admin")
    assert (await admin.me()).json()["role"] == "admin"
    both = await rule(admin, person.id, role="publisher", disabled=True)
    assert (both.json()["role"], both.json()["disabled_at"] is None) == ("publisher", False)


async def _admins(admin: Person) -> list[str]:
    answer = await admin.client.get(PATH, params={"limit": 500}, headers=admin.headers)
    return [item["id"] for item in answer.json()["items"] if item["role"] == "admin"]

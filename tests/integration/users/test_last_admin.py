"""Somebody can always manage accounts, whoever removes whom at once."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import FastAPI

from app.db.engine import Database
from app.users import accounts, ruling
from app.users.accounts import NewAccount
from app.users.errors import AccountNotFound, LastAdmin
from app.users.vocabulary import Role
from tests.integration.users.conftest import PASSWORD, Person

pytestmark = pytest.mark.anyio


async def _admin(application: FastAPI, name: str) -> str:
    resources = application.state.resources
    new = NewAccount(f"{name}@example.org", name, PASSWORD, Role.ADMIN)
    return (await accounts.register(resources.database, resources.passwords, new)).public_id


async def _remove(database: Database, public_id: str) -> bool:
    try:
        await ruling.set_role(database, public_id, Role.DRIVER)
    except LastAdmin:
        return False
    return True


async def test_of_admins_who_remove_each_other_at_once_one_stays(application: FastAPI) -> None:
    database = application.state.resources.database
    admins = [await _admin(application, f"admin{number}") for number in range(4)]
    outcomes = await asyncio.gather(*(_remove(database, one) for one in admins))
    assert sorted(outcomes) == [False, True, True, True]
    last = admins[outcomes.index(False)]
    with pytest.raises(LastAdmin):
        await ruling.set_disabled(database, last, is_disabled=True)
    with pytest.raises(LastAdmin):
        await ruling.close(database, last)
    await ruling.set_role(database, last, Role.ADMIN)
    other = await _admin(application, "admin9")
    await ruling.set_disabled(database, other, is_disabled=True)
    assert not await _remove(database, last), "one who is shut out manages nothing"
    await ruling.set_disabled(database, other, is_disabled=False)
    await ruling.close(database, last)
    assert not await _remove(database, other)


async def test_another_role_outdates_access_tokens_and_keeps_the_session(
    application: FastAPI, person: Person
) -> None:
    database = application.state.resources.database
    await ruling.set_role(database, person.id, Role.PUBLISHER)
    assert (await person.me()).status_code == 401
    person.access_token = (await person.refresh()).json()["access_token"]
    assert (await person.me()).json()["role"] == "publisher"


async def test_nobody_is_not_found(application: FastAPI) -> None:
    resources = application.state.resources
    for nobody in ("nobody", "nul\0"):
        for attempt in (
            accounts.find(resources.database, nobody),
            accounts.named(resources.database, nobody),
            ruling.close(resources.database, nobody),
            ruling.set_password(resources.database, resources.passwords, nobody, PASSWORD),
        ):
            with pytest.raises(AccountNotFound):
                await attempt

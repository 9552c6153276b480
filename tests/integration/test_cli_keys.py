"""``voltway keys``: a key is told once, and holds until it is revoked."""

from __future__ import annotations

import asyncio
import io
import json

import pytest

from app.resources import open_database_of
from app.settings import Settings
from app.users import keys
from app.users.keys import KnownKey
from app.users.vocabulary import Scope
from tests.fixtures.command import Voltway

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def voltway_on_tables(voltway: Voltway) -> Voltway:
    """The command, over a database whose schema is made."""
    assert voltway("db", "upgrade").exit_code == 0
    return voltway


def _recognised(secret: str) -> KnownKey | None:
    async def ask() -> KnownKey | None:
        async with open_database_of(Settings()) as database:
            return await keys.recognise(database, secret)

    return asyncio.run(ask())


def test_the_key_alone_is_on_standard_output_and_never_told_again(
    voltway_on_tables: Voltway,
) -> None:
    made = voltway_on_tables("keys", "create", "depot north", "--scope", "status:write")
    assert made.exit_code == 0, made.err
    secret = made.out.strip()
    assert made.out == f"{secret}\n"
    known = _recognised(secret)
    assert known is not None
    assert known.owner is None
    assert known.scopes == {Scope.STATUS}
    assert known.key.public_id in made.err
    for arguments in (("keys", "list"), ("keys", "list", "--json")):
        listed = voltway_on_tables(*arguments)
        assert "depot north" in listed.out
        assert secret[:11] in listed.out
        assert secret not in listed.out + listed.err


def test_a_key_for_a_user_holds_some_days_and_until_it_is_revoked(
    voltway_on_tables: Voltway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("lamp-otter-violin-9\n"))
    added = voltway_on_tables("users", "add", "ada", "ada@example.org")
    assert added.exit_code == 0, added.err
    made = voltway_on_tables(
        *("keys", "create", "dashboard", "--scope", "favorites"),
        *("--user", "ADA@example.org", "--days", "2", "--json"),
    )
    key = json.loads(made.out)
    known = _recognised(key["key"])
    assert known is not None
    assert known.owner is not None
    assert known.owner.username == "ada"
    assert known.key.expires_at is not None
    assert (known.key.expires_at - known.key.created_at).days in {1, 2}
    assert voltway_on_tables("keys", "revoke", key["id"]).exit_code == 0
    assert voltway_on_tables("keys", "revoke", key["id"]).exit_code == 0, "may be repeated"
    assert _recognised(key["key"]) is None
    assert "revoked" in voltway_on_tables("keys", "list").out


def test_what_cannot_be_done_is_told_by_its_name(voltway_on_tables: Voltway) -> None:
    no_scope = voltway_on_tables("keys", "create", "x", "--scope", "everything")
    assert no_scope.exit_code == 2
    assert "'everything'" in no_scope.err
    assert "status:write" in no_scope.err
    nobody = voltway_on_tables("keys", "create", "x", "--scope", "favorites", "--user", "nobody")
    assert nobody.exit_code != 0
    assert "nobody" in nobody.err
    assert nobody.out == ""
    no_key = voltway_on_tables("keys", "revoke", "0" * 24)
    assert no_key.exit_code != 0
    assert no_key.out == ""
    assert json.loads(voltway_on_tables("keys", "list", "--json").out) == []

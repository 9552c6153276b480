"""``voltway users``: accounts from the shell, on a real file."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.command import Outcome, Voltway

PASSWORD = "lamp-otter-violin-9"  # noqa: S105 - of people that are made up

Typed = Callable[..., Outcome]


@pytest.fixture
def typed(voltway: Voltway, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """``voltway users …`` with a line on its standard input."""

    def run(*arguments: str, line: str = PASSWORD) -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{line}\n"))
        return voltway("users", *arguments)

    return run


def _added(typed: Typed, name: str, *more: str) -> dict[str, Any]:
    outcome = typed("add", name, f"{name}@example.org", "--json", *more)
    assert outcome.exit_code == 0, outcome.err
    account: dict[str, Any] = json.loads(outcome.out)
    return account


def test_accounts_are_added_and_listed_without_secrets(typed: Typed) -> None:
    assert typed("list", "--json").out == "[]\n"
    ada = _added(typed, "ada", "--role", "admin")
    outcome = typed("add", "bob", "bob@example.org")
    assert outcome.out == "bob is a driver now.\n"
    listed = json.loads(typed("list", "--json").out)
    assert [account["username"] for account in listed] == ["ada", "bob"]
    assert listed[0] == ada
    assert set(ada) == {"id", "email", "username", "role", "created_at", "disabled_at"}
    assert ada["role"] == "admin"
    lines = typed("list").out.splitlines()
    assert lines[0].split() == ["ada", "ada@example.org", "admin"]


def test_roles_and_entry_change_by_either_name(typed: Typed) -> None:
    _added(typed, "ada")
    assert typed("role", "ADA@example.org", "publisher").out == "ada is a publisher now.\n"
    assert typed("disable", "ada").out == "ada is shut out.\n"
    assert typed("list").out.split()[-1] == "disabled"
    assert typed("enable", "Ada").out == "ada may log in.\n"
    assert json.loads(typed("role", "ada", "driver", "--json").out)["disabled_at"] is None


def test_a_password_is_set_and_an_account_deleted(typed: Typed) -> None:
    _added(typed, "ada")
    outcome = typed("password", "ada", line="heron-cello-marble-4")
    assert outcome.out == "ada has a new password; its sessions are over.\n"
    assert typed("delete", "ada", line="n").exit_code == 1
    assert typed("delete", "ada", "--yes").out == "ada is deleted.\n"
    assert typed("list", "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "line", "words"),
    [
        (("add", "ada", "ada@example.org"), PASSWORD, "belongs to an account"),
        (("add", "x", "x@example.org"), PASSWORD, "3 to 32"),
        (("add", "new", "nobody"), PASSWORD, "no e-mail address"),
        (("add", "new", "new@example.org"), "password1", "most common"),
        (("add", "new", "new@example.org"), "", "8 to 128"),
        (("add", "new", "new@example.org", "--role", "king"), PASSWORD, "none of driver"),
        (("role", "ada", "king"), PASSWORD, "none of driver"),
        (("role", "nobody", "admin"), PASSWORD, "no account 'nobody'"),
        (("password", "ada"), "ada@example.org", "must not be"),
        (("role", "ada", "driver"), PASSWORD, "last admin"),
        (("disable", "ada"), PASSWORD, "last admin"),
        (("delete", "ada", "--yes"), PASSWORD, "last admin"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_2(
    typed: Typed, arguments: tuple[str, ...], line: str, words: str
) -> None:
    _added(typed, "ada", "--role", "admin")
    outcome = typed(*arguments, line=line)
    assert outcome.exit_code == 2
    assert outcome.out == ""
    assert words in " ".join(outcome.err.split())
    assert PASSWORD not in outcome.err


@pytest.mark.parametrize(
    "command", ["list", "add", "role", "disable", "enable", "password", "delete"]
)
def test_every_command_shows_an_example(voltway: Voltway, command: str) -> None:
    assert f"Example: voltway users {command}" in voltway("users", command, "--help").out

"""``voltway users``: accounts, from the shell."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from app.db.engine import Database
    from app.users.models import User

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Manage accounts.\n\nAn account is named by its username or its e-mail address.",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Username or e-mail address.")]
RoleWord = Annotated[str, typer.Option("--role", help="driver, publisher or admin.")]


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """All accounts, in the order in which they were made.

    Example: voltway users list --json
    """
    users = asyncio.run(_with_database(_every))
    if as_json:
        typer.echo(json.dumps([_told(user) for user in users], ensure_ascii=False))
        return
    for user in users:
        state = "disabled" if user.disabled_at else ""
        typer.echo(f"{user.username:32} {user.email:40} {user.role:10} {state}".rstrip())


@app.command()
def add(
    *,
    username: Annotated[str, typer.Argument(help="Letters, digits and . _ - between them.")],
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    role: RoleWord = "driver",
    as_json: Json = False,
) -> None:
    """Make an account; its password is asked for, or read from standard input.

    Example: voltway users add ada ada@example.org --role admin < password.txt
    """
    from app.users import accounts
    from app.users.errors import AccountRefused
    from app.users.names import read_email, read_username
    from app.users.passwords import Passwords, refusal_of

    of_role = _read_role(role)
    try:
        name, address = read_username(username), read_email(email)
    except ValueError as error:
        raise AccountRefused(str(error)) from error
    password = _ask_password()
    if (refusal := refusal_of(password, name, address)) is not None:
        raise AccountRefused(refusal)
    new = accounts.NewAccount(address, name, password, of_role)
    user = asyncio.run(
        _with_database(lambda database: accounts.register(database, Passwords(), new))
    )
    _say(user, f"{user.username} is a {user.role} now.", as_json=as_json)


@app.command()
def role(
    *,
    account: Name,
    role: Annotated[str, typer.Argument(help="driver, publisher or admin.")],
    as_json: Json = False,
) -> None:
    """Give an account another role.

    Example: voltway users role ada publisher
    """
    from app.users import ruling

    of_role = _read_role(role)

    async def change(database: Database) -> User:
        found = await _find(database, account)
        return await ruling.set_role(database, found.public_id, of_role, by="operator")

    user = asyncio.run(_with_database(change))
    _say(user, f"{user.username} is a {user.role} now.", as_json=as_json)


@app.command()
def disable(*, account: Name, as_json: Json = False) -> None:
    """Shut an account out, with its keys; nothing of it is lost.

    Example: voltway users disable ada@example.org
    """
    user = asyncio.run(_with_database(_disabling(account, is_disabled=True)))
    _say(user, f"{user.username} is shut out.", as_json=as_json)


@app.command()
def enable(*, account: Name, as_json: Json = False) -> None:
    """Let an account in again.

    Example: voltway users enable ada
    """
    user = asyncio.run(_with_database(_disabling(account, is_disabled=False)))
    _say(user, f"{user.username} may log in.", as_json=as_json)


@app.command()
def password(*, account: Name, as_json: Json = False) -> None:
    """Set an account's password, which ends its sessions; asked for, or from standard input.

    Example: voltway users password ada < password.txt
    """
    from app.users import ruling
    from app.users.errors import AccountRefused
    from app.users.passwords import Passwords, refusal_of

    new = _ask_password()

    async def change(database: Database) -> User:
        found = await _find(database, account)
        if (refusal := refusal_of(new, found.username, found.email)) is not None:
            raise AccountRefused(refusal)
        return await ruling.set_password(database, Passwords(), found.public_id, new)

    user = asyncio.run(_with_database(change))
    _say(user, f"{user.username} has a new password; its sessions are over.", as_json=as_json)


@app.command()
def delete(
    *,
    account: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete an account with its favourites, keys and sessions, for good.

    Example: voltway users delete ada --yes
    """
    from app.users import ruling

    if not yes:
        typer.confirm(f"Delete {account} for good?", abort=True, err=True)

    async def close(database: Database) -> User:
        found = await _find(database, account)
        await ruling.close(database, found.public_id, by="operator")
        return found

    user = asyncio.run(_with_database(close))
    _say(user, f"{user.username} is deleted.", as_json=as_json)


def _disabling(
    account: str, *, is_disabled: bool
) -> Callable[[Database], Coroutine[Any, Any, User]]:
    from app.users import ruling

    async def change(database: Database) -> User:
        found = await _find(database, account)
        return await ruling.set_disabled(
            database, found.public_id, is_disabled=is_disabled, by="operator"
        )

    return change


async def _with_database(
    work: Callable[[Database], Coroutine[Any, Any, Any]],
) -> Any:
    from app.resources import open_database_of
    from app.settings import Settings

    async with open_database_of(Settings()) as database:
        return await work(database)


async def _every(database: Database) -> list[User]:
    from app.db.session import reading
    from app.users import queries

    users: list[User] = []
    async with reading(database) as session:
        while page := (
            await session.scalars(queries.users_after(users[-1].id if users else 0, 500))
        ).all():
            users += page
    return users


async def _find(database: Database, account: str) -> User:
    from app.users import accounts

    return await accounts.named(database, account)


def _read_role(word: str) -> Any:
    from app.users.vocabulary import Role

    if word not in list(Role):
        raise typer.BadParameter(f"{word!r} is none of {', '.join(Role)}", param_hint="role")
    return Role(word)


def _ask_password() -> str:
    """Typed twice at a terminal; one line of standard input otherwise.

    Never an argument: others see those in the list of processes.
    """
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _told(user: User) -> dict[str, Any]:
    from app.users.schemas import ManagedAccount

    return ManagedAccount.of(user).model_dump(mode="json")


def _say(user: User, sentence: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(_told(user), ensure_ascii=False) if as_json else sentence)

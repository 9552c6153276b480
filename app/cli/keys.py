"""``voltway keys``: API keys, from the shell."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from app.db.engine import Database
    from app.users.models import ApiKey

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Manage API keys: of programs that publish statuses, or act for a user.",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="What it is for, for people.")],
    scope: Annotated[
        list[str], typer.Option("--scope", help="status:write or favorites; may be repeated.")
    ],
    user: Annotated[
        str | None, typer.Option(help="Whose it is: username or e-mail; default: the operator's.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days it holds; default: for ever.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key; it is printed now and never again.

    Example: voltway keys create "depot north" --scope status:write --days 365
    """
    from app.users import accounts, keys
    from app.users.schemas import Key, NewKey
    from app.users.vocabulary import Scope

    unknown = [word for word in scope if word not in list(Scope)]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]!r} is none of {', '.join(Scope)}", param_hint="--scope"
        )
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None

    async def make(database: Database) -> keys.MadeKey:
        owner = await accounts.named(database, user) if user else None
        scopes = [Scope(word) for word in scope]
        return await keys.make(database, name, scopes, owner=owner, expires_at=expires_at)

    made = asyncio.run(_with_database(make))
    if as_json:
        typer.echo(NewKey(**Key.of(made.key).model_dump(), key=made.secret).model_dump_json())
    else:
        typer.echo(made.secret)
        typer.echo(f"Keep it: it is shown once. Its id is {made.key.public_id}.", err=True)


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """All keys, newest first; never their secrets."""
    from app.users import keys
    from app.users.schemas import Key

    found: list[ApiKey] = asyncio.run(_with_database(keys.list_all))
    if as_json:
        typer.echo(json.dumps([Key.of(key).model_dump(mode="json") for key in found]))
        return
    for key in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
        state = "revoked" if key.revoked_at else used
        typer.echo(f"{key.public_id}  {key.prefix}…  {key.scopes:24}  {state:16}  {key.name}")


@app.command()
def revoke(*, key: Annotated[str, typer.Argument(help="The key's id, from the list.")]) -> None:
    """End a key at once."""
    from app.users import keys

    asyncio.run(_with_database(lambda database: keys.revoke(database, key, by="operator")))
    typer.echo(f"{key} holds no more.")


async def _with_database(work: Any) -> Any:
    from app.resources import open_database_of
    from app.settings import Settings

    async with open_database_of(Settings()) as database:
        return await work(database)

"""``voltway db``: the schema and the soundness of the catalogue."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer

from app.errors import VoltWayError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Bring the schema up to date; check the catalogue.",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def upgrade(*, as_json: Json = False) -> None:
    """Bring the schema up to date; does nothing where it is.

    Several processes may do so at once: they take turns.
    """
    before, after = asyncio.run(_upgrade())
    if as_json:
        typer.echo(json.dumps({"schema_before": before, "schema": after}))
    elif before == after:
        typer.echo(f"The schema is up to date ({after}).")
    else:
        typer.echo(f"The schema went from {before or 'none'} to {after}.")


@app.command()
def check(*, as_json: Json = False) -> None:
    """Look for damage: the file, its references, the text index, cards, counts.

    Reads the whole catalogue: a few seconds per 100,000 stations. Exit code 4 where
    something was found.
    """
    report = asyncio.run(_check())
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        for finding in report["findings"]:
            typer.echo(finding)
        found = len(report["findings"])
        verdict = f"{found} findings" if found else "sound"
        typer.echo(f"{report['stations_total']:,} stations, schema {report['schema']}: {verdict}.")
    if report["findings"]:
        raise typer.Exit(VoltWayError.exit_code)


async def _upgrade() -> tuple[str | None, str | None]:
    from app.db import migrate
    from app.db.engine import open_database
    from app.db.pool import connections_of
    from app.settings import Settings

    settings = Settings()
    database = open_database(settings.resolved_database_url, connections_of(settings))
    try:
        before = await migrate.current_revision(database)
        await migrate.upgrade(database)
        return before, await migrate.current_revision(database)
    finally:
        await database.close()


async def _check() -> dict[str, Any]:
    from app.db import migrate
    from app.db.engine import dialect_for, open_database
    from app.db.errors import DatabaseMissing
    from app.db.pool import connections_of
    from app.settings import Settings
    from app.stations import audit

    settings = Settings()
    url = settings.resolved_database_url
    if not dialect_for(url).exists():
        raise DatabaseMissing
    database = open_database(url, connections_of(settings))
    try:
        await migrate.require_current(database)
        async with database.writes() as session:
            findings = await database.dialect.find_damage(session)
            await session.rollback()
        async with database.reads() as session:
            disagreements = await audit.find_disagreements(session)
            stations_total = await audit.count_stations(session)
    finally:
        await database.close()
    findings += [
        f"{count:,} {sentence}, such as {example}" for sentence, count, example in disagreements
    ]
    return {
        "schema": migrate.newest_revision(),
        "stations_total": stations_total,
        "findings": findings,
    }

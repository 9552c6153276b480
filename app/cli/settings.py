"""``voltway settings``: what is in force, and where it comes from."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def command(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show each setting, its value and where it comes from; secrets are masked.

    Settings are environment variables: HOST=0.0.0.0 PORT=9000 voltway serve.
    """
    from app.settings_in_force import settings_with_sources

    rows = settings_with_sources()
    if as_json:
        found = {name: {"value": value, "source": source} for name, value, source in rows}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    name_width = max(len(name) for name, _, _ in rows)
    value_width = max(len(str(value)) for _, value, _ in rows)
    for name, value, source in rows:
        typer.echo(f"{name:<{name_width}}  {value!s:<{value_width}}  {source}")

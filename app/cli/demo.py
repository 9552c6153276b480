"""``voltway demo``: a synthetic catalogue of any size, from a seed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.loading import loading

if TYPE_CHECKING:
    from app.importers.synthetic import Filling

MAX_STATIONS = 5_000_000


def command(
    *,
    stations: Annotated[
        int, typer.Option(min=1, max=MAX_STATIONS, help="How many stations the demo has.")
    ] = 20_000,
    seed: Annotated[
        int, typer.Option(min=0, help="Another seed, other stations; the same, the same.")
    ] = 1,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing where the catalogue has any station.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fill the catalogue with synthetic stations around real cities.

    They are labelled as synthetic wherever they appear. Running it again changes nothing but
    the reported statuses; with fewer stations or another seed, the others are marked gone.

    Example: voltway demo --stations 100000 --seed 7
    """
    filling = asyncio.run(_fill(stations, seed, only_if_empty=if_empty))
    if as_json:
        report = {
            "seed": seed,
            "skipped": filling is None,
            **(filling._asdict() if filling else {}),
        }
        typer.echo(json.dumps(report))
    elif filling is None:
        typer.echo("The catalogue has stations already: nothing done.")
    else:
        typer.echo(
            f"{filling.stations:,} synthetic stations (seed {seed}) in {filling.seconds:.1f} s:"
            f" {filling.stored:,} new, {filling.changed:,} changed,"
            f" {filling.unchanged:,} as they were, {filling.gone:,} gone."
        )


async def _fill(stations: int, seed: int, *, only_if_empty: bool) -> Filling | None:
    with loading():
        from app.cli.progress import progress_bar
        from app.importers import synthetic
        from app.resources import open_database_of
        from app.settings import Settings

    async with open_database_of(Settings()) as database:
        if only_if_empty and not await synthetic.is_empty(database):
            return None
        with progress_bar("Demo stations", total=stations) as advance:
            return await synthetic.fill(database, stations, seed, on_progress=advance)

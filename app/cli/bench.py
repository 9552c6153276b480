"""``voltway bench``: measure this machine; tables, plots, JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.measuring import Say, measured, require_peers

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from app.bench.report import Result

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Measure this machine.")

MAX_STATIONS = 5_000_000
Out = Annotated[
    Path, typer.Option(file_okay=False, help="A folder NAME-TIME with JSON and plots is made here.")
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json",
        dir_okay=False,
        allow_dash=True,
        help="Write the JSON here too; - is standard output.",
    ),
]
Plots = Annotated[bool, typer.Option("--plots/--no-plots", help="Draw plots (needs matplotlib).")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn by chance.")]


@app.command("import")
def import_(
    *,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A static IRVE file, .csv or .csv.gz."),
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1, help="Without --file: rows of the file that is made up.")
    ] = 56_507,
    scale: Annotated[
        float, typer.Option(min=0.01, max=100, help="Longest file, in multiples of the file.")
    ] = 10,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Turns of floor and import.")] = 3,
    postgresql: Annotated[
        str | None,
        typer.Option(help="postgresql+asyncpg://… of a database without stations to import into."),
    ] = None,
    seed: Seed = 1,
    out: Out = Path("bench-results"),
    json_file: JsonFile = None,
    plots: Plots = True,
) -> None:
    """Speed of an import beside its floor; time and memory as the file grows.

    Without --file an IRVE-like file is made up from the demo, and the report says so.

    Example: voltway bench import --file irve_statique.csv.gz
    """
    from app.bench.import_bench import measure_import

    def measure(folder: Path, say: Say) -> Coroutine[Any, Any, Result]:
        return measure_import(
            file,
            scale=scale,
            rounds=rounds,
            seed=seed,
            folder=folder,
            say=say,
            synthetic_rows=rows,
            postgresql_url=postgresql,
        )

    measured("import", measure, out=out, json_file=json_file, plots=plots)


@app.command()
def search(
    *,
    stations: Annotated[
        str, typer.Option(help="Sizes of the catalogues, separated by commas.")
    ] = "20000,100000,300000,1000000",
    quick: Annotated[
        bool, typer.Option("--quick", help="A tenth of the rounds and queries.")
    ] = False,
    http: Annotated[bool, typer.Option("--http/--no-http", help="Measure over HTTP too.")] = True,
    seed: Seed = 1,
    out: Out = Path("bench-results"),
    json_file: JsonFile = None,
    plots: Plots = True,
) -> None:
    """Each kind of search in process and over HTTP, beside its floor and its peers.

    Example: voltway bench search --stations 20000 --quick
    """
    from app.bench.search_bench import measure_search

    sizes = _read_sizes(stations)

    def measure(folder: Path, say: Say) -> Coroutine[Any, Any, Result]:
        return measure_search(sizes, quick=quick, http=http, seed=seed, folder=folder, say=say)

    measured("search", measure, out=out, json_file=json_file, plots=plots)


@app.command()
def capacity(
    *,
    stations: Annotated[
        str, typer.Option(help="Sizes of the catalogues, two at least, separated by commas.")
    ] = "20000,100000,300000",
    postgresql: Annotated[
        str | None,
        typer.Option(
            help="postgresql+asyncpg://… of a database without stations; the middle size is"
            " served from it too."
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the effort.")] = False,
    seed: Seed = 1,
    out: Out = Path("bench-results"),
    json_file: JsonFile = None,
    plots: Plots = True,
) -> None:
    """What whole services need, and a model of it held against them.

    Example: voltway bench capacity --stations 20000,100000 --quick
    """
    from app.bench.capacity.run import FULL, QUICK, measure_capacity

    sizes = _read_sizes(stations)
    if len(set(sizes)) == 1:
        raise typer.BadParameter("one size shows no growth; give two", param_hint="--stations")

    def measure(folder: Path, say: Say) -> Coroutine[Any, Any, Result]:
        return measure_capacity(
            sizes,
            effort=QUICK if quick else FULL,
            seed=seed,
            folder=folder,
            say=say,
            postgresql_url=postgresql,
        )

    measured("capacity", measure, out=out, json_file=json_file, plots=plots)


@app.command()
def toolkit(
    *,
    redis: Annotated[
        str | None,
        typer.Option(help="URL of a Redis for the second cache tier; default: REDIS_URL."),
    ] = None,
    postgresql: Annotated[
        str | None,
        typer.Option(
            help="postgresql+asyncpg://… of a database where a table may be made and dropped."
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the effort.")] = False,
    out: Out = Path("bench-results"),
    json_file: JsonFile = None,
    plots: Plots = True,
) -> None:
    """Logs, requests, caches, bulk writes, memory and metrics, each beside its baselines.

    Example: voltway bench toolkit --quick --redis redis://127.0.0.1:6379/15
    """
    require_peers()
    from app.bench.toolkit.run import FULL, QUICK, measure_toolkit
    from app.settings import Settings

    redis_url = redis or Settings().redis_url

    def measure(folder: Path, say: Say) -> Coroutine[Any, Any, Result]:
        return measure_toolkit(
            QUICK if quick else FULL,
            folder=folder,
            say=say,
            redis_url=redis_url,
            postgresql_url=postgresql,
        )

    measured("toolkit", measure, out=out, json_file=json_file, plots=plots)


@app.command()
def page(
    *,
    stations: Annotated[
        int, typer.Option(min=1, max=MAX_STATIONS, help="Size of the catalogue.")
    ] = 300_000,
    chromium: Annotated[
        Path | None, typer.Option(help="The browser; default: the one on the path.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Each thing once, and briefly.")] = False,
    seed: Seed = 1,
    out: Out = Path("bench-results"),
    json_file: JsonFile = None,
    plots: Plots = True,
) -> None:
    """The map page in a real browser: first paint, first stations, frames while it is dragged.

    Example: voltway bench page --stations 20000 --quick
    """
    from app.bench.page.browser import require_browser
    from app.bench.page.run import FULL, QUICK, measure_page

    executable = require_browser(chromium)

    def measure(folder: Path, say: Say) -> Coroutine[Any, Any, Result]:
        return measure_page(
            stations,
            chromium=executable,
            effort=QUICK if quick else FULL,
            seed=seed,
            folder=folder,
            say=say,
        )

    measured("page", measure, out=out, json_file=json_file, plots=plots)


def _read_sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.replace("_", "").split(",") if part.strip().isdigit()]
    if len(sizes) != text.count(",") + 1 or not all(0 < size <= MAX_STATIONS for size in sizes):
        raise typer.BadParameter(
            f"{text!r} is no list of sizes from 1 to {MAX_STATIONS}, such as 20000,100000",
            param_hint="--stations",
        )
    return sizes

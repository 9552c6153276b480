"""``voltway bench``: measure this machine; tables, plots, JSON."""

from __future__ import annotations

import asyncio
import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.bench.errors import PeersMissing, PlottingMissing

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from app.bench.report import Result

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Measure this machine.")

MAX_STATIONS = 5_000_000
PEERS = (
    "cachetools",
    "cashews",
    "orjson",
    "prometheus_fastapi_instrumentator",
    "pythonjsonlogger",
    "structlog",
)
"""What the toolkit is measured beside; the extra ``bench`` brings them."""

Say = Callable[[str], None]

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

    _run("import", measure, out=out, json_file=json_file, plots=plots)


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

    _run("search", measure, out=out, json_file=json_file, plots=plots)


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

    _run("capacity", measure, out=out, json_file=json_file, plots=plots)


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
    _require_peers()
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

    _run("toolkit", measure, out=out, json_file=json_file, plots=plots)


def _require_peers() -> None:
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None]
    if missing:
        raise PeersMissing(missing)


def _read_sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.replace("_", "").split(",") if part.strip().isdigit()]
    if len(sizes) != text.count(",") + 1 or not all(0 < size <= MAX_STATIONS for size in sizes):
        raise typer.BadParameter(
            f"{text!r} is no list of sizes from 1 to {MAX_STATIONS}, such as 20000,100000",
            param_hint="--stations",
        )
    return sizes


def _run(
    name: str,
    measure: Callable[[Path, Say], Coroutine[Any, Any, Result]],
    *,
    out: Path,
    json_file: Path | None,
    plots: bool,
) -> None:
    from rich.console import Console

    from app.bench.report import new_folder, print_result

    if plots and importlib.util.find_spec("matplotlib") is None:
        raise PlottingMissing
    to_stdout = json_file == Path("-")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=out) as scratch, _status() as say:
        result = asyncio.run(measure(Path(scratch), say))
    folder = new_folder(name, out)
    (folder / "result.json").write_text(result.as_json(), encoding="utf-8")
    if plots:
        _draw(name, result, folder)
    print_result(result, Console(stderr=to_stdout))
    if to_stdout:
        typer.echo(result.as_json())
    elif json_file is not None:
        json_file.write_text(result.as_json(), encoding="utf-8")
    typer.echo(f"Written to {folder}/", err=to_stdout)


def _draw(name: str, result: Result, folder: Path) -> None:
    from app.bench import plots

    draw = {
        "import": plots.draw_import,
        "search": plots.draw_search,
        "toolkit": plots.draw_toolkit,
        "capacity": plots.draw_capacity,
    }[name]
    draw(result.findings, folder)


@contextmanager
def _status() -> Iterator[Say]:
    """Says on a terminal's standard error what is being measured; silent in a pipe."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("measuring") as status:
        yield status.update

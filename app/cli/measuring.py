"""How each command of ``voltway bench`` runs: scratch folder, progress, tables, files."""

from __future__ import annotations

import asyncio
import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.bench.errors import PeersMissing, PlottingMissing

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from app.bench.report import Result

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


def require_peers() -> None:
    """Refuse to begin without the libraries that ours are measured beside."""
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None]
    if missing:
        raise PeersMissing(missing)


def measured(
    name: str,
    measure: Callable[[Path, Say], Coroutine[Any, Any, Result]],
    *,
    out: Path,
    json_file: Path | None,
    plots: bool,
) -> None:
    """Measure, print tables, and write JSON and plots into a folder of their own."""
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
        "page": plots.draw_page,
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

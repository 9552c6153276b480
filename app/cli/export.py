"""``voltway export``: stations as a file, filtered like a search."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NamedTuple

import typer

from app.stations.parameters import AREA_AND_FILTERS
from app.web.formats import Form
from app.web.parameters import Parameter

if TYPE_CHECKING:
    from app.settings import Settings
    from app.stations.cards import Found
    from app.stations.criteria import Criteria


class Exported(NamedTuple):
    """What an export did."""

    written: int
    left_out: int
    """Stations whose source states no licence."""


def command(
    *,
    form: Annotated[str, typer.Option("--format", help="geojson, csv or ndjson.")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: standard output.")
    ] = None,
    include_unknown: Annotated[
        bool, typer.Option("--include-unknown", help="Also stations of unstated licence.")
    ] = False,
    **filters: Any,
) -> None:
    """Write stations as CSV, GeoJSON or NDJSON, with the filters of the search.

    Streams, so memory does not grow with the result. A file appears only once it is
    complete. Stations whose source states no licence are left out unless asked for.

    Example: voltway export --format geojson --country FR --min-power-kw 50 -o fast.geojson
    """
    from app.settings import Settings
    from app.stations.search_request import read_search
    from app.web.parameters import choice

    try:
        chosen: Form = choice({str(one): one for one in Form if one is not Form.JSON})(form)
    except ValueError as error:
        raise typer.BadParameter(f"{form!r} {error}.", param_hint="--format") from None
    criteria = read_search(_pairs(filters), table=AREA_AND_FILTERS).criteria
    with _target(output) as sink:
        exported = asyncio.run(
            _write(
                Settings(), criteria, chosen, sink,
                includes_unknown=include_unknown, is_shown=output is not None,
            )
        )  # fmt: skip
    summary = f"{exported.written:,} stations written."
    if exported.left_out:
        summary += (
            f" {exported.left_out:,} left out: their sources state no licence"
            " (--include-unknown takes them in)."
        )
    typer.echo(summary, err=True)


def _option(parameter: Parameter) -> inspect.Parameter:
    """A parameter of the search as an option of the command line."""
    name = parameter.name.replace("_", "-")
    is_flag = parameter.schema["type"] == "boolean"
    flags = f"--{name}/--no-{name}" if is_flag else f"--{name}" if len(name) > 1 else f"-{name}"
    kind: Any = bool if is_flag else str
    kind = list[kind] | None if parameter.is_repeatable else kind | None
    help_text = parameter.summary if is_flag else f"{parameter.summary} [{parameter.bounds}]"
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind, typer.Option(flags, help=help_text)],
    )


def _with_options(function: Callable[..., None]) -> None:
    """Give the command one option for each parameter of the search, from the same table."""
    own = inspect.signature(function, eval_str=True)
    fixed = [part for name, part in own.parameters.items() if name != "filters"]
    options = [_option(parameter) for parameter in AREA_AND_FILTERS.values()]
    parts = [*fixed, *options]
    function.__signature__ = own.replace(parameters=parts)  # type: ignore[attr-defined]  # PEP 362
    function.__annotations__ = {part.name: part.annotation for part in parts} | {"return": None}


_with_options(command)


def _pairs(filters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in filters.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield name, str(one).lower() if isinstance(one, bool) else one


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name when it is complete."""
    if output is None:
        try:
            yield sys.stdout.buffer
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read has had enough, as `head` does; the interpreter's last flush has not.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        return
    unfinished = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as sink:
            yield sink
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


async def _write(
    settings: Settings,
    criteria: Criteria,
    form: Form,
    sink: BinaryIO,
    *,
    includes_unknown: bool,
    is_shown: bool,
) -> Exported:
    from app.cli.progress import progress_bar
    from app.db.engine import dialect_for
    from app.db.errors import DatabaseMissing
    from app.resources import open_resources
    from app.stations.answers import stream_body

    if not dialect_for(settings.resolved_database_url).exists():
        raise DatabaseMissing
    left_out = written = 0

    async with open_resources(settings) as resources:
        with progress_bar("Export", total=None, is_hidden=not is_shown) as advance:

            async def allowed() -> AsyncIterator[list[Found]]:
                nonlocal left_out, written
                async for found in resources.search.every(criteria):
                    kept = found if includes_unknown else [one for one in found if one.is_licensed]
                    left_out += len(found) - len(kept)
                    written += len(kept)
                    advance(len(kept))
                    yield kept

            async for piece in stream_body(form, allowed(), criteria):
                sink.write(piece)
    return Exported(written, left_out)

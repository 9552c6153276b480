"""``voltway import``: read a registry into the catalogue."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.loading import loading

if TYPE_CHECKING:
    from app.importers.fetch import Location
    from app.importers.options import Options, RejectBound
    from app.importers.report import Report
    from app.importers.row import RejectedRow

TOO_MANY_REJECTED = 1
"""Exit code of an import that is done, with rows rejected beyond ``--max-rejects``."""


def command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="ocm, afdc, irve, bnetza, osm or ocpi; auto recognises it from the data.",
        ),
    ],
    given: Annotated[
        str | None,
        typer.Argument(metavar="[INPUT]", help="A file, a URL, or - for standard input."),
    ] = None,
    *,
    file: Annotated[
        str | None, typer.Option(help="Read a file; gzip, zip and zstd as they are.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Fetch from http(s), if it has changed.")] = None,
    feed: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="One publisher's instance of the source: A-Z a-z 0-9 . _ -, up to 64.",
        ),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="The file is the whole feed: stations that it lacks are marked gone.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write rejected rows there, a JSON object a line."),
    ] = None,
    max_rejects: Annotated[
        str,
        typer.Option(
            metavar="N|N%", help="Exit with 1 if more rows than this, or a larger share, go wrong."
        ),
    ] = "20%",
    allow_non_open: Annotated[
        bool,
        typer.Option("--allow-non-open", help="Keep rows whose licence is stated and not open."),
    ] = False,
) -> None:
    """Read a registry into the catalogue; running it again changes nothing.

    \b
    Examples:
      voltway import irve --file consolidation.csv.gz
      voltway import auto - < stations.json
      voltway import ocpi --url https://example.org/locations --feed DE-ABC
      voltway import bnetza register.csv --dry-run --rejects rejected.ndjson

    Exit codes: 0 done; 1 done, too many rows rejected; 2 wrong use; 3 source unreadable or
    unreachable; 4 database unavailable or the feed is being imported; 130 interrupted.
    """  # noqa: D301 - click reads the control character
    with loading():
        from app.importers.options import Options

    location = _locate(given, file, url)
    options = Options(
        feed_name=feed,
        claims_complete=complete,
        is_dry_run=dry_run,
        allow_non_open=allow_non_open,
        bound=parse_bound(max_rejects),
    )
    with _written_rejects(rejects) as on_reject, _signals_interrupt():
        report = asyncio.run(_import(source, location, options, on_reject))
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        from app.cli.import_report import print_report

        print_report(report)
    if options.bound.is_exceeded(report):
        typer.echo(
            f"voltway: {report.outcomes['rejected']:,} of {report.rows_read:,} rows were rejected,"
            f" more than --max-rejects {max_rejects} allows",
            err=True,
        )
        raise typer.Exit(TOO_MANY_REJECTED)


def _locate(given: str | None, file: str | None, url: str | None) -> Location:
    from app.importers.fetch import Location, locate

    chosen = [choice for choice in (given, file, url) if choice is not None]
    if len(chosen) > 1:
        raise typer.BadParameter("give one input: a file, a URL, or - for standard input")
    if url is not None:
        return Location("url", url)
    if chosen:
        return locate(chosen[0])
    if sys.stdin.isatty():
        raise typer.BadParameter("give an input: --file FILE, --url URL, or - for standard input")
    return locate("-")


def parse_bound(text: str) -> RejectBound:
    """``100`` rows or ``20%`` of them; raises ``typer.BadParameter``."""
    from app.importers.options import RejectBound

    number = text.removesuffix("%").strip()
    try:
        if number != text.strip():
            share = float(number) / 100
            if 0 <= share <= 1:
                return RejectBound(share=share)
        elif int(number) >= 0:
            return RejectBound(rows=int(number))
    except ValueError:
        pass
    raise typer.BadParameter(f"--max-rejects {text}: give a number of rows, or 0% to 100%")


@contextmanager
def _written_rejects(path: Path | None) -> Iterator[Callable[[RejectedRow], None]]:
    """A function that writes a rejected row down, if there is a file for it."""
    if path is None:
        yield lambda _reject: None
        return
    try:
        lines = path.open("w", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"--rejects {path}: {error.strerror}") from error
    with lines:
        yield lambda reject: print(json.dumps(reject._asdict(), ensure_ascii=False), file=lines)


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """SIGINT and SIGTERM end what runs at once, also while it waits for input; the first only.

    The event loop's own handling would wait for a read that may never return. What is in a
    transaction is rolled back; the ledger says that the run was interrupted.
    """

    def interrupt(number: int, _frame: Any) -> None:
        for each in watched:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt(signal.Signals(number).name)

    watched = (signal.SIGINT, signal.SIGTERM)
    before = [(number, signal.signal(number, interrupt)) for number in watched]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


async def _import(
    source: str,
    location: Location,
    options: Options,
    on_reject: Callable[[RejectedRow], None],
) -> Report:
    with loading():
        from app.cli.import_report import ProgressBar
        from app.db import migrate
        from app.db.engine import open_database
        from app.db.pool import connections_of
        from app.importers.registry import FEEDS
        from app.importers.run import import_feed
        from app.settings import Settings

    known = [name for name in FEEDS if name != "demo"]
    if source not in {*known, "auto"}:
        raise typer.BadParameter(f"SOURCE is one of {', '.join(known)} and auto, not {source!r}")
    settings = Settings()
    database = open_database(settings.resolved_database_url, connections_of(settings))
    try:
        is_there = database.dialect.exists() and await migrate.current_revision(database)
        if not options.is_dry_run and settings.auto_migrate:
            await migrate.upgrade(database)
        elif is_there or not options.is_dry_run:
            await migrate.require_current(database)
        with ProgressBar() as progress:
            return await import_feed(
                database if is_there or not options.is_dry_run else None,
                location,
                FEEDS.get(source),
                options,
                on_reject=on_reject,
                progress=progress,
            )
    finally:
        await database.close()

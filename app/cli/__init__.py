"""The command ``voltway``: one file per command group, loaded when it is called.

A file of this package offers either a function ``command`` or, for a group, a
``typer.Typer`` named ``app``. The table below names it with its sentence, so that
``voltway --help`` imports none of them.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.cli.loading import keep_loaded, loading
from app.db.errors import DatabaseFull
from app.errors import VoltWayError

INTERRUPTED = 130
"""Exit code after Ctrl-C; what was committed stays, and is consistent."""

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("app.cli.serve", "Serve the map, the API and its docs."),
    "import": ("app.cli.imports", "Read a registry into the catalogue."),
    "export": ("app.cli.export", "Write stations as CSV, GeoJSON or NDJSON."),
    "demo": ("app.cli.demo", "Fill the catalogue with synthetic stations."),
    "db": ("app.cli.db", "Bring the schema up to date; check the catalogue."),
    "users": ("app.cli.users", "Manage accounts."),
    "keys": ("app.cli.keys", "Manage API keys."),
    "settings": ("app.cli.settings", "Show each setting and where its value comes from."),
    "doctor": ("app.cli.doctor", "Say what is set up, what is missing, and the remedy."),
    "bench": ("app.cli.bench", "Measure this machine: tables, plots, JSON."),
}
"""Command → module and what it does."""


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported now; ``None`` for an unknown name."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As the base class, whose hint after a typing error looks at ``commands``."""
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]  # only names are read
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table of commands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def load_command(name: str) -> Any:
    """Import a command of the table and make it ready to run."""
    with loading():
        module = importlib.import_module(COMMANDS[name][0])
    group: typer.Typer | None = getattr(module, "app", None)
    if group is None:
        group = typer.Typer(add_completion=False)
        group.command(name)(module.command)
    group.rich_markup_mode = None
    command = typer.main.get_command(group)
    command.name = name
    return command


cli = typer.Typer(
    cls=LazyGroup,
    name="voltway",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"voltway {version('voltway')}")
        raise typer.Exit


@cli.callback()
def root(
    ctx: typer.Context,
    *,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks of unexpected errors.")
    ] = False,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda value: _print_version(wanted=value),
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """The open EV-charging-station service: import registries, search them, serve them."""


def main() -> None:
    """Run ``voltway`` with the arguments of the process; never returns.

    Exit codes: 0 done; 1 done with too many rows rejected; 2 wrong use; 3 source unreadable
    or unreachable; 4 database or service unavailable; 130 interrupted.
    """
    try:
        typer.main.get_command(cli).main(prog_name="voltway")
    except VoltWayError as error:
        _fail(error.detail, error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        if full := DatabaseFull.behind(error):
            _fail(full.detail, full.exit_code)
        reason = " ".join(str(error).split()) or "no reason given"
        _fail(
            f"{type(error).__name__}: {reason}"
            " (not expected; `voltway --debug …` shows where, `voltway doctor` looks for causes)",
            VoltWayError.exit_code,
        )
    finally:
        keep_loaded()


def _fail(sentence: str, exit_code: int) -> None:
    typer.echo(f"voltway: {' '.join(sentence.split())}", err=True)
    sys.exit(exit_code)

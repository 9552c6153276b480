"""The root of the command: its table, its help, its exit codes."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

import app.cli
from app.cli import COMMANDS, load_command
from tests.fixtures.command import Voltway


def test_help_names_every_command_with_its_sentence(voltway: Voltway) -> None:
    outcome = voltway("--help")
    assert outcome.exit_code == 0
    for name, (_, summary) in COMMANDS.items():
        assert name in outcome.out
        assert summary in outcome.out


def test_help_imports_no_command() -> None:
    """A fast ``--help``: nothing heavy is loaded for it."""
    script = (
        "import sys; sys.argv = ['voltway', '--help']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "heavy = {'sqlalchemy', 'fastapi', 'pydantic', 'numpy', 'httpx2'} & loaded\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_loads_and_has_help(name: str) -> None:
    command = load_command(name)
    assert command.name == name
    assert command.help


def test_without_arguments_the_help_is_shown_as_wrong_use(voltway: Voltway) -> None:
    outcome = voltway()
    assert outcome.exit_code == 2
    assert "Usage: voltway" in outcome.out + outcome.err


def test_a_mistyped_command_is_wrong_use_with_a_hint(voltway: Voltway) -> None:
    outcome = voltway("impotr")
    assert outcome.exit_code == 2
    assert "Did you mean 'import'?" in outcome.err


def test_the_version_is_the_packages(voltway: Voltway) -> None:
    assert voltway("--version").out == f"voltway {version('voltway')}\n"


def test_an_expected_problem_is_one_line_and_its_exit_code(voltway: Voltway) -> None:
    outcome = voltway("db", "check")
    assert outcome.exit_code == 4
    assert outcome.err.startswith("voltway: There is no database yet")
    assert outcome.err.count("\n") == 1


def test_an_unexpected_error_is_one_line_too(voltway: Voltway, data_dir: Path) -> None:
    data_dir.write_text("a file where a folder should be")
    outcome = voltway("db", "upgrade")
    assert outcome.exit_code == 4
    assert outcome.err.count("\n") == 1
    assert "--debug" in outcome.err


def test_with_debug_an_unexpected_error_shows_its_place(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    data_dir.write_text("a file where a folder should be")
    monkeypatch.setattr(sys, "argv", ["voltway", "--debug", "db", "upgrade"])
    with pytest.raises(OSError, match="File exists"):
        app.cli.main()


def test_an_interrupt_while_a_command_loads_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, voltway: Voltway
) -> None:
    def interrupted(_name: str) -> typer.Typer:
        raise KeyboardInterrupt

    monkeypatch.setattr(app.cli, "load_command", interrupted)
    assert voltway("db").exit_code == 130


def test_python_m_app_is_the_same_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "app", "--version"], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("voltway ")

"""What a benchmark found: tables for the eye, JSON for the record."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: numbers to the right, in the units that the column names say."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Aim:
    """What was hoped for, beside what was measured."""

    what: str
    unit: str
    aim: float
    measured: float
    at_least: bool = False
    """Whether more is better; less is, otherwise."""

    @property
    def is_met(self) -> bool:
        """Whether the measured value is the aim or better."""
        return self.measured >= self.aim if self.at_least else self.measured <= self.aim


@dataclass(frozen=True, slots=True)
class Result:
    """One benchmark's run."""

    name: str
    run: dict[str, Any]
    """Machine, versions, seed, command (``machine.describe_run``)."""
    data: dict[str, Any]
    """What was measured with: file, sizes, numbers of queries."""
    findings: dict[str, Any]
    """Every number, JSON values only."""
    tables: tuple[Table, ...]
    aims: tuple[Aim, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> str:
        """The record: everything but the tables, which repeat the findings."""
        aims = [
            {
                "what": aim.what,
                "unit": aim.unit,
                "aim": aim.aim,
                "at_least": aim.at_least,
                "measured": aim.measured,
                "met": aim.is_met,
            }
            for aim in self.aims
        ]
        record = {"benchmark": self.name, "run": self.run, "data": self.data}
        return json.dumps(
            record | {"aims": aims, "findings": self.findings, "notes": self.notes},
            indent=2,
            ensure_ascii=False,
        )


def new_folder(name: str, parent: Path) -> Path:
    """Make the folder of a run: ``search-20261124-231500`` in ``parent``."""
    folder = parent / f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def print_result(result: Result, console: Console) -> None:
    """Print the tables, the aims and the notes."""
    for table in result.tables:
        _print_table(table, console)
    if result.aims:
        _print_table(_aims_table(result.aims), console)
    for note in result.notes:
        console.print(note, markup=False)


def _aims_table(aims: tuple[Aim, ...]) -> Table:
    rows = tuple(
        (
            aim.what,
            f"{'≥' if aim.at_least else '≤'} {aim.aim:g} {aim.unit}".strip(),
            f"{aim.measured:.3g} {aim.unit}".strip(),
            "met" if aim.is_met else "missed",
        )
        for aim in aims
    )
    return Table("Aims", ("what", "aim", "measured", ""), rows)


def _print_table(table: Table, console: Console) -> None:
    printed = RichTable(title=table.title, title_justify="left")
    for number, column in enumerate(table.columns):
        printed.add_column(column, justify="right" if number else "left")
    for row in table.rows:
        printed.add_row(*map(_format, row))
    console.print(printed)


def _format(cell: Cell) -> str:
    match cell:
        case None:
            return "–"
        case float():
            return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"  # noqa: PLR2004 - looks
        case int():
            return f"{cell:,}"
        case _:
            return cell

"""What ``voltway import`` shows: a bar while it runs, a table when it is done."""

from __future__ import annotations

from collections import Counter
from typing import Self

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.importers.outcomes import OUTCOMES
from app.importers.report import Report

MOST_WORDS = 8
"""Unknown words shown per kind; ``--json`` has all."""


class ProgressBar:
    """Rows, rows a second and the time left, on standard error if that is a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TextColumn("{task.fields[rate]:,.0f} rows/s"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def reading(self, rows: int, bytes_read: int, size_bytes: int | None) -> None:
        """Measured in bytes, since nobody knows the number of rows."""
        self._show("Reading", rows, bytes_read, size_bytes)

    def storing(self, rows: int, rows_total: int) -> None:
        """Measured in rows."""
        self._show("Storing", rows, rows, rows_total)

    def _show(self, label: str, rows: int, done: int, total: int | None) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._bar.add_task(label, total=total, rows=0, rate=0.0)
        task = self._tasks[label]
        elapsed_s = self._bar.tasks[task].elapsed or 0.0
        rate = rows / elapsed_s if elapsed_s > 0 else 0.0
        self._bar.update(task, completed=done, rows=rows, rate=rate)


def print_report(report: Report) -> None:
    """The report on standard output, for people."""
    console = Console(highlight=False, soft_wrap=True)
    rate = report.rows_read / report.seconds if report.seconds > 0 else 0.0
    dry = " (dry run: nothing was written)" if report.is_dry_run else ""
    console.print(f"{report.source}, feed {report.feed}: {report.origin}{dry}", markup=False)
    if report.is_unmodified:
        console.print("The source has not changed since the last import: nothing to do.")
        return
    console.print(
        f"{report.rows_read:,} rows in {report.seconds:.1f} s ({rate:,.0f} rows/s);"
        f" stations: {report.stations_new:,} new, {report.stations_changed:,} changed,"
        f" {report.stations_unchanged:,} unchanged, {report.stations_gone:,} gone,"
        f" {report.stations_total:,} in all"
    )
    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for outcome in OUTCOMES:
        table.add_row(outcome, f"{report.outcomes[outcome]:,}")
    table.add_row("rows read", f"{report.rows_read:,}", style="bold")
    console.print(table)
    _print_counts(console, "Reasons", report.reasons)
    _print_counts(console, "Kept, but odd", report.notes.flags)
    for kind, words in report.notes.unknown_words.items():
        _print_counts(console, f"Unknown {kind} words", words)
    for name, remark in report.notes.remarks.items():
        console.print(f"{name}: {remark}", markup=False)
    if report.notes.unmapped_columns:
        console.print(
            f"Columns without a meaning: {', '.join(report.notes.unmapped_columns)}", markup=False
        )


def _print_counts(console: Console, title: str, counts: Counter[str]) -> None:
    if not counts:
        return
    shown = ", ".join(f"{word} {count:,}" for word, count in counts.most_common(MOST_WORDS))
    more = f", and {len(counts) - MOST_WORDS:,} more" if len(counts) > MOST_WORDS else ""
    console.print(f"{title}: {shown}{more}", markup=False)

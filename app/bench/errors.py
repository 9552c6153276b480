"""Why a benchmark cannot run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.errors import VoltWayError


class RowsFileRefused(VoltWayError):
    """The file to import is not there, or no IRVE file."""

    slug, title, status, exit_code = "bench-rows-file", "The file cannot be measured", 422, 2

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be measured: {why}. Give a static IRVE file, .csv or .gz.")


class PlottingMissing(VoltWayError):
    """The library that draws the plots is not installed."""

    slug, title, status, exit_code = "bench-plots", "Plots need matplotlib", 503, 2

    def __init__(self) -> None:
        super().__init__(
            "Plots need matplotlib: install the extra with `pip install 'voltway[bench]'`,"
            " or measure without plots (--no-plots)."
        )


class PeersMissing(VoltWayError):
    """Libraries that ours is measured beside are not installed."""

    slug, title, status, exit_code = "bench-peers", "Peers are missing", 503, 2

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Not installed: {', '.join(names)}. The extra brings them:"
            " `pip install 'voltway[bench]'`."
        )


class MeasurementFailed(VoltWayError):
    """A process of the benchmark ended before it had measured."""

    slug, title, status, exit_code = "bench-failed", "The measurement failed", 500, 4

    def __init__(self, what: str, output: str) -> None:
        said = output.strip().splitlines() or ["it said nothing"]
        super().__init__(f"{what} ended before it had measured: {said[-1]}")


class DatabaseNotEmpty(VoltWayError):
    """A database to measure in has stations already."""

    slug, title, status = "bench-database", "The database is not empty", 409
    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "The database has stations, which a measurement would delete; name another."
        )


class BrowserMissing(VoltWayError):
    """The map page cannot be opened: a browser, its driver, or the page itself is not there."""

    slug, title, status, exit_code = "bench-browser", "The page cannot be opened", 503, 2

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"To measure the page, {what} is needed: {remedy}.")

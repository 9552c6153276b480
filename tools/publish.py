"""Writes the tables of published benchmark runs into the pages that show them.

``docs/benchmarks/NAME-TIME/result.json`` is the record; in a page, what stands between
``<!-- bench:NAME.PART -->`` and ``<!-- bench:end -->`` is written from the newest record of
that name. With ``--check`` the pages are only compared.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "docs" / "benchmarks"
PAGES = (ROOT / "README.md", ROOT / "docs" / "explanation" / "performance.md")

_PLACE = re.compile(
    r"(<!-- bench:(?P<name>\w+)\.(?P<part>\w+) -->\n).*?(<!-- bench:end -->)", re.DOTALL
)

_LARGE = 1_000

Record = dict[str, Any]
Cell = str | float


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    return [
        f"| {' | '.join(columns)} |",
        f"|---|{'--:|' * (len(columns) - 1)}",
        *(f"| {' | '.join(map(_shown, row))} |" for row in rows),
    ]


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= _LARGE else f"{cell:.3g}"


def run(record: Record) -> list[str]:
    """Which run it is, of which machine."""
    of_run = record["run"]
    machine, versions = of_run["machine"], of_run["versions"]
    command = re.sub(r"(://)\S+", r"\1…", of_run["command"])
    command = re.sub(r"(?<!\S)(?!\S*://)\S*/", "", command)
    link = f"[`{command}`]({record['folder']}/result.json)"
    where = f"{machine['cpu']}, {machine['cores']} cores, Python {versions['python']}"
    seed = "" if of_run["seed"] is None else f", seed {of_run['seed']}"
    when = f"{of_run['started_at'][:10]}{seed}"
    return [f"{link}, {when}: {where}, SQLite {versions['sqlite']}."]


def plots(record: Record) -> list[str]:
    """Every drawing of the run."""
    return [
        f"![{plot.removesuffix('.svg')}]({record['folder']}/{plot})" for plot in record["plots"]
    ]


def aims(record: Record) -> list[str]:
    """Every aim beside what was measured."""
    rows = []
    for aim in record["aims"]:
        is_met = "met" if aim["met"] else "**missed**"
        sign = "≥" if aim["at_least"] else "≤"
        unit = aim["unit"]
        rows.append(
            (
                aim["what"],
                f"{sign} {_shown(aim['aim'])} {unit}".strip(),
                f"{_shown(aim['measured'])} {unit}".strip(),
                is_met,
            )
        )
    return _table(("what", "aim", "measured", ""), rows)


def claims(record: Record) -> list[str]:
    """Every claim with its baseline, both sides and the factor between them."""
    rows: list[tuple[Cell, ...]] = [
        (
            claim["what"],
            claim["baseline"],
            f"{_shown(claim['baseline_value'])} {claim['unit']}",
            f"{_shown(claim['our_value'])} {claim['unit']}",
            f"{_shown(claim['factor'])} ×",
            f"≥ {_shown(claim['aim'])} ×",
            "holds" if claim["holds"] else "**does not hold**",
        )
        for claim in record["findings"]["claims"]
    ]
    return _table(("claim", "against", "baseline", "ours", "factor", "aim", ""), rows)


def _sizes(record: Record, *, served: bool = False) -> list[Record]:
    return [size for size in record["findings"]["sizes"] if size["http"] or not served]


def _by_size(first: str, sizes: list[Record], rows: list[tuple[Cell, ...]]) -> list[str]:
    return _table((first, *(f"{size['stations']:,}" for size in sizes)), rows)


def times(record: Record) -> list[str]:
    """Medians of every kind of search by size."""
    sizes = _sizes(record)
    names = sizes[0]["in_process"]
    return _by_size(
        "median, ms",
        sizes,
        [(name, *(size["in_process"][name]["median_ms"] for size in sizes)) for name in names],
    )


def rates(record: Record) -> list[str]:
    """Shares of the floor over HTTP by size."""
    sizes = _sizes(record, served=True)
    peers = [peer for peer in sizes[0]["http"] if peer != "floor"]
    return _by_size(
        "over HTTP, share of the floor",
        sizes,
        [(peer, *(size["http"][peer]["share_of_floor"] for size in sizes)) for peer in peers],
    )


def summary(record: Record) -> list[str]:
    """What a reader in a hurry wants to know of the search."""
    sizes = _sizes(record, served=True)
    names = ("nearest, index", "nearest, answer", "nearest, answer, cards in memory")
    rows: list[tuple[Cell, ...]] = [
        (
            f"{name} (ms)",
            *(size["in_process"][name]["median_ms"] for size in sizes),
        )
        for name in names
        if name in sizes[0]["in_process"]
    ]
    rows.append(
        (
            "requests over HTTP, of a ready-made answer's",
            *(size["http"]["ours"]["share_of_floor"] for size in sizes),
        )
    )
    return _by_size("stations", sizes, rows)


PARTS: dict[str, Callable[[Record], list[str]]] = {
    "run": run,
    "plots": plots,
    "aims": aims,
    "claims": claims,
    "times": times,
    "rates": rates,
    "summary": summary,
}


def newest(name: str, page: Path, benchmarks: Path) -> Record:
    """The newest published record of a benchmark, with its folder as a page links to it.

    Raises:
        SystemExit: There is none.
    """
    folders = sorted(benchmarks.glob(f"{name}-*"))
    if not folders:
        raise SystemExit(f"no run of {name!r} is published in {benchmarks}")
    folder = folders[-1]
    record: Record = json.loads((folder / "result.json").read_text("utf-8"))
    return record | {
        "folder": Path(os.path.relpath(folder, page.parent)).as_posix(),
        "plots": sorted(plot.name for plot in folder.glob("*.svg")),
    }


def filled(page: Path, benchmarks: Path = BENCHMARKS) -> str:
    """A page with its tables written anew."""

    def fill(place: re.Match[str]) -> str:
        lines = PARTS[place["part"]](newest(place["name"], page, benchmarks))
        return "\n".join((place[1].rstrip("\n"), *lines, place[4]))

    return _PLACE.sub(fill, page.read_text("utf-8"))


def main(arguments: list[str]) -> int:
    """Write the pages; with ``--check`` only compare, and end with 1 where one differs."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: publish.py [--check]\n")
        return 2
    stale = []
    for page in PAGES:
        found = page.read_text("utf-8")
        if (wanted := filled(page)) != found:
            stale.append(page.name)
            if not arguments:
                page.write_text(wanted, "utf-8")
    if stale and arguments:
        sys.stderr.write(f"{', '.join(stale)}: differ from the published runs; run publish.py\n")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

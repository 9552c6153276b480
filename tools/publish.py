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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.bench_tables import PARTS, Record  # noqa: E402 - found by the line above

BENCHMARKS = ROOT / "docs" / "benchmarks"
PAGES = (
    ROOT / "README.md",
    ROOT / "docs" / "explanation" / "performance.md",
    ROOT / "docs" / "explanation" / "map.md",
    ROOT / "docs" / "how-to" / "growing.md",
)

_PLACE = re.compile(
    r"(<!-- bench:(?P<name>\w+)\.(?P<part>\w+) -->\n).*?(<!-- bench:end -->)", re.DOTALL
)


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

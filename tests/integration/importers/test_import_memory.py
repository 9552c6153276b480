"""An import needs no more memory for ten times the rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.small_feed import HEADER

ROWS = 4_000
MOST_GROWTH_MB = 60
"""For ten times the rows: what is held before it is spilled, and caches that fill up."""

_CHILD = """
import asyncio, sys
from app.db import migrate
from app.db.engine import open_database
from app.importers import grouping
from app.importers.fetch import locate
from app.importers.run import import_feed
from tests.fixtures.small_feed import SmallFeed

async def main(folder, table):
    database = open_database(f"sqlite+aiosqlite:///{folder}/{table}.db")
    await migrate.upgrade(database)
    report = await import_feed(database, locate(f"{folder}/{table}"), SmallFeed())
    await database.close()
    return report.rows_read

grouping.Grouping.__init__.__defaults__ = (4 << 20,)
rows = asyncio.run(main(*sys.argv[1:]))
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(rows, int(status["VmHWM"].split()[0]) // 1024)
"""


def peak_mb(folder: Path, rows: int) -> int:
    table = folder / f"{rows}.csv"
    padding = "x" * 300
    with table.open("w") as file:
        print(HEADER, file=file)
        for number in range(rows):
            key = number * 7919 % rows  # the rows of a station stand far apart
            print(f"K{key // 2},{key % 2},{padding}{key},48.1,2.1,22,5,", file=file)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(folder), table.name],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    read, peak = map(int, done.stdout.split())
    assert read == rows
    return peak


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_ten_times_the_rows_need_no_more_memory(tmp_path: Path) -> None:
    small, large = peak_mb(tmp_path, ROWS), peak_mb(tmp_path, 10 * ROWS)
    assert large - small < MOST_GROWTH_MB, f"{small} MB for {ROWS} rows, {large} MB for ten times"

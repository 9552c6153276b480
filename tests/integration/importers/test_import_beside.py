"""What is large is read by a process of its own, and nothing else is different."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.engine import Database, open_database
from app.importers import messages, readers
from app.importers.errors import (
    FormatNotRecognised,
    LayoutNotUnderstood,
    ReaderLost,
    SourceUnreadable,
)
from app.importers.fetch import locate
from app.importers.messages import Chunk, Destination, Failed, Order, Recognised, Sifted, frame
from app.importers.options import Options, Silent
from app.importers.readers import Beside, Here, choose_reader
from app.importers.registry import FEEDS
from app.importers.report import Report
from app.importers.row import RejectedRow
from app.importers.run import import_feed
from app.stations.models import ImportRun, Station
from app.stations.records import FeedRow
from tests.fixtures.irve_table import write_irve_table
from tests.fixtures.small_feed import SmallFeed

pytestmark = pytest.mark.anyio

ORDER = Order("irve", "a stream", allow_non_open=False)
DESTINATION = Destination(FeedRow(3, "irve", "other"), is_empty=True)

STATIONS = 6_000
"""More than is ever under way between two processes."""

TABLES = ("station", "evse", "connector", "card", "sighting", "operator", "reject", "unknown_word")


@pytest.fixture
def always_beside(monkeypatch: pytest.MonkeyPatch) -> list[Beside]:
    """However small the input; the readers that were made."""
    made: list[Beside] = []

    class Watched(Beside):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(readers, "LARGE_BYTES", 0)
    monkeypatch.setattr(readers, "Beside", Watched)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return made


@pytest.fixture
async def database(tmp_path: Path, empty_catalogue: Path) -> AsyncIterator[Database]:
    shutil.copy(empty_catalogue, tmp_path / "voltway.db")
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'voltway.db'}")
    yield opened
    async with opened.writes.begin() as session:
        assert await opened.dialect.find_damage(session) == []
    await opened.close()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


def stored(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that an import wrote, without the moments at which it did."""
    path = Path(str(database.engine.url.database))
    connection = sqlite3.connect(path)
    try:
        rows = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()  # noqa: S608 - our own names
            for name in TABLES
        }
    finally:
        connection.close()
    moments = {"created_at", "updated_at"}
    columns = Station.__table__.columns.keys()
    rows["station"] = [
        tuple(value for name, value in zip(columns, row, strict=True) if name not in moments)
        for row in rows["station"]
    ]
    rows["card"] = [(row[0], row[1], row[2].split(b'"updated_at"')[0]) for row in rows["card"]]
    return rows


def told(report: Report) -> dict[str, Any]:
    return {**report.as_json(), "seconds": None, "file": None}


async def test_both_readers_store_and_tell_the_same(
    database: Database,
    tmp_path: Path,
    empty_catalogue: Path,
    always_beside: list[Beside],
    monkeypatch: pytest.MonkeyPatch,
    stack: AsyncExitStack,
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write_irve_table(first, 700, access="sur rendez-vous")
    write_irve_table(second, 720, power_kw=11)
    with first.open("a") as file:
        print("Réseau,FRTSTP9,Sans place,Voirie,x,nulle part,1,FRTSTE9,22" + ",true" * 8, file=file)
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(empty_catalogue, other / "voltway.db")
    here = open_database(f"sqlite+aiosqlite:///{other / 'voltway.db'}")
    stack.push_async_callback(here.close)
    for path in (first, first, second):
        beside = await import_feed(database, locate(str(path)))
        with monkeypatch.context() as small:
            small.setattr(readers, "LARGE_BYTES", 1 << 30)
            alone = await import_feed(here, locate(str(path)))
        assert told(beside) == told(alone)
        assert stored(database) == stored(here)
    assert len(always_beside) == 3
    assert beside.stations_changed == 700
    assert beside.stations_new == 20


async def test_a_dry_run_tells_the_same_beside(
    database: Database, tmp_path: Path, always_beside: list[Beside]
) -> None:
    path = tmp_path / "table.csv"
    write_irve_table(path, 30)
    dry = await import_feed(None, locate(str(path)), None, Options(is_dry_run=True))
    wet = await import_feed(database, locate(str(path)))
    assert dry.outcomes == wet.outcomes
    assert len(always_beside) == 2


@pytest.mark.parametrize(
    ("content", "feed", "error", "what"),
    [
        (b"a,b,c\n1,2,3\n", None, FormatNotRecognised, "a table with the columns a, b, c"),
        (b"a,b,c\n1,2,3\n", "irve", LayoutNotUnderstood, "no column of coordinates"),
        (b"", "irve", SourceUnreadable, "it is empty"),
        (gzip.compress(b"a,b,c\n" * 90_000)[:-20], None, SourceUnreadable, "packing is damaged"),
    ],
)
async def test_what_cannot_be_read_is_said_as_ever(
    database: Database,
    tmp_path: Path,
    always_beside: list[Beside],
    content: bytes,
    feed: str | None,
    error: type[Exception],
    what: str,
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(error, match=what):
        await import_feed(database, locate(str(path)), FEEDS[feed] if feed else None)
    assert always_beside


class Killing(Silent):
    """Progress that kills the reader when told of one kind of it."""

    def __init__(self, made: list[Beside], when: str) -> None:
        self._made = made
        self._when = when

    def reading(self, rows: int, bytes_read: int, size_bytes: int | None) -> None:
        if self._when == "reading":
            self._made[0].kill()

    def storing(self, rows: int, rows_total: int) -> None:
        if self._when == "storing":
            self._made[0].kill()


@pytest.mark.parametrize("when", ["reading", "storing"])
async def test_a_reader_that_is_killed_ends_the_run_and_the_next_one_finishes(
    database: Database, tmp_path: Path, always_beside: list[Beside], when: str
) -> None:
    path = tmp_path / "table.csv"
    write_irve_table(path, STATIONS)
    with pytest.raises(ReaderLost, match="signal 9"):
        await import_feed(database, locate(str(path)), progress=Killing(always_beside, when))
    async with database.reads() as session:
        assert (await session.scalars(select(ImportRun.state))).all() == ["failed"]
        count = await session.scalar(select(func.count(Station.id))) or 0
    assert count % 500 == 0
    assert (count > 0) is (when == "storing")
    assert count < STATIONS
    report = await import_feed(database, locate(str(path)))
    assert report.stations_total == STATIONS
    assert report.stations_new == STATIONS - count


async def test_a_cancelled_import_takes_its_reader_with_it(
    database: Database, tmp_path: Path, always_beside: list[Beside]
) -> None:
    path = tmp_path / "table.csv"
    write_irve_table(path, STATIONS)

    class Cancelling(Silent):
        def storing(self, rows: int, rows_total: int) -> None:
            running.cancel()

    running = asyncio.create_task(import_feed(database, locate(str(path)), progress=Cancelling()))
    with pytest.raises(asyncio.CancelledError):
        await running
    async with database.reads() as session:
        assert (await session.scalars(select(ImportRun.state))).all() == ["interrupted"]
    assert always_beside[0].exit_code == -signal.SIGKILL


class Breaking(io.RawIOBase):
    """A stream that breaks off behind some bytes."""

    def __init__(self, head: bytes) -> None:
        self._head = head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._head:
            raise SourceUnreadable("a stream", "it breaks off")
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


async def first_chunk(reader: Beside) -> Chunk:
    while True:
        message = await reader.receive()
        if isinstance(message, Chunk):
            return message


async def test_a_source_that_breaks_off_is_never_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_irve_table(path, 1_000)
    stream = io.BufferedReader(Breaking(path.read_bytes()))
    async with Beside(stream, ORDER) as reader:
        reader.send_to(DESTINATION)
        with pytest.raises(SourceUnreadable, match="it breaks off"):
            await first_chunk(reader)


async def test_what_nobody_expected_is_raised_with_its_trace() -> None:
    order = Order("nowhere", "a stream", allow_non_open=False)
    async with Beside(io.BufferedReader(io.BytesIO(b"a")), order) as reader:
        with pytest.raises(RuntimeError, match="KeyError: 'nowhere'"):
            await reader.receive()


def test_a_reader_alone_ends_by_itself() -> None:
    orphan = subprocess.run(
        [sys.executable, "-m", "app.importers.reader_process"],
        input=frame(ORDER) + messages.length.pack(9) + b"a,b",
        capture_output=True,
        check=False,
    )
    assert (orphan.returncode, orphan.stdout) == (1, b"")
    assert orphan.stderr == b"voltway: the importing process is gone\n"


def test_a_reader_whom_nobody_hears_ends_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_irve_table(path, 10)
    table = path.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-m", "app.importers.reader_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as deaf:
        assert deaf.stdin
        assert deaf.stdout
        assert deaf.stderr
        deaf.stdout.close()
        deaf.stdin.write(frame(ORDER) + messages.length.pack(len(table)) + table)
        deaf.stdin.write(messages.length.pack(0))
        deaf.stdin.close()
        assert deaf.stderr.read() == b"voltway: the importing process is gone\n"
    assert deaf.returncode == 1


async def test_only_what_is_large_or_unknown_goes_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    stream = io.BufferedReader(io.BytesIO(b""))
    large = readers.LARGE_BYTES
    assert isinstance(choose_reader(stream, ORDER, None, size_bytes=large - 1), Here)
    assert isinstance(choose_reader(stream, ORDER, None, size_bytes=large), Beside)
    assert isinstance(choose_reader(stream, ORDER, FEEDS["irve"], size_bytes=None), Beside)
    assert isinstance(choose_reader(stream, ORDER, SmallFeed(), size_bytes=large), Here)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert isinstance(choose_reader(stream, ORDER, None, size_bytes=large), Here)


async def test_stations_are_handed_out_only_with_a_destination(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_irve_table(path, 1)
    async with Here(io.BufferedReader(io.BytesIO(path.read_bytes())), ORDER, None) as reader:
        assert await reader.receive() == Recognised("irve")
        await reader.receive()
        await reader.receive()
        with pytest.raises(RuntimeError, match="send_to"):
            await reader.receive()


@pytest.mark.parametrize(
    "message",
    [
        Recognised("irve"),
        Failed("reader-lost", "why", {"origin": "x"}),
        Sifted(7, {"private": 2}, [RejectedRow(3, "no-key", "", "raw")]),
    ],
)
def test_messages_come_out_as_they_went_in(message: Any) -> None:
    assert messages.decode(messages.encode(message)) == message


def test_a_destination_comes_out_as_it_went_in() -> None:
    assert messages.decode_destination(messages.encode(DESTINATION)) == DESTINATION

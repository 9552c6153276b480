"""Committed data of SQLite for the event loop: a look-up by key takes microseconds."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from app.db.dialects.base import CardRow, StationIds
from app.db.timing import TimedRead

BUSY_TIMEOUT_MS = 10_000

POLL_S = 0.2
"""How often the file is asked whether anyone committed: 3 µs each time."""

IDS_AT_ONCE = 20_000
"""Matches of a text parsed at once: 2 ms in which no other thread runs."""
CACHE_KIB = 4 * 1024

CARDS_STEP = 64
"""More ids of cards than this are filled up to a multiple: few statements stay prepared."""

NO_ID = 0
"""No station has it."""

STATEMENTS = 256
"""Those that stay prepared: of two kinds for each number of cards up to a step, and some."""

MMAP_BYTES = 0x7FFF_0000
"""As much of the file as SQLite maps at most: what lies behind is copied page by page."""


class SQLiteReader:
    """A read-only connection, used on the event loop, and one for text, used in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = _connect_read_only(path)
        self._text_connection = _connect_read_only(path)
        self._text_lock = threading.Lock()

    async def read_cards(self, station_ids: Sequence[int]) -> list[CardRow]:
        """By primary key."""
        if not station_ids:
            return []
        ids = _filled_up(station_ids)
        with TimedRead("card"):
            return self._connection.execute(_cards_statement(len(ids)), ids).fetchall()

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        """By primary key; told by place, since a dictionary took a sixth of the time."""
        if not station_ids:
            return []
        ids = _filled_up(station_ids)
        with TimedRead("card"):
            rows = self._connection.execute(_bodies_statement(len(ids)), ids).fetchall()
        del rows[len(station_ids) :]
        return [body for (body,) in rows]

    async def find_text(self, words: Sequence[str], prefix: str | None) -> StationIds:
        """In a thread, since two letters may begin a word of every other station."""
        terms = [f'"{word}"' for word in words]
        if prefix is not None:
            terms.append(f'"{prefix}" *')
        with TimedRead("station_text"):
            return await asyncio.to_thread(self._find_all, " AND ".join(terms))

    def _find_all(self, match: str) -> StationIds:
        """Ids joined to strings by SQLite and parsed by numpy: no Python int per match."""
        parts, last_id = [], 0
        with self._text_lock:
            while True:
                (joined,) = self._text_connection.execute(
                    "SELECT group_concat(rowid, ' ') FROM (SELECT rowid FROM station_text"
                    " WHERE station_text MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?)",
                    (match, last_id, IDS_AT_ONCE),
                ).fetchone()
                part = np.fromstring(joined or "", dtype=np.int64, sep=" ")
                parts.append(part)
                if len(part) < IDS_AT_ONCE:
                    return np.concatenate(parts)
                last_id = int(part[-1])

    async def data_version(self) -> int:
        """``PRAGMA data_version``: about 3 µs."""
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def wait_for_change(self) -> None:
        """Nobody tells: the file is looked at again after ``POLL_S``."""
        await asyncio.sleep(POLL_S)

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows at once; for many rows ask in ranges of a key."""
        with TimedRead():
            return self._connection.execute(sql, parameters).fetchall()

    def recipe(self) -> Callable[[], SQLiteReader]:
        """The path is all it takes."""
        return partial(SQLiteReader, self._path)

    async def close(self) -> None:
        """Close both connections, once a search for text has ended."""
        self._connection.close()
        with self._text_lock:
            self._text_connection.close()


@lru_cache(maxsize=STATEMENTS)
def _cards_statement(count: int) -> str:
    return (
        f"{_wanted(count)} SELECT station_id, version, body"  # noqa: S608 - question marks alone
        " FROM wanted CROSS JOIN card ON station_id = wanted.id"
    )


@lru_cache(maxsize=STATEMENTS)
def _bodies_statement(count: int) -> str:
    """The first table is walked in its order: a row for each id, and no id to be read."""
    return (
        f"{_wanted(count)} SELECT body"  # noqa: S608 - question marks alone
        " FROM wanted LEFT JOIN card ON station_id = wanted.id"
    )


def _wanted(count: int) -> str:
    """To be joined, since to look ids up in an ``IN`` list SQLite makes a tree of them first."""
    return f"WITH wanted(id) AS (VALUES {','.join(['(?)'] * count)})"


def _filled_up(station_ids: Sequence[int]) -> Sequence[int]:
    """Many ids have some behind them that nobody has."""
    missing = -len(station_ids) % CARDS_STEP if len(station_ids) > CARDS_STEP else 0
    return [*station_ids, *[NO_ID] * missing] if missing else station_ids


def _connect_read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_MS / 1000,
        cached_statements=STATEMENTS,
    )
    connection.execute(f"PRAGMA mmap_size={MMAP_BYTES}")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    return connection

"""Many rows of an ``INSERT`` in few steps of SQLite.

The driver gives up the interpreter's lock for each step. Where another thread computes
meanwhile, getting it back takes as long as a step of fifty rows; and fifty rows a step cost
SQLite a quarter less than one.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Self

BLOCK_ROWS = 50

_insert = re.compile(
    r'(?P<head>INSERT INTO [\w"]+ \([\w", ]+\) VALUES )(?P<row>\(\?(?:, \?)*\))(?P<tail> ON .+)?'
)


@lru_cache(maxsize=64)
def _block_statement(statement: str) -> str | None:
    """The same for ``BLOCK_ROWS`` rows; ``None`` where it is no plain ``INSERT``."""
    found = _insert.fullmatch(statement)
    if found is None:
        return None
    return f"{found['head']}{', '.join([found['row']] * BLOCK_ROWS)}{found['tail'] or ''}"


class BlockCursor(sqlite3.Cursor):
    """Its ``executemany`` inserts whole blocks; ``rowcount`` is then that of the last."""

    def executemany(self, statement: str, rows: Iterable[Any], /) -> Self:
        """As the driver's; rows of a plain ``INSERT`` are sequences, in blocks."""
        block = _block_statement(statement)
        if block is None or not isinstance(rows, Sequence) or len(rows) < BLOCK_ROWS:
            super().executemany(statement, rows)
            return self
        in_blocks = len(rows) - len(rows) % BLOCK_ROWS
        for first in range(0, in_blocks, BLOCK_ROWS):
            self.execute(block, tuple(chain.from_iterable(rows[first : first + BLOCK_ROWS])))
        super().executemany(statement, rows[in_blocks:])
        return self


class BlockConnection(sqlite3.Connection):
    """Its cursors are such."""

    def cursor(self, factory: Any = BlockCursor, /) -> Any:
        """A ``BlockCursor``, unless asked for another kind."""
        return super().cursor(factory)

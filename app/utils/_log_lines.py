"""What waits to be written, and what it is written to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

from app.utils._log_late import LateLine

Line = bytes | LateLine
Item = tuple[str, Line, int]
"""A line between its level and about the bytes that it takes."""


class Sink(Protocol):
    """Where lines end up."""

    name: str

    def write(self, lines: Sequence[bytes]) -> int:
        """Write lines, each with its line break; how many, from the first, were written whole."""

    def begin_anew(self) -> None:
        """Let go of what a forked process shares with its parent."""

    def close(self) -> None:
        """Let go of everything."""


def first_batch(waiting: Sequence[Item], most_bytes: int) -> tuple[int, int]:
    """Bytes and number of the first items that make about ``most_bytes``."""
    sizes = [size_bytes for _, _, size_bytes in waiting]
    if (size_bytes := sum(sizes)) <= most_bytes:
        return size_bytes, len(sizes)
    ends = list(accumulate(sizes))
    count = bisect_left(ends, most_bytes) + 1
    return ends[count - 1], count

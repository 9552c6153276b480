"""Lines that wait for one sink, within bounds."""

from __future__ import annotations

import logging
import threading

from app.utils._log_lines import Item

CAPACITY = 8_192
"""Most lines that wait for one sink."""
CAPACITY_BYTES = 16 * 1024 * 1024
RESERVE = 1_024
"""More lines of level ERROR and above that may wait where the queue is full for others."""
RESERVE_BYTES = 4 * 1024 * 1024


class Waiting:
    """The lines, and a gate that whoever changes them goes through.

    Apart from the handlers, which are of several classes: the interpreter reads attributes
    in a third of the time where the class is always the same.
    """

    __slots__ = ("gate", "lines", "unwritten_bytes")

    def __init__(self) -> None:
        self.gate = threading.RLock()
        self.lines: list[Item] = []
        self.unwritten_bytes = 0
        """Of these lines and of those that are just being written."""

    def add(self, level: int, item: Item) -> int:
        """Let a line wait; how many do then, or 0 where there is no room for it."""
        # Written out, since a `with` takes longer than all that it guards here.
        self.gate.acquire()
        try:
            lines = self.lines
            unwritten_bytes = self.unwritten_bytes + item[2]
            if (
                len(lines) >= CAPACITY or unwritten_bytes > CAPACITY_BYTES
            ) and not self._has_reserve(level, unwritten_bytes):
                return 0
            self.unwritten_bytes = unwritten_bytes
            lines.append(item)
            return len(lines)
        finally:
            self.gate.release()

    def _has_reserve(self, level: int, unwritten_bytes: int) -> bool:
        return (
            level >= logging.ERROR
            and len(self.lines) < CAPACITY + RESERVE
            and unwritten_bytes <= CAPACITY_BYTES + RESERVE_BYTES
        )

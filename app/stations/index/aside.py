"""Work over many stations, done where it holds up nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

MANY_STATIONS = 20_000
"""With more stations than this a thread takes over: some 3 ms of work, and numpy lets others
run meanwhile."""

T = TypeVar("T")


async def aside(station_count: int, work: Callable[[], T]) -> T:
    """What ``work`` returns: at once, or from a thread where many stations are concerned.

    Args:
        station_count: How many it looks at.
        work: Needs no consistent view of facts that are patched in place.
    """
    return work() if station_count <= MANY_STATIONS else await asyncio.to_thread(work)

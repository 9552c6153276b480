"""Times of the variants of one thing, taken in turns, so that a noisy machine hits all alike."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

Asked = Callable[[Any], Awaitable[object]]


class Spread(NamedTuple):
    """How long something took, in ms."""

    median_ms: float
    p99_ms: float
    mean_ms: float
    queries: int

    @classmethod
    def of(cls, times_s: Sequence[float]) -> Spread:
        """The spread of some times in seconds; at least one."""
        ordered = sorted(times_s)
        return cls(
            median_ms=round(median(ordered) * 1000, 4),
            p99_ms=round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000, 4),
            mean_ms=round(sum(ordered) / len(ordered) * 1000, 4),
            queries=len(ordered),
        )


class Stopwatch:
    """Wall time and the processor time of this process and its ended children, since it was made.

    Where others use the machine, the processor time is the truer of the two.
    """

    def __init__(self) -> None:
        self._wall_s = time.perf_counter()
        self._cpu_s = _cpu_s()

    def read(self) -> dict[str, float]:
        """``seconds`` and ``cpu_seconds``."""
        return {
            "seconds": time.perf_counter() - self._wall_s,
            "cpu_seconds": _cpu_s() - self._cpu_s,
        }


def _cpu_s() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


async def take_turns(
    variants: dict[str, tuple[Asked, Sequence[Any]]], *, rounds: int
) -> dict[str, Spread]:
    """Ask every variant each of its queries, in turns, ``rounds`` times over.

    Args:
        variants: By name: what to await, and the queries to hand to it one by one.
        rounds: How often each list of queries is gone through.

    Returns:
        The spread of a single query's time, by name; a first round is not counted.
    """
    times_s: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, (ask, queries) in variants.items():
            for query in queries:
                began_s = time.perf_counter()
                await ask(query)
                if number:
                    times_s[name].append(time.perf_counter() - began_s)
    return {name: Spread.of(times) for name, times in times_s.items()}

"""What a part of the toolkit's benchmark found, and how its loops are timed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median
from typing import Any, NamedTuple

from app.bench.report import Aim, Cell, Table

Loop = Callable[[int], Awaitable[None]]
"""Does the same thing so many times over."""


class Claim(NamedTuple):
    """A claim of the toolkit, both sides of it measured in the same run."""

    what: str
    baseline: str
    """What ours is compared with; a claim without this word means nothing."""
    baseline_value: float
    our_value: float
    unit: str
    aim: float
    """The least factor, baseline over ours, that makes the claim hold."""

    @property
    def factor(self) -> float:
        """How many times less ours takes; of rates, how many times more ours does."""
        if self.unit.endswith("/s"):
            return self.our_value / self.baseline_value
        return self.baseline_value / self.our_value

    def as_row(self) -> tuple[Cell, ...]:
        """One row of the table of claims."""
        return (
            self.what,
            self.baseline,
            self.factor,
            f"≥ {self.aim:g}",
            "holds" if self.factor >= self.aim else "does not",
        )

    def as_json(self) -> dict[str, Any]:
        """The same for the record."""
        return {
            **self._asdict(),
            "factor": round(self.factor, 4),
            "holds": self.factor >= self.aim,
        }


CLAIM_COLUMNS = ("claim", "against", "factor", "aim", "")


class Section(NamedTuple):
    """What one part's findings come to."""

    tables: tuple[Table, ...] = ()
    aims: tuple[Aim, ...] = ()
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()


async def time_loops(
    loops: Mapping[str, Loop],
    *,
    calls: int | Mapping[str, int],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Microseconds of one call, by name: the median of some rounds, taken in turns.

    A first, shorter round is not counted.

    Args:
        loops: By name.
        calls: Of each in a round, or by name.
        rounds: At least 1.
        clock: In seconds; ``time.process_time`` counts the work of all threads, whoever else
            uses the machine.
    """
    taken_us: dict[str, list[float]] = {name: [] for name in loops}
    for number in range(rounds + 1):
        for name, loop in loops.items():
            times = calls if isinstance(calls, int) else calls[name]
            times = times if number else max(1, times // 10)
            began_s = clock()
            await loop(times)
            if number:
                taken_us[name].append((clock() - began_s) / times * 1e6)
    return {name: median(times) for name, times in taken_us.items()}


def cost_table(title: str, taken_us: Mapping[str, float], floor: str) -> Table:
    """Microseconds by name, and as multiples of the floor's."""
    rows = tuple((name, us, us / taken_us[floor]) for name, us in taken_us.items())
    return Table(title, ("", "µs", f"× {floor}"), rows)

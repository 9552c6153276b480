"""Plugs dealt to charging bays, for registries that count both but do not say which is where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from app.stations.draft import MAX_EVSES

MAX_PLUGS = 4 * MAX_EVSES
"""More plugs than this at one place is a mistake of the source."""


class Plugs(NamedTuple):
    """Some equal plugs."""

    kind: Hashable
    """What tells them from others when bays are counted: the connector's type."""
    quantity: int


def count_bays(plugs: Sequence[Plugs], stated: int | None) -> int:
    """How many cars can charge at once: as stated, else as many as the most frequent plug.

    A device with a CCS, a CHAdeMO and a Type 2 plug charges one car at a time for certain;
    three would be a guess.
    """
    if stated:
        return stated
    totals: Counter[Hashable] = Counter()
    for kind, quantity in plugs:
        totals[kind] += quantity
    return max(totals.values(), default=0)


def deal(plugs: Sequence[Plugs], bays: int) -> list[list[int]]:
    """For each bay the positions in ``plugs`` of what hangs there, one after the other in turn.

    Where there are more plugs than bays the turn begins anew, so every bay has its share;
    the same input always gives the same bays.
    """
    dealt: list[list[int]] = [[] for _ in range(bays)]
    turn = 0
    for position, plug in enumerate(plugs):
        for _ in range(plug.quantity):
            dealt[turn % bays].append(position)
            turn += 1
    return dealt


def is_too_many(plugs: Sequence[Plugs], bays: int) -> bool:
    """Whether a place of this size must be a mistake; to be asked before ``deal``."""
    return bays > MAX_EVSES or sum(plug.quantity for plug in plugs) > MAX_PLUGS

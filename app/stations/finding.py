"""From hits of the index and cards to what a search gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

import numpy as np

from app.stations.cards import Found, Volatile
from app.stations.index.clusters import Cell
from app.stations.index.columns import Rows
from app.stations.index.ranking import Hits
from app.stations.index.search import Floats


@dataclass(frozen=True, slots=True)
class Cluster:
    """Stations that lie in one cell of the map."""

    count: int
    latitude: float
    longitude: float
    """Their middle, in degrees."""
    max_power_kw: float | None
    available_count: int | None
    """Free EVSEs; ``None`` where no report counts."""
    power_counts: tuple[int, ...]
    """Stations by strongest power: unknown, below 22 kW, below 50, below 150, from 150."""
    is_synthetic: bool
    """Whether generated demo data is among them."""
    station: Found | None
    """The station itself where there is just one."""


class Listed(NamedTuple):
    """Stations that a search found, in order: columns, which are written faster than objects."""

    ids: Rows
    bodies: list[bytes]
    """Their cards."""
    available: list[int]
    reported: list[int]
    """As in ``Hits``."""
    distances_m: Floats | None
    along_m: Floats | None

    def members(self) -> Iterable[bytes]:
        """What is true of each at this moment, as ``Volatile.members``."""
        return map(_members, self.available, self.reported)

    def each(self) -> list[Found]:
        """The same one by one."""
        return list(
            map(
                Found,
                self.ids.tolist(),
                self.bodies,
                map(_volatile, self.available, self.reported),
                _measured(self.distances_m),
                _measured(self.along_m),
            )
        )


class Page(NamedTuple):
    """One page of a result."""

    listed: Listed
    next_cursor: str | None
    """Where the next page begins; ``None`` on the last one."""

    @property
    def found(self) -> list[Found]:
        """Its stations one by one."""
        return self.listed.each()


def with_cards(hits: Hits, part: slice, cards: Sequence[bytes | None]) -> Listed:
    """Some hits with their cards, in order; those that have none are left out.

    Args:
        hits: In order.
        part: Which of them.
        cards: One for each of the part.
    """
    bodies = [body for body in cards if body is not None]
    places: slice | Rows = part
    if len(bodies) < len(cards):
        places = np.arange(len(hits.ids))[part][[body is not None for body in cards]]
    return Listed(
        hits.ids[places],
        bodies,
        hits.available[places].tolist(),
        hits.reported[places].tolist(),
        None if hits.distances_m is None else hits.distances_m[places],
        None if hits.along_m is None else hits.along_m[places],
    )


def lone(cell: Cell, cards: Mapping[int, bytes | None]) -> Found | None:
    """The station of a cell that has just one; ``None`` where it has more, or no card."""
    if cell.station_id is None or (body := cards.get(cell.station_id)) is None:
        return None
    volatile = Volatile(cell.available_count, cell.reported)
    return Found(cell.station_id, body, volatile, None, None)


@lru_cache(maxsize=8_192)
def _volatile(available: int, reported: int) -> Volatile:
    return Volatile(None if available < 0 else available, reported or None)


@lru_cache(maxsize=8_192)
def _members(available: int, reported: int) -> bytes:
    return _volatile(available, reported).members


def _measured(metres: Floats | None) -> Iterable[float | None]:
    """As many as there are, or ``None`` for ever."""
    return repeat(None) if metres is None else metres.tolist()

"""From hits of the index and cards to what a search gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

from app.stations.cards import Found, Volatile
from app.stations.index.clusters import Cell
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


def with_cards(hits: Hits, part: slice, cards: Iterable[bytes | None]) -> list[Found]:
    """Some hits with their cards, in order; those that have none are left out.

    Args:
        hits: In order.
        part: Which of them.
        cards: One for each of the part.
    """
    return [
        Found(station_id, body, volatile, distance_m, along_m)
        for station_id, body, volatile, distance_m, along_m in zip(
            hits.ids[part].tolist(),
            cards,
            map(_volatile, hits.available[part].tolist(), hits.reported[part].tolist()),
            _listed(hits.distances_m, part),
            _listed(hits.along_m, part),
            strict=False,
        )
        if body is not None
    ]


def lone(cell: Cell, cards: Mapping[int, bytes | None]) -> Found | None:
    """The station of a cell that has just one; ``None`` where it has more, or no card."""
    if cell.station_id is None or (body := cards.get(cell.station_id)) is None:
        return None
    volatile = Volatile(cell.available_count, cell.reported)
    return Found(cell.station_id, body, volatile, None, None)


@lru_cache(maxsize=8_192)
def _volatile(available: int, reported: int) -> Volatile:
    return Volatile(None if available < 0 else available, reported or None)


def _listed(values: Floats | None, part: slice) -> Iterable[float | None]:
    """As many as there are, or ``None`` for ever."""
    return repeat(None) if values is None else values[part].tolist()

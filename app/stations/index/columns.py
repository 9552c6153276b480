"""The columns: what a search looks at, one array per fact, sorted by place.

A ``Columns`` is an immutable set of stations. Only the facts that are true at this moment
are patched in place: which stations are still valid here (``live``), which EVSEs are free.
What is never patched takes as few bytes as its greatest value needs.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

COORDINATE_STEPS_PER_DEG = 10_000_000
"""Coordinates are kept as stored, to 7 decimals (1 cm), in 32 bits."""
_STEPS_PER_DEG = np.array(float(COORDINATE_STEPS_PER_DEG))

TAKEN_OUT, HIDDEN, SHOWN = 0, 1, 2
"""Values of ``live``: superseded or gone; not the shown one of its place; shown."""

NEVER = 0xFFFF_FFFF

NAMELESS = b"\xff"
"""Sorts behind every folded name, since UTF-8 has no such byte."""

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]
"""Positions of stations in the columns."""
Mask = npt.NDArray[np.bool_]

STATION_TYPES: dict[str, type[np.generic]] = {
    "ids": np.int64,
    "latitudes_e7": np.int32,
    "longitudes_e7": np.int32,
    "operators": np.int32,
    "feeds": np.uint16,
    "countries": np.uint16,
    "access": np.uint8,
    "payments": np.uint8,
    "always_open": np.uint8,
    "openings": np.int32,
    "evse_counts": np.uint16,
    "ranks": np.uint16,
    "card_versions": np.uint32,
    "created": np.uint32,
    "updated": np.uint32,
    "live": np.uint8,
    "available": np.int16,
    "reported": np.uint32,
    "fresh_until": np.uint32,
}
"""Columns with one value per station; times in seconds since 1970."""

FACT_TYPES: dict[str, type[np.generic]] = {
    "fact_standards": np.uint8,
    "fact_powers": np.uint16,
    "fact_free": np.uint8,
}
"""Columns with one value per station, standard and power."""

DERIVED_TYPES: dict[str, type[np.generic]] = {
    "cells": np.uint32,
    "power_steps": np.uint16,
    "class_powers": np.uint16,
    "max_powers": np.uint16,
    "name_ranks": np.uint32,
    "name_starts": np.uint32,
    "name_bytes": np.uint8,
    "fact_starts": np.uint32,
    "id_order": np.uint32,
    "id_marks": np.int64,
    "rank_order": np.uint32,
}

COLUMN_TYPES = STATION_TYPES | FACT_TYPES | DERIVED_TYPES
ID_BLOCK = 16
"""Every so many ids in order one is a mark: ids are looked for among few, then in a block.
A power of two."""

PATCHED = ("live", "available", "reported", "fresh_until", "fact_free")
"""Columns that are patched in place, so every process has its own copy."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some stations as arrays, in any order; what ``assemble`` makes columns of."""

    stations: dict[str, Array]
    """By ``STATION_TYPES``, shape (n,)."""
    facts: dict[str, Array]
    """By ``FACT_TYPES``, shape (m,), grouped by station in their order."""
    fact_counts: npt.NDArray[np.int64]
    """Facts per station, shape (n,)."""
    names: list[bytes]
    """Folded names, ``NAMELESS`` where there is none."""

    def take(self, places: Rows) -> Chunk:
        """Some of its stations."""
        starts = np.cumsum(self.fact_counts) - self.fact_counts
        facts, _ = spread(starts[places], self.fact_counts[places])
        return Chunk(
            {name: column[places] for name, column in self.stations.items()},
            {name: column[facts] for name, column in self.facts.items()},
            self.fact_counts[places],
            [self.names[place] for place in places.tolist()],
        )


@dataclass(frozen=True)
class Columns:
    """Stations in order of cell, then longitude, then id; n stations, m facts.

    Attributes:
        power_steps: The powers that occur, ascending: 0 absent, 1 unknown, else 0.1 kW steps
            plus 1.
        class_powers: Strongest power per connector class, shape (classes, n), as its place
            in ``power_steps``: a byte, since few powers occur.
        max_powers: Strongest power of any connector, as in ``power_steps``.
        operators, feeds: Row ids; 0 is no operator.
        openings: Number in the registry; 0 where hours cannot be read.
        available: Free EVSEs by reports that count; −1 where none counts.
        reported: Newest report of any age; 0 where there is none.
        fresh_until: When the first report that counts will be too old.
        fact_starts: Where each station's facts begin, shape (n + 1,).
        name_ranks: Position by folded name, then id.
        id_order: Rows in order of id.
        id_marks: Every ``ID_BLOCK``-th id in order.
        rank_order: Rows in order of static rank, greatest first, then id.
    """

    ids: Array
    latitudes_e7: npt.NDArray[np.int32]
    longitudes_e7: npt.NDArray[np.int32]
    operators: Array
    feeds: Array
    countries: Array
    access: Array
    payments: Array
    always_open: Array
    openings: Array
    evse_counts: Array
    ranks: Array
    card_versions: Array
    created: Array
    updated: Array
    live: npt.NDArray[np.uint8]
    available: npt.NDArray[np.int16]
    reported: npt.NDArray[np.uint32]
    fresh_until: npt.NDArray[np.uint32]
    fact_standards: npt.NDArray[np.uint8]
    fact_powers: npt.NDArray[np.uint16]
    fact_free: npt.NDArray[np.uint16]
    cells: npt.NDArray[np.uint32]
    power_steps: npt.NDArray[np.uint16]
    class_powers: Array
    max_powers: npt.NDArray[np.uint16]
    name_ranks: npt.NDArray[np.uint32]
    name_starts: npt.NDArray[np.uint32]
    name_bytes: npt.NDArray[np.uint8]
    fact_starts: npt.NDArray[np.uint32]
    id_order: npt.NDArray[np.uint32]
    id_marks: Array
    rank_order: npt.NDArray[np.uint32]

    @property
    def size(self) -> int:
        """How many stations."""
        return len(self.ids)

    @property
    def byte_count(self) -> int:
        """Bytes of all columns together."""
        return sum(getattr(self, name).nbytes for name in COLUMN_TYPES)

    @cached_property
    def all_rows(self) -> Rows:
        """Every row, ascending."""
        return np.arange(self.size)

    @cached_property
    def name_order(self) -> Rows:
        """Rows in order of folded name, then id."""
        order = np.empty(self.size, np.int64)
        order[self.name_ranks] = self.all_rows
        return order

    def latitudes(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Degrees."""
        latitudes: npt.NDArray[np.float64] = self.latitudes_e7[rows] / _STEPS_PER_DEG
        return latitudes

    def longitudes(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Degrees."""
        longitudes: npt.NDArray[np.float64] = self.longitudes_e7[rows] / _STEPS_PER_DEG
        return longitudes

    def name(self, row: int) -> bytes:
        """The folded name, or ``NAMELESS``."""
        return self.name_bytes[self.name_starts[row] : self.name_starts[row + 1]].tobytes()

    def rows_of(self, ids: npt.NDArray[np.int64]) -> Rows:
        """Rows of those of the ids that are here, in their order.

        Cost: a binary search an id; ascending ids are faster.
        """
        if not self.size:
            return np.empty(0, np.int64)
        # Of the marks' own type, or all of them would be converted each time.
        wanted = np.minimum(ids, np.iinfo(self.ids.dtype).max).astype(self.ids.dtype)
        blocks = np.maximum(self.id_marks.searchsorted(wanted, side="right") - 1, 0)
        places, step = blocks * ID_BLOCK, ID_BLOCK // 2
        while step:
            further = np.minimum(places + step, self.size - 1)
            places = np.where(self.ids[self.id_order[further]] <= ids, further, places)
            step //= 2
        rows = self.id_order[places]
        found: Rows = rows[self.ids[rows] == ids].astype(np.int64)
        return found

    def power_place(self, power: int) -> int:
        """The least value of ``class_powers`` that stands for at least a power."""
        return bisect_left(self._power_steps, power)

    @cached_property
    def _power_steps(self) -> list[int]:
        steps: list[int] = self.power_steps.tolist()
        return steps

    def facts_of(self, rows: Rows) -> tuple[Rows, Rows]:
        """Positions of the rows' facts, and for each the index into ``rows`` it belongs to."""
        starts = self.fact_starts[rows].astype(np.int64)
        return spread(starts, self.fact_starts[rows + 1] - starts)

    def chunk(self, rows: Rows) -> Chunk:
        """Some of the stations, for other columns."""
        facts, _ = self.facts_of(rows)
        return Chunk(
            {name: getattr(self, name)[rows] for name in STATION_TYPES},
            {name: getattr(self, name)[facts] for name in FACT_TYPES},
            (self.fact_starts[rows + 1] - self.fact_starts[rows]).astype(np.int64),
            [self.name(row) for row in rows.tolist()],
        )


def positions(starts: Rows, counts: Rows) -> Rows:
    """All positions of runs given by start and length."""
    return run_through(starts, counts, counts.cumsum())


def run_through(starts: Rows, counts: Rows, ends: Rows) -> Rows:
    """The same where the sums of the lengths are known."""
    through: Rows = (starts - ends + counts).repeat(counts)
    through += np.arange(len(through))
    return through


def spread(starts: Rows, counts: Rows) -> tuple[Rows, Rows]:
    """All positions of runs, and the run that each belongs to."""
    return positions(starts, counts), np.arange(len(starts)).repeat(counts)

"""The index: one large set of columns, and small ones of what changed since on top.

A changed station is taken out of the columns that had it and put into new ones, so that
every station is valid in exactly one place and the same search runs over all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from app.stations.index.assemble import assemble
from app.stations.index.columns import STATION_TYPES, TAKEN_OUT, Chunk, Columns
from app.stations.index.hours import OpenHours
from app.stations.index.registry import Registry

MOST_TIERS = 4
"""Most small sets of columns: each costs a search 0.05 ms."""

TIER_GROWTH = 4
"""A set is put together with a new one unless it is so many times as large, so that a
station is moved a few times only, however many changes come one by one."""

MIN_FOLD, FOLD_SHARE = 10_000, 10
"""The index is worth rebuilding once this many stations, and a tenth of all, have changed."""


VOLATILE = ("available", "reported", "fresh_until")
CONTENT = tuple(name for name in STATION_TYPES if name not in VOLATILE)
FACT_CONTENT = ("fact_standards", "fact_powers")


class StationIndex:
    """Every station of the catalogue that is not gone, as of ``seq``.

    It is searched and changed on one event loop, so a search sees one state of it.

    Attributes:
        uuid: The catalogue's.
        seq: The newest ``change`` row that it holds.
        revision: Grows whenever a station comes, goes or changes in more than its status.
        tiers: The large columns first, then what changed since.
        max_age_s: Reports older than this do not count.
        directory: Where its segments are kept; ``None`` keeps none.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        columns: Columns,
        registry: Registry,
        *,
        uuid: str,
        seq: int,
        max_age_s: int,
        directory: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self.directory = directory
        self.uuid = uuid
        self.seq = seq
        self.revision = 0
        self.max_age_s = max_age_s
        self.registry = registry
        self.hours = OpenHours(registry)
        self.tiers: tuple[Columns, ...] = (columns,)

    @property
    def station_count(self) -> int:
        """How many stations a search may find, shown or not."""
        return sum(int(np.count_nonzero(columns.live)) for columns in self.tiers)

    @property
    def byte_count(self) -> int:
        """Bytes of all columns."""
        return sum(columns.byte_count for columns in self.tiers)

    @property
    def changed_count(self) -> int:
        """Stations in the small columns, valid or not."""
        return sum(columns.size for columns in self.tiers[1:])

    @property
    def is_worth_rebuilding(self) -> bool:
        """Whether so much has changed that searches begin to pay for it."""
        return self.changed_count > max(MIN_FOLD, self.tiers[0].size // FOLD_SHARE)

    def replace(self, other: StationIndex) -> None:
        """Become another, newer index at once."""
        self.revision += 1
        self.uuid, self.seq = other.uuid, other.seq
        self.registry, self.hours, self.tiers = other.registry, other.hours, other.tiers

    def apply(self, ids: Sequence[int], chunk: Chunk) -> None:
        """Take some stations out wherever they are, and put in what is left of them.

        Args:
            ids: Stations that changed; those without a row in ``chunk`` are gone.
            chunk: Their present state.
        """
        is_same = np.zeros(len(chunk.names), np.bool_)
        for columns in self.tiers:
            is_same[_patch(columns, chunk)] = True
        same_ids = set(chunk.stations["ids"][is_same].tolist())
        moved = np.array([row_id for row_id in ids if row_id not in same_ids], np.int64)
        self.revision += len(moved) > 0
        for columns in self.tiers:
            columns.live[columns.rows_of(moved)] = TAKEN_OUT
        if not is_same.all():
            self._put(chunk.take(np.flatnonzero(~is_same)))

    def _put(self, chunk: Chunk) -> None:
        base, *small = self.tiers
        chunks, count = [chunk], len(chunk.names)
        while small and (small[-1].size <= TIER_GROWTH * count or len(small) >= MOST_TIERS):
            columns = small.pop()
            chunks.append(columns.chunk(np.flatnonzero(columns.live)))
            count += columns.size
        self.tiers = (base, *small, assemble(chunks))


def _patch(columns: Columns, chunk: Chunk) -> list[int]:
    """Patch the stations of which nothing but volatile facts differs; their places in a chunk."""
    ids = chunk.stations["ids"]
    rows = columns.rows_of(ids)
    rows = rows[columns.live[rows] != TAKEN_OUT]
    places = np.flatnonzero(np.isin(ids, columns.ids[rows]))
    fits = np.ones(len(rows), np.bool_)
    for name in CONTENT:
        fits &= getattr(columns, name)[rows] == chunk.stations[name][places]
    starts = np.cumsum(chunk.fact_counts) - chunk.fact_counts
    patched = []
    for row, place in zip(rows[fits].tolist(), places[fits].tolist(), strict=True):
        here = slice(int(columns.fact_starts[row]), int(columns.fact_starts[row + 1]))
        there = slice(starts[place], starts[place] + chunk.fact_counts[place])
        if chunk.names[place] == columns.name(row) and all(
            np.array_equal(getattr(columns, name)[here], chunk.facts[name][there])
            for name in FACT_CONTENT
        ):
            for name in VOLATILE:
                getattr(columns, name)[row] = chunk.stations[name][place]
            columns.fact_free[here] = chunk.facts["fact_free"][there]
            patched.append(place)
    return patched

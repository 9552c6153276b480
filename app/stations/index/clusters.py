"""Stations gathered by the cells of a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.geo.bbox import Box, wrap_longitude
from app.geo.mercator import latitude_at, world_y
from app.geo.tile import Tile
from app.stations.index.codes import STEPS_PER_KW, UNKNOWN_POWER
from app.stations.index.columns import Columns, Rows
from app.stations.index.filters import Test
from app.stations.index.search import Match, find_inside

CELLS_PER_TILE_BITS = 2
"""A tile is 4 × 4 cells: 64 pixels of the usual 256."""

CELLS_PER_TILE = 8
"""From side to side of a vector tile, which is drawn 512 pixels wide."""

ALONE_FROM_ZOOM = 14
MOST_ALONE = 2_000
"""Stations of a near tile that are told one by one; more are gathered after all."""

MAX_CELL_BITS = 26
MAX_CELLS = 4_096
"""A box of more cells gets larger ones: more dots than this are no map."""

POWER_CLASSES_KW = (22, 50, 150)
"""Borders of the classes that are counted: slow, medium, fast, very fast."""

_POWER_BORDERS = np.array(
    [UNKNOWN_POWER + 1, *(kw * STEPS_PER_KW + UNKNOWN_POWER for kw in POWER_CLASSES_KW)], np.uint16
)
_CLASSES = len(_POWER_BORDERS) + 1


@dataclass(frozen=True, slots=True)
class Cell:
    """What lies in one cell."""

    count: int
    latitude: float
    longitude: float
    max_power_kw: float | None
    available_count: int | None
    power_counts: tuple[int, ...]
    """Unknown first, then by ``POWER_CLASSES_KW``."""
    is_synthetic: bool
    """Whether generated demo data is among them."""
    station_id: int | None
    """Where there is just one; the next two belong to it."""
    card_version: int
    reported: int | None


def choose(tiers: Sequence[Columns], box: Box, tests: Sequence[Test]) -> list[Match]:
    """The stations of a box that count, from each of some columns.

    Cost: some 30 ns a station in the box.
    """
    return [Match(columns, find_inside(columns, box, tests)) for columns in tiers]


def gather(
    matches: Sequence[Match], box: Box, zoom: int, synthetic_feed_ids: Sequence[int] = ()
) -> list[Cell]:
    """The cells of a box that have stations, from north to south, then west to east.

    Args:
        matches: Stations inside the box.
        box: In degrees.
        zoom: 0…22.
        synthetic_feed_ids: Feeds of generated demo data.

    Cost: some 0.1 µs a match.
    """
    found = [(match.columns, match.rows) for match in matches if len(match.rows)]
    if not found:
        return []
    latitudes = np.concatenate([columns.latitudes(rows) for columns, rows in found])
    longitudes = np.concatenate([columns.longitudes(rows) for columns, rows in found])
    # Counted from the western border, so that a box over the antimeridian has no gap.
    offsets = longitudes - box.west
    offsets[offsets < 0] += 360
    cells = _Grid(box, zoom).cells_of(latitudes, offsets)
    return _gathered(found, cells, (latitudes, offsets), box.west, synthetic_feed_ids)


def gather_tile(
    matches: Sequence[Match], tile: Tile, synthetic_feed_ids: Sequence[int] = ()
) -> list[Cell]:
    """The cells of a tile that have stations; where it is near, each station by itself.

    Every station is in exactly one cell of one tile of a zoom.

    Args:
        matches: Stations inside the tile's box, which is a little larger.
        tile: One of the map.
        synthetic_feed_ids: Feeds of generated demo data.
    """
    within, places = [], []
    for match in matches:
        columns, rows = match.columns, match.rows
        across, down = tile.place(columns.latitudes(rows), columns.longitudes(rows))
        is_here = (across >= 0) & (across < 1) & (down >= 0) & (down < 1)
        within.append((columns, rows[is_here]))
        places.append((across[is_here], down[is_here]))
    across, down = (np.concatenate(parts) for parts in zip(*places, strict=True))
    count = len(across)
    if not count:
        return []
    latitudes = np.concatenate([columns.latitudes(rows) for columns, rows in within])
    if tile.z >= ALONE_FROM_ZOOM and count <= MOST_ALONE:
        cells = np.arange(count)
    else:
        cells = np.floor(down * CELLS_PER_TILE).astype(np.int64) * CELLS_PER_TILE
        cells += np.floor(across * CELLS_PER_TILE).astype(np.int64)
    width_deg = 360 / tile.per_side
    west = tile.x * width_deg - 180
    return _gathered(within, cells, (latitudes, across * width_deg), west, synthetic_feed_ids)


def _gathered(
    found: Sequence[tuple[Columns, Rows]],
    cells: npt.NDArray[np.int64],
    places: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    west: float,
    synthetic_feed_ids: Sequence[int],
) -> list[Cell]:
    """What lies in each cell, given the cell, latitude and degrees from ``west`` of each."""
    latitudes, offsets = places
    counts = np.bincount(cells)
    is_used = counts > 0
    cells, counts = (is_used.cumsum() - 1)[cells], counts[is_used]
    used = len(counts)

    def column(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(columns, name)[rows] for columns, rows in found])

    powers, available = column("max_powers"), column("available")
    strongest = np.zeros(used, np.uint16)
    np.maximum.at(strongest, cells, powers)
    classes = np.searchsorted(_POWER_BORDERS, powers, side="right")
    by_class = np.bincount(cells * _CLASSES + classes, minlength=used * _CLASSES)
    firsts = np.empty(used, np.int64)
    firsts[cells] = np.arange(len(cells))
    is_synthetic = np.isin(column("feeds"), synthetic_feed_ids)
    ids, versions, reported = column("ids"), column("card_versions"), column("reported")
    return [
        Cell(
            count,
            latitude,
            wrap_longitude(west + offset),
            None if power <= UNKNOWN_POWER else (power - UNKNOWN_POWER) / STEPS_PER_KW,
            free if reports else None,
            tuple(power_counts),
            synthetic > 0,
            int(ids[first]) if count == 1 else None,
            int(versions[first]),
            (int(reported[first]) or None) if count == 1 else None,
        )
        for count, latitude, offset, power, free, reports, power_counts, synthetic, first in zip(
            counts.tolist(),
            (np.bincount(cells, latitudes) / counts).tolist(),
            (np.bincount(cells, offsets) / counts).tolist(),
            strongest.tolist(),
            np.bincount(cells, np.maximum(available, 0)).astype(np.int64).tolist(),
            np.bincount(cells, available >= 0).tolist(),
            by_class.reshape(used, _CLASSES).tolist(),
            np.bincount(cells, is_synthetic).tolist(),
            firsts.tolist(),
            strict=True,
        )
    ]


class _Grid:
    """Cells of the map as far as they touch a box, numbered from its north-western corner."""

    def __init__(self, box: Box, zoom: int) -> None:
        north, south = world_y(np.array([box.north, box.south])).tolist()
        bits = min(zoom + CELLS_PER_TILE_BITS, MAX_CELL_BITS)
        while True:
            self._per_world = 1 << bits
            self._first_row = math.floor(north * self._per_world)
            self._rows = math.floor(south * self._per_world) - self._first_row + 1
            self._first_column = math.floor((box.west + 180) / 360 * self._per_world)
            last_column = math.floor((box.west + box.width_deg + 180) / 360 * self._per_world)
            self._columns = last_column - self._first_column + 1
            if self._rows * self._columns <= MAX_CELLS or bits == 0:
                break
            bits -= 1
        self._west = box.west

    def cells_of(
        self, latitudes: npt.NDArray[np.float64], offsets: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.int64]:
        """The cells of stations, given by latitude and degrees from the western border."""
        borders = np.arange(self._first_row + 1, self._first_row + self._rows)
        # Few borders looked up in, rather than a tangent for every station.
        rows = np.searchsorted(-latitude_at(borders / self._per_world), -latitudes, side="right")
        steps = np.floor((offsets + (self._west + 180)) * (self._per_world / 360))
        columns = np.clip(steps.astype(np.int64) - self._first_column, 0, self._columns - 1)
        cells: npt.NDArray[np.int64] = rows * self._columns + columns
        return cells

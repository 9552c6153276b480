"""Latitude bands: the first key of every location index, in memory and on disk.

In memory a point's *cell* is one 32-bit number, band first and longitude second, so that
one sorted array answers "which points of these bands lie between these longitudes".
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from app.geo.band import BAND_DEG, band_of
from app.geo.bbox import SLACK_DEG, Box
from app.geo.distance import EARTH_RADIUS_M, Floats

__all__ = [
    "BAND_DEG",
    "LAST_BAND",
    "LONGITUDE_BITS",
    "band_of",
    "cell_ranges",
    "cell_ranges_around",
    "cells_of",
    "step_of",
]

LAST_BAND = math.ceil(180 / BAND_DEG)
"""The band of the north pole; the south pole's is 0."""

LONGITUDE_BITS = 18
"""Longitudes are told apart to 360° / 2¹⁸ = 0.0014° (150 m at the equator) in a cell."""

_LAST_STEP = (1 << LONGITUDE_BITS) - 1
_STEPS_PER_DEG = (1 << LONGITUDE_BITS) / 360

Cells = npt.NDArray[np.uint32]


def step_of(longitude: float) -> int:
    """The longitude's part of a cell: 0…2¹⁸−1, growing eastwards."""
    return min(_LAST_STEP, math.floor((longitude + 180) * _STEPS_PER_DEG))


def cells_of(latitudes: Floats, longitudes: Floats) -> Cells:
    """The cells of many points; ``band_of`` and ``step_of`` at once."""
    bands = np.floor((latitudes + 90) / BAND_DEG).astype(np.uint32)
    return (bands << np.uint32(LONGITUDE_BITS)) | _steps_of(longitudes)


def cell_ranges(box: Box) -> tuple[Cells, Cells]:
    """First and last cells of the runs that together hold every point of a box.

    Runs are disjoint and ascending; a box around the globe is one run.
    Cost: about 5 µs and 10 ns a band.
    """
    first, last = band_of(box.south), band_of(box.north)
    ranges = box.longitude_ranges()
    if ranges[0] == (-180.0, 180.0):
        return (
            np.array([first << LONGITUDE_BITS], np.uint32),
            np.array([(last << LONGITUDE_BITS) | _LAST_STEP], np.uint32),
        )
    steps = [(step_of(west), step_of(east)) for west, east in ranges]
    if len(steps) > 1:
        steps.sort()
        if steps[0][1] >= steps[1][0]:
            # Two ranges so close that a step holds an end of either.
            steps = [(steps[0][0], steps[1][1])]
    runs = [_ladders(first, last, west, east) for west, east in steps]
    if len(runs) == 1:
        return runs[0]
    firsts, lasts = (np.stack(ends, axis=1).ravel() for ends in zip(*runs, strict=True))
    return firsts, lasts


def _ladders(first: int, last: int, west: int, east: int) -> tuple[Cells, Cells]:
    """The cells of two longitudes in each of some bands."""
    band = 1 << LONGITUDE_BITS
    wests = np.arange(first * band + west, last * band + west + 1, band, dtype=np.uint32)
    return wests, wests + np.uint32(east - west)


def cell_ranges_around(
    latitudes: Floats, longitudes: Floats, radii_m: Floats
) -> tuple[Cells, Cells]:
    """First and last cells of runs that together hold every point of some circles.

    As ``cell_ranges`` of ``bbox.around`` each circle, all at once; runs may overlap.

    Args:
        latitudes: Of the centres in degrees, shape (n,).
        longitudes: Of the centres in degrees, shape (n,).
        radii_m: Great-circle metres, shape (n,).
    """
    angles = radii_m / EARTH_RADIUS_M
    heights = np.degrees(angles) + SLACK_DEG
    souths, norths = latitudes - heights, latitudes + heights
    flat = np.cos(np.radians(latitudes))
    sines = np.sin(np.minimum(angles, np.pi / 2)) / np.maximum(flat, 1e-12)
    farthest = np.radians(np.minimum(np.maximum(-souths, norths), 90.0))
    widths = np.degrees(np.arcsin(np.minimum(sines, 1.0)))
    widths += SLACK_DEG / np.maximum(np.cos(farthest), 1e-6)
    widths[(souths <= -90) | (norths >= 90)] = 180.0
    firsts = np.floor((np.maximum(souths, -90) + 90) / BAND_DEG).astype(np.int64)
    lasts = np.floor((np.minimum(norths, 90) + 90) / BAND_DEG).astype(np.int64)
    wests, easts = longitudes - widths, longitudes + widths
    over_west, over_east = np.flatnonzero(wests < -180), np.flatnonzero(easts > 180)
    owners = np.concatenate((np.arange(len(wests)), over_west, over_east))
    wests, easts = (
        np.concatenate((np.maximum(wests, -180), wests[over_west] + 360, -180 + 0 * over_east)),
        np.concatenate((np.minimum(easts, 180), 180 + 0 * over_west, easts[over_east] - 360)),
    )
    counts = lasts[owners] - firsts[owners] + 1
    runs = np.repeat(np.arange(len(owners)), counts)
    numbers = np.arange(len(runs)) - np.repeat(np.cumsum(counts) - counts, counts)
    bands = (firsts[owners][runs] + numbers).astype(np.uint32) << np.uint32(LONGITUDE_BITS)
    return bands | _steps_of(wests)[runs], bands | _steps_of(easts)[runs]


def _steps_of(longitudes: Floats) -> Cells:
    steps = np.floor((longitudes + 180) * _STEPS_PER_DEG).astype(np.uint32)
    return np.minimum(steps, np.uint32(_LAST_STEP))

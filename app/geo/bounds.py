"""Bounds in space, straight through the globe: what lies near what, without comparing all.

Points are put along a space-filling curve, so that a run of them lies in a small *ball*,
however they came. Arcs of a route stay in its order: a run of them lies in a *strip* around
the segment from its first to its last point, narrow where the route goes straight.

Source: Morton order in three dimensions; strip trees (Ballard, 1981); triangle inequality.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.geo.distance import Floats

Vectors = npt.NDArray[np.float64]
"""Shape (n, 3)."""
Ints = npt.NDArray[np.int64]

Mask = npt.NDArray[np.bool_]

_CURVE_BITS = 20
_NO_LENGTH = 1e-300
_SPREADING = (
    (32, 0x1F00000000FFFF),
    (16, 0x1F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)
"""Shifts and masks that put two zero bits behind each of 21 bits."""


class Balls(NamedTuple):
    """Bounds of runs of points: all of a run lies within ``radii`` of its centre."""

    centres: Vectors
    radii: Floats
    """Straight through the globe, in Earth radii."""


class Strips(NamedTuple):
    """Bounds of runs of arcs: all of a run lies within ``breadths`` of a segment."""

    starts: Vectors
    alongs: Vectors
    """From start to end of each segment."""
    lengths: Floats
    breadths: Floats
    reaches: Floats
    """Any point of the segment has the run within this distance."""


def dot(left: Vectors, right: Vectors) -> Floats:
    """Scalar products, row by row."""
    # Not matmul or einsum: those may add in another order for other shapes, and a point's
    # distance must be the same bit by bit whichever points are looked at beside it.
    product = left * right
    return product[:, 0] + product[:, 1] + product[:, 2]


def chords(left: Vectors, right: Vectors) -> Floats:
    """Distances straight through the globe, in Earth radii."""
    difference = left - right
    return np.sqrt(dot(difference, difference))


def curve_order(vectors: Vectors) -> Ints:
    """An order in which neighbours mostly lie close together in space.

    Args:
        vectors: Within the unit ball.

    Cost: about 0.2 µs a vector.
    """
    cells = np.clip((vectors + 1) * (1 << (_CURVE_BITS - 1)), 0, (1 << _CURVE_BITS) - 1)
    codes = np.zeros(len(vectors), np.uint64)
    for axis in range(3):
        bits = cells[:, axis].astype(np.uint64)
        for shift, mask in _SPREADING:
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        codes |= bits << np.uint64(axis)
    return np.argsort(codes, kind="stable")


def strips(starts: Vectors, ends: Vectors, breadths: Floats) -> tuple[Strips, ...]:
    """Strips of runs of 1, 2, 4, … arcs, up to the one of all.

    Args:
        starts: Where each arc begins, mostly at the end of the one before.
        ends: Where it ends.
        breadths: How far each arc leaves its chord.
    """
    whole = np.ones(len(starts), np.bool_)
    levels = [_strips(starts, ends, breadths, whole)]
    while len(starts) > 1:
        if len(starts) % 2:
            starts, ends = np.append(starts, ends[-1:], axis=0), np.append(ends, ends[-1:], axis=0)
            breadths, whole = np.append(breadths, 0.0), np.append(whole, True)
        lefts, rights = slice(0, None, 2), slice(1, None, 2)
        whole = whole[lefts] & whole[rights] & (ends[lefts] == starts[rights]).all(axis=1)
        first, last = starts[lefts], ends[rights]
        breadths = np.maximum(
            breadths[lefts] + from_segments(ends[lefts], first, last - first),
            breadths[rights] + from_segments(starts[rights], first, last - first),
        )
        starts, ends = first, last
        levels.append(_strips(starts, ends, breadths, whole))
    return tuple(levels)


def _strips(starts: Vectors, ends: Vectors, breadths: Floats, whole: Mask) -> Strips:
    lengths = chords(starts, ends)
    return Strips(starts, ends - starts, lengths, breadths, breadths + np.where(whole, 0, lengths))


def from_segments(points: Vectors, starts: Vectors, alongs: Vectors) -> Floats:
    """Distances straight through the globe of points from segments, pair by pair."""
    offsets = points - starts
    lengths_2 = np.maximum(dot(alongs, alongs), _NO_LENGTH)
    offsets -= np.clip(dot(offsets, alongs) / lengths_2, 0, 1)[:, None] * alongs
    return np.sqrt(dot(offsets, offsets))


def frontier(levels: Sequence[Strips], most_radius: float) -> Balls:
    """Balls that hold all strips: as few as do with none larger, but for single arcs'.

    Args:
        levels: As ``strips`` makes them.
        most_radius: Straight through the globe, in Earth radii.
    """
    parts = []
    waiting = np.zeros(1, np.int64)
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        radii = level.lengths[waiting] / 2 + level.breadths[waiting]
        is_taken = (radii <= most_radius) | (depth == 0)
        taken, waiting = waiting[is_taken], waiting[~is_taken]
        parts.append((level.starts[taken] + level.alongs[taken] / 2, radii[is_taken]))
        if depth:
            waiting, _ = split(waiting, waiting, 2, len(levels[depth - 1].lengths))
    return Balls(*map(np.concatenate, zip(*parts, strict=True)))


def groups(points: Vectors, size: int) -> Balls:
    """Balls of runs of ``size`` points."""
    if size == 1:
        return Balls(points, np.zeros(len(points)))
    starts = np.arange(0, len(points), size)
    counts = np.diff(np.append(starts, len(points)))
    centres = np.add.reduceat(points, starts) / counts[:, None]
    distances = chords(points, np.repeat(centres, counts, axis=0))
    return Balls(centres, np.maximum.reduceat(distances, starts))


def split(runs: Ints, partners: Ints, ratio: int, count: int) -> tuple[Ints, Ints]:
    """Pairs of runs and their partners, once for each of the ``ratio`` parts of each run.

    Args:
        runs: Shape (n,).
        partners: Shape (n,).
        ratio: Parts of a run.
        count: How many parts there are of all runs; the last run may have fewer.
    """
    parts = (runs[:, None] * ratio + np.arange(ratio)).ravel()
    exists = parts < count
    return parts[exists], partners.repeat(ratio)[exists]

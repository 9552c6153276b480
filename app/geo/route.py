"""A route of great-circle legs: how far from it, and how far along it, points are.

All in unit vectors: a leg is the arc between two of them, a bound is a ball of space
around a run of legs. Balls of runs of 1, 2, 4, … legs form a tree, so that a point is
compared with the few legs near it, however many there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.geo.distance import EARTH_RADIUS_M, Floats, unit_vectors
from app.geo.point import Point

MAX_STEP_M = 5_000.0
"""Longer legs are cut into steps of this length, since the ball of a long leg holds much."""

MAX_STEPS = 1 << 15
"""A route of many long legs is cut into about this many steps altogether."""

TIE_M = 1e-6
"""Of passes that come equally near (to 1 µm, above rounding), the first one counts."""

MAX_PAIRS = 10_000_000
"""Most pairs of a point and a run of legs that one search looks at: about 1 s of work."""

_PAIRS_AT_ONCE = 400_000
"""More pairs than this on one level, and the points are taken half by half (memory)."""

_FLAT = 1e-15
"""A cross product this short has no direction: its leg has no length, or half the globe."""

_TIE = TIE_M / EARTH_RADIUS_M

Vectors = npt.NDArray[np.float64]
"""Shape (n, 3)."""
Ints = npt.NDArray[np.int64]


class RouteTooTangledError(ValueError):
    """So many legs are equally near to so many points that the search was given up."""


class Balls(NamedTuple):
    """Bounds of runs of legs: all points of a run lie within ``radii`` of its centre."""

    centres: Vectors
    radii: Floats
    """Straight through the globe, in Earth radii."""


class Nearest(NamedTuple):
    """Where points are, seen from a route."""

    positions: Ints
    """Of the points within the corridor, ascending."""
    distances_m: Floats
    along_m: Floats


@dataclass(frozen=True, slots=True)
class Route:
    """Great-circle legs, cut into steps of at most about ``MAX_STEP_M``."""

    starts: Vectors
    ends: Vectors
    forwards: Vectors
    """Unit vectors at each start, along the step."""
    normals: Vectors
    """Unit vectors perpendicular to each step's plane."""
    angles: Floats
    """Lengths of the steps, in radians."""
    offsets_m: Floats
    """Lengths of the route before each step, and last its whole length; shape (n + 1,)."""
    levels: tuple[Balls, ...]
    """Balls of single steps first, the ball of the whole route last."""

    @property
    def length_m(self) -> float:
        """Length of the whole route."""
        return float(self.offsets_m[-1])

    def discs(self, radius_m: float) -> tuple[Floats, Floats, Floats]:
        """Discs on the sphere that together hold the route.

        As few as do with none much wider than ``radius_m``, or one for each step.

        Returns:
            Latitudes and longitudes of the centres in degrees, radii in great-circle metres.
        """
        limit = radius_m / EARTH_RADIUS_M
        narrow = (level for level in reversed(self.levels) if level.radii.max() <= limit)
        centres, radii = next(narrow, self.levels[0])
        heights = np.maximum(np.sqrt(_dot(centres, centres)), _FLAT)
        cosines = (1 + heights**2 - radii**2) / (2 * heights)
        return (
            np.degrees(np.arcsin(np.clip(centres[:, 2] / heights, -1, 1))),
            np.degrees(np.arctan2(centres[:, 1], centres[:, 0])),
            np.arccos(np.clip(cosines, -1, 1)) * EARTH_RADIUS_M,
        )

    def nearest(self, latitudes: Floats, longitudes: Floats, *, corridor_m: float) -> Nearest:
        """Points within ``corridor_m`` of the route, with their place along it.

        Args:
            latitudes: Degrees, shape (n,).
            longitudes: Degrees, shape (n,).
            corridor_m: To either side, border included.

        Raises:
            RouteTooTangledError: More than ``MAX_PAIRS`` comparisons would be needed.

        Cost: about 0.5 µs a point and level of the tree.
        """
        points = np.stack(unit_vectors(latitudes, longitudes), axis=1)
        nearest, along_m = np.full(len(points), np.inf), np.full(len(points), np.inf)
        limit = 2 * math.sin(min(math.pi, corridor_m / EARTH_RADIUS_M) / 2) + _TIE
        pairs_left, halves = MAX_PAIRS, [slice(0, len(points))]
        while halves:
            part = halves.pop()
            owners, steps, pairs, is_whole = self._close_pairs(points[part], limit)
            pairs_left -= pairs
            if pairs_left < 0:
                raise RouteTooTangledError
            if is_whole:
                self._take_nearest(points, part, owners, steps, nearest, along_m)
            else:
                middle = (part.start + part.stop) // 2
                halves += [slice(part.start, middle), slice(middle, part.stop)]
        found = np.flatnonzero(nearest * EARTH_RADIUS_M <= corridor_m)
        return Nearest(found, nearest[found] * EARTH_RADIUS_M, along_m[found])

    def _take_nearest(
        self,
        points: Vectors,
        part: slice,
        owners: Ints,
        steps: Ints,
        nearest: Floats,
        along_m: Floats,
    ) -> None:
        """Of each point's pairs keep the nearest angle, and its first place along the route."""
        angles, feet_m = self._measure(points[part][owners], steps)
        np.minimum.at(nearest[part], owners, angles)
        is_nearest = angles <= nearest[part][owners] + _TIE
        np.minimum.at(along_m[part], owners[is_nearest], feet_m[is_nearest])

    def _close_pairs(self, points: Vectors, limit: float) -> tuple[Ints, Ints, int, bool]:
        """Pairs of point and step, each point's nearest within ``limit`` among them.

        Returns them, how many pairs were looked at, and whether the search went to its end.
        """
        owners = np.arange(len(points))
        nodes = np.zeros(len(points), np.int64)
        pairs = 0
        for depth in range(len(self.levels) - 1, -1, -1):
            pairs += len(nodes)
            if len(nodes) > _PAIRS_AT_ONCE and len(points) > 1:
                return owners, nodes, pairs, False
            level = self.levels[depth]
            chords = _chords(points[owners], level.centres[nodes])
            radii = level.radii[nodes]
            if level.radii.max() > limit:
                # Few balls as wide as the corridor are near a point: all may be looked into.
                is_close = chords - radii <= limit
            else:
                reach = np.full(len(points), limit)
                np.minimum.at(reach, owners, chords + radii)
                is_close = chords - radii <= reach[owners] + _TIE
            owners, nodes = owners[is_close], nodes[is_close]
            if depth:
                owners, nodes = np.repeat(owners, 2), np.repeat(nodes * 2, 2)
                nodes[1::2] += 1
                exists = nodes < len(self.levels[depth - 1].radii)
                owners, nodes = owners[exists], nodes[exists]
        return owners, nodes, pairs, True

    def _measure(self, points: Vectors, steps: Ints) -> tuple[Floats, Floats]:
        """Angle from each point to its step, and metres along the route to the foot."""
        starts, lengths = self.starts[steps], self.angles[steps]
        from_start = points - starts
        turns = np.arctan2(_dot(from_start, self.forwards[steps]), _dot(points, starts))
        is_beside = (turns >= 0) & (turns <= lengths)
        to_start = np.sqrt(_dot(from_start, from_start))
        to_end = _chords(points, self.ends[steps])
        is_end = to_end < to_start
        sideways = np.arcsin(np.clip(np.abs(_dot(from_start, self.normals[steps])), 0, 1))
        to_tip = 2 * np.arcsin(np.clip(np.minimum(to_start, to_end) / 2, 0, 1))
        tips_m = np.where(is_end, self.offsets_m[steps + 1], self.offsets_m[steps])
        feet_m = np.clip(
            self.offsets_m[steps] + turns * EARTH_RADIUS_M,
            self.offsets_m[steps],
            self.offsets_m[steps + 1],
        )
        return np.where(is_beside, sideways, to_tip), np.where(is_beside, feet_m, tips_m)


def build_route(points: Sequence[Point]) -> Route:
    """The route through points, in order.

    A leg between opposite ends of the globe has no one great circle; some one is taken.

    Args:
        points: One at least; equal neighbours are fine.

    Cost: about 5 µs a point.
    """
    degrees = np.array(points, np.float64).reshape(-1, 2)
    vectors = np.stack(unit_vectors(degrees[:, 0], degrees[:, 1]), axis=1)
    starts, ends = (vectors, vectors) if len(vectors) == 1 else (vectors[:-1], vectors[1:])
    angles = 2 * np.arcsin(np.clip(_chords(starts, ends) / 2, 0, 1))
    normals = _planes(starts, ends)
    total_m = float(angles.sum()) * EARTH_RADIUS_M
    step = max(MAX_STEP_M, total_m / MAX_STEPS) / EARTH_RADIUS_M
    counts = np.maximum(1, np.ceil(angles / step)).astype(np.int64)
    legs = np.repeat(np.arange(len(counts)), counts)
    numbers = np.arange(len(legs)) - np.repeat(np.cumsum(counts) - counts, counts)
    shares = angles[legs] / counts[legs]
    forwards = np.cross(normals, starts)
    cut_starts = _turned(starts[legs], forwards[legs], shares * numbers)
    cut_ends = _turned(starts[legs], forwards[legs], shares * (numbers + 1))
    is_last = numbers == counts[legs] - 1
    cut_starts[numbers == 0], cut_ends[is_last] = starts, ends
    leg_offsets = np.concatenate(([0.0], np.cumsum(angles)))
    offsets = np.append(leg_offsets[legs] + shares * numbers, leg_offsets[-1])
    return Route(
        starts=cut_starts,
        ends=cut_ends,
        forwards=np.cross(normals[legs], cut_starts),
        normals=normals[legs],
        angles=shares,
        offsets_m=offsets * EARTH_RADIUS_M,
        levels=_tree(cut_starts, cut_ends),
    )


def _dot(left: Vectors, right: Vectors) -> Floats:
    # Not matmul or einsum: those may add in another order for other shapes, and a point's
    # distance must be the same bit by bit whichever points are looked at beside it.
    product = left * right
    return product[:, 0] + product[:, 1] + product[:, 2]


def _chords(left: Vectors, right: Vectors) -> Floats:
    """Distances straight through the globe, in Earth radii."""
    difference = left - right
    return np.sqrt(_dot(difference, difference))


def _planes(starts: Vectors, ends: Vectors) -> Vectors:
    """Unit normals of the legs' planes; some plane through it for a leg without length."""
    normals = np.cross(starts, ends - starts)
    lengths = np.sqrt(_dot(normals, normals))
    is_flat = lengths < _FLAT
    axes = np.eye(3)[np.argmin(np.abs(starts[is_flat]), axis=1)]
    normals[is_flat] = np.cross(starts[is_flat], axes)
    return normals / np.sqrt(_dot(normals, normals))[:, None]


def _turned(starts: Vectors, forwards: Vectors, angles: Floats) -> Vectors:
    """Starts moved along their forwards by angles."""
    return starts * np.cos(angles)[:, None] + forwards * np.sin(angles)[:, None]


def _tree(starts: Vectors, ends: Vectors) -> tuple[Balls, ...]:
    """Balls of runs of 1, 2, 4, … steps, up to the whole route."""
    centres = (starts + ends) / 2
    levels = [Balls(centres, _chords(starts, ends) / 2)]
    while len(levels[-1].radii) > 1:
        centres, radii = levels[-1]
        if len(radii) % 2:
            centres, radii = np.concatenate((centres, centres[-1:])), np.append(radii, radii[-1])
        middles = (centres[::2] + centres[1::2]) / 2
        halves = _chords(centres[::2], centres[1::2]) / 2
        levels.append(Balls(middles, halves + np.maximum(radii[::2], radii[1::2])))
    return tuple(levels)

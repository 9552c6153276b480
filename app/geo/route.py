"""A route of great-circle legs: how far from it, and how far along it, points are.

All in unit vectors: a leg is the arc between two of them, and is cut into short steps. Bounds
of runs of steps and of groups of points (``geo.bounds``) are compared before their members
are, so that a point meets the few steps near it, however many there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.geo.bounds import (
    Balls,
    Ints,
    Mask,
    Strips,
    Vectors,
    chords,
    curve_order,
    dot,
    from_segments,
    frontier,
    groups,
    split,
    strips,
)
from app.geo.distance import EARTH_RADIUS_M, Floats, unit_vectors
from app.geo.point import Point

MAX_STEP_M = 5_000.0
"""Longer legs are cut into steps of this length: an arc of 5 km leaves its chord by 0.5 m,
one of 100 km by 200 m."""

MAX_STEPS = 1 << 15
"""A route of many long legs is cut into about this many steps altogether."""

TIE_M = 1e-6
"""Of passes that come equally near (to 1 µm, above rounding), the first one counts."""

MAX_LOOKS = 2_500_000
"""Most looks at pairs, of bounds or their members, in one search: some 0.2 s of work."""

_SORTING = 4
"""To put a point into its groups costs so many times what a look at two bounds does."""

_MEASURING = 3
"""To measure from a point to a step costs so many times what a look at two balls does."""

_GROUP_SIZES = (256, 16, 1)
"""Points are compared with steps in groups of so many first."""

_RUN_WIDTHS = 4
"""… and a group is split rather than runs of steps that are no longer than so many radii."""

_POINTS_AT_ONCE = 1 << 14
_PAIRS_AT_ONCE = 400_000
"""More pairs than this at once, and the points are taken half by half (memory)."""

_FLAT = 1e-15
"""A cross product this short has no direction: its leg has no length, or half the globe."""

_TIE = TIE_M / EARTH_RADIUS_M


class RouteTooTangledError(ValueError):
    """So many legs are equally near to so many points that the search was given up."""


class Nearest(NamedTuple):
    """Where points are, seen from a route."""

    positions: Ints
    """Of the points within the corridor, ascending."""
    distances_m: Floats
    along_m: Floats


@dataclass(frozen=True, slots=True)
class Route:
    """Great-circle legs, each one once, cut into steps of at most about ``MAX_STEP_M``."""

    length_m: float
    """Length of the whole route."""
    starts: Vectors
    ends: Vectors
    forwards: Vectors
    """Unit vectors at each start, along the step."""
    normals: Vectors
    """Unit vectors perpendicular to each step's plane."""
    angles: Floats
    """Lengths of the steps, in radians."""
    starts_m: Floats
    """Lengths of the route before each step."""
    ends_m: Floats
    levels: tuple[Strips, ...]
    """Strips of single steps first, the strip of the whole route last."""

    def discs(self, radius_m: float) -> tuple[Floats, Floats, Floats]:
        """Discs on the sphere that together hold the route.

        As few as do with none wider than ``radius_m``, but for single steps.

        Returns:
            Latitudes and longitudes of the centres in degrees, radii in great-circle metres.
        """
        centres, radii = frontier(self.levels, radius_m / EARTH_RADIUS_M)
        heights = np.maximum(np.sqrt(dot(centres, centres)), _FLAT)
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
            RouteTooTangledError: More than ``MAX_LOOKS`` looks would be needed.

        Cost: about 1 µs a point near a simple route.
        """
        looks_left = MAX_LOOKS - _SORTING * len(latitudes)
        if looks_left < 0:
            raise RouteTooTangledError
        points = np.stack(unit_vectors(latitudes, longitudes), axis=1)
        order = curve_order(points)
        points = points[order]
        nearest, along_m = np.full(len(points), np.inf), np.full(len(points), np.inf)
        limit = 2 * math.sin(min(math.pi, corridor_m / EARTH_RADIUS_M) / 2) + _TIE
        parts = _parts(len(points))
        while parts:
            part = parts.pop()
            owners, steps, looks, is_whole = self._close_pairs(points[part], limit)
            looks_left -= looks
            if looks_left < 0:
                raise RouteTooTangledError
            if is_whole:
                self._take_nearest(points[part], owners, steps, nearest[part], along_m[part])
            else:
                middle = (part.start + part.stop) // 2
                parts += [slice(part.start, middle), slice(middle, part.stop)]
        nearest_m, here_m = np.empty_like(nearest), np.empty_like(along_m)
        nearest_m[order], here_m[order] = nearest * EARTH_RADIUS_M, along_m
        found = np.flatnonzero(nearest_m <= corridor_m)
        return Nearest(found, nearest_m[found], here_m[found])

    def _take_nearest(
        self, points: Vectors, owners: Ints, steps: Ints, nearest: Floats, along_m: Floats
    ) -> None:
        """Of each point's pairs keep the nearest angle, and its first place along the route."""
        angles, feet_m = self._measure(points[owners], steps)
        np.minimum.at(nearest, owners, angles)
        is_nearest = angles <= nearest[owners] + _TIE
        np.minimum.at(along_m, owners[is_nearest], feet_m[is_nearest])

    def _close_pairs(self, points: Vectors, limit: float) -> tuple[Ints, Ints, int, bool]:
        """Pairs of point and step, each point's nearest within ``limit`` among them.

        Goes from all points and all steps to smaller groups and runs of them.

        Returns them, how many looks it took, and whether the search went to its end.
        """
        owners, nodes = np.zeros(1, np.int64), np.zeros(1, np.int64)
        depth, size, looks = len(self.levels) - 1, len(points), 0
        for next_size in _GROUP_SIZES:
            here = groups(points, next_size)
            owners, nodes = split(owners, nodes, -(-size // next_size), len(here.radii))
            size, width = next_size, _RUN_WIDTHS * float(np.median(here.radii))
            while True:
                looks += len(nodes)
                if len(nodes) > _PAIRS_AT_ONCE and len(points) > 1:
                    return owners, nodes, looks, False
                level = self.levels[depth]
                is_close = _are_close(here, owners, level, nodes, limit)
                owners, nodes = owners[is_close], nodes[is_close]
                if depth == 0 or (size > 1 and np.median(level.lengths + level.breadths) <= width):
                    break
                depth -= 1
                nodes, owners = split(nodes, owners, 2, len(self.levels[depth].lengths))
        return owners, nodes, looks + _MEASURING * len(nodes), True

    def _measure(self, points: Vectors, steps: Ints) -> tuple[Floats, Floats]:
        """Angle from each point to its step, and metres along the route to the foot."""
        starts, lengths = self.starts[steps], self.angles[steps]
        starts_m, ends_m = self.starts_m[steps], self.ends_m[steps]
        from_start = points - starts
        turns = np.arctan2(dot(from_start, self.forwards[steps]), dot(points, starts))
        is_beside = (turns >= 0) & (turns <= lengths)
        to_start = np.sqrt(dot(from_start, from_start))
        to_end = chords(points, self.ends[steps])
        is_end = to_end < to_start
        sideways = np.arcsin(np.clip(np.abs(dot(from_start, self.normals[steps])), 0, 1))
        to_tip = 2 * np.arcsin(np.clip(np.minimum(to_start, to_end) / 2, 0, 1))
        tips_m = np.where(is_end, ends_m, starts_m)
        feet_m = np.clip(starts_m + turns * EARTH_RADIUS_M, starts_m, ends_m)
        return np.where(is_beside, sideways, to_tip), np.where(is_beside, feet_m, tips_m)


def build_route(points: Sequence[Point]) -> Route:
    """The route through points, in order.

    A leg that was there before, in either direction, is not looked at again: the first pass
    counts. A leg between opposite ends of the globe has no one great circle; some one is taken.

    Args:
        points: One at least; equal neighbours are fine.

    Cost: about 5 µs a point.
    """
    degrees = np.array(points, np.float64).reshape(-1, 2)
    vectors = np.stack(unit_vectors(degrees[:, 0], degrees[:, 1]), axis=1)
    starts, ends = (vectors, vectors) if len(vectors) == 1 else (vectors[:-1], vectors[1:])
    angles = 2 * np.arcsin(np.clip(chords(starts, ends) / 2, 0, 1))
    offsets = np.concatenate(([0.0], np.cumsum(angles)))
    once = _first_passes(degrees)
    starts, ends, angles = starts[once], ends[once], angles[once]
    normals = _planes(starts, ends)
    step = max(MAX_STEP_M / EARTH_RADIUS_M, float(angles.sum()) / MAX_STEPS)
    counts = np.maximum(1, np.ceil(angles / step)).astype(np.int64)
    legs = np.repeat(np.arange(len(counts)), counts)
    numbers = np.arange(len(legs)) - np.repeat(np.cumsum(counts) - counts, counts)
    shares = angles[legs] / counts[legs]
    forwards = np.cross(normals, starts)
    cut_starts = _turned(starts[legs], forwards[legs], shares * numbers)
    cut_ends = _turned(starts[legs], forwards[legs], shares * (numbers + 1))
    is_last = numbers == counts[legs] - 1
    cut_starts[numbers == 0], cut_ends[is_last] = starts, ends
    starts_at = offsets[once][legs] + shares * numbers
    ends_at = np.where(is_last, offsets[once + 1][legs], starts_at + shares)
    return Route(
        length_m=float(offsets[-1]) * EARTH_RADIUS_M,
        starts=cut_starts,
        ends=cut_ends,
        forwards=np.cross(normals[legs], cut_starts),
        normals=normals[legs],
        angles=shares,
        starts_m=starts_at * EARTH_RADIUS_M,
        ends_m=ends_at * EARTH_RADIUS_M,
        levels=strips(cut_starts, cut_ends, 1 - np.cos(shares / 2)),
    )


def _first_passes(degrees: Floats) -> Ints:
    """Which legs differ from all before them, also from those in the other direction."""
    if len(degrees) == 1:
        return np.zeros(1, np.int64)
    _, places = np.unique(degrees.view(np.complex128).ravel(), return_inverse=True)
    lower, upper = np.minimum(places[:-1], places[1:]), np.maximum(places[:-1], places[1:])
    _, firsts = np.unique(lower * len(degrees) + upper, return_index=True)
    return np.sort(firsts)


def _are_close(here: Balls, owners: Ints, there: Strips, nodes: Ints, limit: float) -> Mask:
    """Pairs between which a nearest pair of their members, within the limit, may be."""
    apart = from_segments(here.centres[owners], there.starts[nodes], there.alongs[nodes])
    radii = here.radii[owners]
    reach = np.full(len(here.radii), limit)
    np.minimum.at(reach, owners, apart + radii + there.reaches[nodes])
    is_close: Mask = apart - radii - there.breadths[nodes] <= reach[owners] + _TIE
    return is_close


def _parts(count: int) -> list[slice]:
    firsts = range(0, count, _POINTS_AT_ONCE)
    return [slice(first, min(first + _POINTS_AT_ONCE, count)) for first in firsts]


def _planes(starts: Vectors, ends: Vectors) -> Vectors:
    """Unit normals of the legs' planes; some plane through it for a leg without length."""
    normals = np.cross(starts, ends - starts)
    lengths = np.sqrt(dot(normals, normals))
    is_flat = lengths < _FLAT
    axes = np.eye(3)[np.argmin(np.abs(starts[is_flat]), axis=1)]
    normals[is_flat] = np.cross(starts[is_flat], axes)
    return normals / np.sqrt(dot(normals, normals))[:, None]


def _turned(starts: Vectors, forwards: Vectors, angles: Floats) -> Vectors:
    """Starts moved along their forwards by angles."""
    return starts * np.cos(angles)[:, None] + forwards * np.sin(angles)[:, None]

from __future__ import annotations

import numpy as np
import pytest

from app.geo.bounds import (
    Vectors,
    chords,
    curve_order,
    from_segments,
    frontier,
    groups,
    split,
    strips,
)


def _walk(seed: int, count: int = 37) -> Vectors:
    vectors: Vectors = np.cumsum(
        np.random.default_rng(seed).normal(0, 0.01, (count, 3)), axis=0
    ) + np.array([1, 0, 0])
    vectors /= np.sqrt((vectors * vectors).sum(axis=1))[:, None]
    return vectors


@pytest.mark.parametrize("is_whole", [True, False])
def test_strips_hold_their_runs_and_are_reached_by_them(is_whole: bool) -> None:  # noqa: FBT001 - a parameter of a test
    vectors = _walk(1)
    kept = np.array([number for number in range(36) if is_whole or number % 5])
    starts, ends = vectors[kept], vectors[kept + 1]
    anywhere = np.random.default_rng(2).normal(0, 0.05, (50, 3)) + np.array([1, 0, 0])
    for depth, level in enumerate(strips(starts, ends, np.zeros(len(starts)))):
        for node in range(len(level.lengths)):
            run = slice(node << depth, (node + 1) << depth)
            for vector in (*starts[run], *ends[run]):
                away = from_segments(vector[None], level.starts[[node]], level.alongs[[node]])
                assert away[0] <= level.breadths[node] + 1e-12
            for vector in anywhere:
                away = from_segments(vector[None], level.starts[[node]], level.alongs[[node]])
                arcs = from_segments(vector[None], starts[run], ends[run] - starts[run])
                assert arcs.min() <= away[0] + level.reaches[node] + 1e-12


def test_a_straight_way_has_narrow_strips() -> None:
    vectors = np.array([[1.0, 0, 0]]) + np.arange(9)[:, None] * [0, 0.1, 0]
    (*_, whole) = strips(vectors[:-1], vectors[1:], np.zeros(8))
    assert whole.breadths.max() < 1e-12
    assert whole.lengths == pytest.approx([0.8])


def test_a_frontier_holds_all_in_balls_of_a_size() -> None:
    vectors = _walk(3)
    levels = strips(vectors[:-1], vectors[1:], np.zeros(36))
    centres, radii = frontier(levels, 0.05)
    assert 1 < len(radii) < 36
    for vector in vectors:
        assert (chords(vector[None], centres) <= radii + 1e-12).any()


def test_groups_hold_their_points() -> None:
    vectors = _walk(4)
    vectors = vectors[curve_order(vectors)]
    centres, radii = groups(vectors, 8)
    assert len(radii) == 5
    owners = np.arange(37) // 8
    assert (chords(vectors, centres[owners]) <= radii[owners] + 1e-12).all()


def test_pairs_are_split_as_far_as_parts_exist() -> None:
    parts, partners = split(np.array([0, 2]), np.array([7, 9]), 2, 5)
    assert parts.tolist() == [0, 1, 4]
    assert partners.tolist() == [7, 7, 9]

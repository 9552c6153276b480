"""Tiles part the world: every place lies in exactly one of a zoom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geo.mercator import latitude_at
from app.geo.point import Point
from app.geo.tile import MAX_ZOOM, Tile

LATITUDES = st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, 0.0, 85.0511287798066])
LONGITUDES = st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 0.0, 90.0, -90.0])


def tile_of(point: Point, zoom: int) -> Tile:
    """The tile by the inverse: where the place lies in the one that holds the world."""
    across, down = Tile(zoom, 0, 0).place(np.array([point.latitude]), np.array([point.longitude]))
    return Tile(zoom, int(across[0]), int(down[0]))


@given(st.builds(Point, LATITUDES, LONGITUDES), st.integers(0, MAX_ZOOM))
def test_a_place_lies_in_its_tile_and_in_none_beside_it(point: Point, zoom: int) -> None:
    own = tile_of(point, zoom)
    assert own.exists
    assert own.box.contains(point) or point.longitude == 180
    for x in range(own.x - 1, own.x + 2):
        for y in range(own.y - 1, own.y + 2):
            beside = Tile(zoom, x, y)
            if not beside.exists:
                continue
            across, down = beside.place(np.array([point.latitude]), np.array([point.longitude]))
            is_inside = 0 <= across[0] < 1 and 0 <= down[0] < 1
            assert is_inside == (beside == own)


@given(st.integers(0, MAX_ZOOM).flatmap(
    lambda z: st.builds(Tile, st.just(z), *(2 * (st.integers(0, 2**z - 1),)))
))  # fmt: skip
def test_the_middle_of_a_tiles_box_lies_in_the_tile(tile: Tile) -> None:
    north, south = latitude_at(np.array([tile.y, tile.y + 1]) / tile.per_side).tolist()
    middle = Point((north + south) / 2, (tile.x + 0.5) * 360 / tile.per_side - 180)
    assert tile_of(middle, tile.z) == tile


@pytest.mark.parametrize("tile", [(0, 1, 0), (0, 0, -1), (-1, 0, 0), (23, 0, 0), (3, 8, 7)])
def test_others_do_not_exist(tile: tuple[int, int, int]) -> None:
    assert not Tile(*tile).exists

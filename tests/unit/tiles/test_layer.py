"""What a point of a tile says."""

from __future__ import annotations

import pytest

from app.geo.tile import Tile
from app.stations.finding import Cluster
from app.tiles.encode import EXTENT
from app.tiles.layer import dots_of, power_class


def cluster(max_power_kw: float | None, available: int | None) -> Cluster:
    return Cluster(
        3, 48.0, 2.0, max_power_kw, available, (3, 0, 0, 0, 0), is_synthetic=True, station=None
    )


def test_what_is_unknown_is_left_out_and_none_free_is_told() -> None:
    unknown, full = dots_of(Tile(0, 0, 0), [cluster(None, None), cluster(22.0, 0)])
    assert unknown.properties == {"count": 3, "power_class": 0, "synthetic": True}
    assert full.properties["available"] == 0
    assert full.properties["max_power_kw"] == 22.0


@pytest.mark.parametrize(
    ("power_kw", "expected"),
    [(None, 0), (3.7, 1), (21.9, 1), (22.0, 2), (49.9, 2), (50.0, 3), (149.9, 3), (150.0, 4)],
)
def test_a_class_begins_with_its_border(power_kw: float | None, expected: int) -> None:
    assert power_class(power_kw) == expected


def test_a_middle_that_rounding_puts_beyond_the_border_stays_within() -> None:
    for tile in (Tile(1, 0, 0), Tile(1, 1, 1)):
        (dot,) = dots_of(tile, [cluster(None, None)])
        assert 0 <= dot.x < EXTENT
        assert 0 <= dot.y < EXTENT

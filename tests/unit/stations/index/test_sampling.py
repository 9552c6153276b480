from __future__ import annotations

import pytest

from app.geo.bbox import Box
from app.stations.index.sampling import square_deg


@pytest.mark.parametrize("count", [1, 2, 50, 500])
@pytest.mark.parametrize(
    "box",
    [Box(-180, -90, 180, 90), Box(2, 48, 3, 49), Box(170, -10, -170, 10), Box(1, 1, 1, 1)],
)
def test_squares_are_few_enough_and_halve_the_globe(box: Box, count: int) -> None:
    side_deg = square_deg(box, count)
    assert (360 / side_deg).is_integer()
    across = int(box.width_deg / side_deg) + 2
    down = int((box.north - box.south) / side_deg) + 2
    assert side_deg == 360 or across * down <= count


def test_a_smaller_box_has_smaller_squares() -> None:
    assert square_deg(Box(2, 48, 2.1, 48.1), 100) < square_deg(Box(0, 40, 10, 50), 100)

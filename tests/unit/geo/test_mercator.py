from __future__ import annotations

import numpy as np
import pytest

from app.geo.mercator import MAX_LATITUDE, world_x, world_y


def test_the_world_is_a_square() -> None:
    assert world_x(np.array([-180.0, 0.0, 180.0])).tolist() == [0, 0.5, 1]
    assert world_y(np.array([MAX_LATITUDE, 0.0, -MAX_LATITUDE])) == pytest.approx([0, 0.5, 1])


def test_the_poles_are_drawn_at_its_border() -> None:
    assert world_y(np.array([90.0, -90.0])) == pytest.approx([0, 1])

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geo.mercator import MAX_LATITUDE, latitude_at, world_y


def test_the_world_ends_at_its_greatest_latitude() -> None:
    assert world_y(np.array([MAX_LATITUDE, 0.0, -MAX_LATITUDE])) == pytest.approx([0, 0.5, 1])


def test_the_poles_are_drawn_at_its_border() -> None:
    assert world_y(np.array([90.0, -90.0])) == pytest.approx([0, 1])


@given(st.floats(-85, 85))
def test_a_height_is_that_of_its_latitude(latitude: float) -> None:
    assert latitude_at(world_y(np.array([latitude]))) == pytest.approx([latitude], abs=1e-9)

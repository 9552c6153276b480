from __future__ import annotations

import numpy as np
import pytest

from app.stations.index.ranking import FEW_KEYS, smallest


@pytest.mark.parametrize("size", [0, 1, 51, 52, FEW_KEYS, FEW_KEYS + 1, 5_000])
@pytest.mark.parametrize("distinct", [1, 2, 40, 100_000])
@pytest.mark.parametrize("count", [1, 51, 501, None])
def test_the_smallest_come_by_key_then_id(size: int, distinct: int, count: int | None) -> None:
    chance = np.random.default_rng((size, distinct))
    keys = chance.integers(0, distinct, size) / 8
    ids = chance.permutation(size)
    expected = sorted(range(size), key=lambda place: (keys[place], ids[place]))[:count]
    assert smallest(keys, ids, count).tolist() == expected

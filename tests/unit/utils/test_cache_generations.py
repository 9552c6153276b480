from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils import metrics
from app.utils.caching import MemoryTier


def test_values_come_in_the_order_of_the_keys() -> None:
    tier: MemoryTier[int] = MemoryTier("numbers")
    tier.set_many({1: b"one", 3: b"three"})
    assert tier.get_many([3, 2, 1, 3]) == [b"three", None, b"one", b"three"]
    assert (tier.hits, tier.misses) == (3, 1)


def test_what_is_read_survives_what_is_not() -> None:
    tier: MemoryTier[int] = MemoryTier("numbers", max_entries=4)
    tier.set_many({1: b"read", 2: b"unread"})
    for number in range(3, 20):
        assert tier.get_many([1, 1]) == [b"read", b"read"]
        tier.set_many({number: b"new"})
    assert tier.get_many([2]) == [None]


def test_what_is_cleared_is_forgotten_in_both_generations() -> None:
    tier: MemoryTier[int] = MemoryTier("numbers", max_entries=4)
    tier.set_many({1: b"old", 2: b"old", 3: b"young"})
    tier.clear()
    assert tier.get_many([1, 2, 3]) == [None] * 3
    assert tier.held() == (0, 0)


def test_a_value_without_room_is_not_held() -> None:
    tier: MemoryTier[int] = MemoryTier("numbers", max_bytes=1000)
    tier.set_many({1: bytes(600), 2: b"small"})
    assert tier.get_many([1, 2]) == [None, b"small"]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["set", "get", "clear"]),
            st.lists(st.integers(0, 30), max_size=6),
            st.binary(max_size=200),
        ),
        max_size=60,
    )
)
def test_it_stays_in_its_bounds_and_never_answers_for_another_key(
    steps: Sequence[tuple[str, list[int], bytes]],
) -> None:
    tier: MemoryTier[tuple[str, int]] = MemoryTier("numbers", max_bytes=4000, max_entries=10)
    model: dict[tuple[str, int], bytes] = {}
    for verb, numbers, value in steps:
        keys = [("card", number) for number in numbers]
        if verb == "set":
            entries: Mapping[tuple[str, int], bytes] = dict.fromkeys(keys, value)
            tier.set_many(entries)
            model |= entries
        elif verb == "clear":
            tier.clear()
            model.clear()
        else:
            for key, found in zip(keys, tier.get_many(keys), strict=True):
                assert found in {None, model.get(key)}
        entries_held, bytes_held = tier.held()
        assert entries_held <= 10
        assert 0 <= bytes_held <= 4000
    if not tier.get_many([]) and model == {}:
        assert tier.held() == (0, 0)


def test_the_metrics_tell_hits_misses_and_what_is_held() -> None:
    with metrics.testing() as changed:
        tier: MemoryTier[int] = MemoryTier("told_in_metrics")
        tier.set_many({1: b"one"})
        tier.get_many([1, 1, 2])
        labels = {"cache": "told_in_metrics", "tier": "memory"}
        assert changed("cache_hits_total", **labels) == 2
        assert changed("cache_misses_total", **labels) == 1
        assert changed("cache_size", **labels) == 1
        assert changed("cache_bytes", **labels) == pytest.approx(200, abs=100)
        tier.get_many([1])
        assert changed("cache_hits_total", **labels) == 3

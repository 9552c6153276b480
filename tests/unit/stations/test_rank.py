"""The static rank: bounded, and greater for more."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stations.draft import MAX_EVSES, MAX_POWER_W, EvseDraft, StationContent
from app.stations.rank import MAX_RANK, static_rank
from app.stations.vocabulary import Access

BARE = StationContent("k", 1.0, 2.0, "CC0-1.0", "x")


def with_bays(count: int) -> StationContent:
    return msgspec.structs.replace(BARE, evses=tuple(EvseDraft(str(n)) for n in range(count)))


@given(st.integers(0, 70), st.none() | st.integers(100, MAX_POWER_W), st.sampled_from([*Access]))
def test_it_fits_sixteen_bits(bays: int, power_w: int | None, access: Access) -> None:
    content = msgspec.structs.replace(with_bays(bays), access=access, name="n", city="c")
    assert 0 <= static_rank(content, power_w) <= MAX_RANK


def test_the_best_station_has_the_greatest_rank() -> None:
    best = msgspec.structs.replace(
        with_bays(MAX_EVSES), access=Access.PUBLIC, name="n", city="c", operator="o", street="s"
    )
    assert static_rank(best, MAX_POWER_W) == MAX_RANK


@pytest.mark.parametrize("bays", [0, 1, 2, 8, 63])
def test_more_bays_and_more_power_rank_higher(bays: int) -> None:
    assert static_rank(with_bays(bays), 22_000) < static_rank(with_bays(bays + 1), 22_000)
    assert static_rank(BARE, None) < static_rank(BARE, 3_700) < static_rank(BARE, 150_000)


def test_open_to_all_ranks_above_restricted_and_private() -> None:
    ranks = [
        static_rank(msgspec.structs.replace(BARE, access=access), None)
        for access in (Access.PRIVATE, Access.RESTRICTED, None, Access.PUBLIC)
    ]
    assert ranks == sorted(set(ranks))

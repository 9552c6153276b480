from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.importers.feeds import _bays as bays
from app.importers.feeds._bays import Plugs


def test_bays_are_counted_by_the_most_frequent_plug_unless_stated() -> None:
    plugs = [Plugs("ccs", 1), Plugs("chademo", 1), Plugs("type2", 1), Plugs("type2", 1)]
    assert bays.count_bays(plugs, None) == 2
    assert bays.count_bays(plugs, 3) == 3
    assert bays.count_bays([], None) == 0


def test_plugs_are_dealt_in_turn() -> None:
    assert bays.deal([Plugs("a", 2), Plugs("b", 1)], 2) == [[0, 1], [0]]
    assert bays.deal([Plugs("a", 1)], 2) == [[0], []]
    assert bays.deal([], 0) == []


@given(
    st.lists(st.builds(Plugs, st.sampled_from("abc"), st.integers(1, 9)), min_size=1, max_size=9),
    st.integers(1, 20),
)
def test_every_plug_hangs_somewhere_and_no_bay_has_two_more_than_another(
    plugs: list[Plugs], places: int
) -> None:
    dealt = bays.deal(plugs, places)
    assert len(dealt) == places
    for position, plug in enumerate(plugs):
        assert sum(hung.count(position) for hung in dealt) == plug.quantity
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1


def test_a_place_of_thousands_is_too_much() -> None:
    assert bays.is_too_many([], 1_001)
    assert bays.is_too_many([Plugs("a", 4_001)], 1)
    assert not bays.is_too_many([Plugs("a", 1_000)], 1_000)

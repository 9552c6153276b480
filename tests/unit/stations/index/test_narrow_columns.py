"""Columns take as few bytes as their values need, and lose nothing by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.stations.index.assemble import assemble
from app.stations.index.codes import CLASS_OF_CODE, UNKNOWN_POWER
from app.stations.index.columns import FACT_TYPES, STATION_TYPES, Chunk, Columns

Ids = st.lists(st.integers(1, 2**40), unique=True, max_size=60)


def columns_of(ids: Sequence[int], powers: Sequence[int] = ()) -> Columns:
    """Stations at one place, each with a connector of standard 1 where powers are given."""
    stations = {name: np.zeros(len(ids), kind) for name, kind in STATION_TYPES.items()}
    stations["ids"] = np.array(ids, np.int64)
    facts = {name: np.ones(len(powers), kind) for name, kind in FACT_TYPES.items()}
    facts["fact_powers"] = np.array(powers, np.uint16)
    counts = np.full(len(ids), 1 if powers else 0, np.int64)
    return assemble([Chunk(stations, facts, counts, [b"name"] * len(ids))])


@given(held=Ids, others=Ids)
@settings(max_examples=60, deadline=None)
def test_rows_are_found_of_every_id_that_is_there_and_of_no_other(
    held: list[int], others: list[int]
) -> None:
    columns = columns_of(held)
    asked = np.array([0, *others, *held, 2**41], np.int64)
    rows = columns.rows_of(asked)
    assert columns.ids[rows].tolist() == [one for one in asked.tolist() if one in set(held)]


@given(
    powers=st.lists(st.integers(0, 65_534), min_size=1, max_size=30), floor=st.integers(0, 65_535)
)
@settings(max_examples=60, deadline=None)
def test_powers_kept_as_places_compare_as_powers_do(powers: list[int], floor: int) -> None:
    columns = columns_of(range(1, len(powers) + 1), powers)
    places = columns.class_powers[CLASS_OF_CODE[1]] >= columns.power_place(floor)
    by_id = dict(zip(columns.ids.tolist(), places.tolist(), strict=True))
    assert by_id == {
        number: power + UNKNOWN_POWER >= floor for number, power in enumerate(powers, start=1)
    }


@pytest.mark.parametrize(
    ("greatest", "kind"),
    [(255, np.uint8), (256, np.uint16), (70_000, np.uint32), (2**33, np.int64)],
)
def test_ids_take_the_bytes_that_the_greatest_needs(greatest: int, kind: type[np.generic]) -> None:
    columns = columns_of([1, greatest])
    assert columns.ids.dtype == kind
    assert columns.rows_of(np.array([greatest, greatest + 1, 1])).tolist() == [1, 0]


def test_more_than_a_byte_of_powers_take_two() -> None:
    columns = columns_of(range(1, 301), range(300))
    assert columns.class_powers.dtype == np.uint16
    assert columns_of([1], [220]).class_powers.dtype == np.uint8

from __future__ import annotations

import base64
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geo.bbox import Box
from app.geo.point import Point
from app.stations import cursors
from app.stations.criteria import Criteria, Filters, Inside, Near, Sort
from app.stations.errors import CursorMalformed, CursorMismatch
from app.stations.index.search import After
from app.stations.vocabulary import ConnectorStandard, Payment
from tests.fixtures.worlds import searches

BY_DISTANCE = Criteria(Near(Point(48.85, 2.35), 10))


@given(searches(), st.floats(0, 1e8), st.binary(max_size=500), st.integers(0, 1 << 62))
def test_a_cursor_is_read_as_it_was_written(
    criteria: Criteria, number: float, name: bytes, station_id: int
) -> None:
    key = name if criteria.order is Sort.NAME else number
    cursor = cursors.write(criteria, key, station_id)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=")
    assert cursors.read(cursor, criteria) == After(key, station_id)


@given(searches(), searches())
def test_a_cursor_fits_its_own_search_only(one: Criteria, other: Criteria) -> None:
    cursor = cursors.write(one, b"x" if one.order is Sort.NAME else 1, 1)
    if msgspec.structs.replace(one, sort=one.order) == msgspec.structs.replace(
        other, sort=other.order
    ):
        assert cursors.read(cursor, other)
    else:
        with pytest.raises(CursorMismatch):
            cursors.read(cursor, other)


def test_equal_searches_have_one_digest_whatever_the_order_of_their_sets() -> None:
    standards = list(ConnectorStandard)[:20]
    one = Criteria(None, Filters(connectors=frozenset(standards), payments=frozenset(Payment)))
    two = Criteria(
        None,
        Filters(
            connectors=frozenset(reversed(standards)), payments=frozenset(reversed(list(Payment)))
        ),
    )
    assert cursors.digest(one) == cursors.digest(two)


def test_a_default_order_is_the_one_it_stands_for() -> None:
    assert cursors.digest(BY_DISTANCE) == cursors.digest(
        msgspec.structs.replace(BY_DISTANCE, sort=Sort.DISTANCE)
    )


def test_the_digest_is_the_same_on_every_machine() -> None:
    assert cursors.digest(Criteria(Inside(Box(1.5, 2, 3, 4)))).hex() == "d3388e5312cfd675"


def test_open_now_stays_one_search_while_time_passes() -> None:
    morning = Criteria(None, Filters(open_at=datetime(2026, 6, 1, 8, tzinfo=UTC)))
    evening = Criteria(None, Filters(open_at=datetime(2026, 6, 1, 20, tzinfo=UTC)))
    assert cursors.digest(morning) == cursors.digest(evening)
    assert cursors.digest(morning) != cursors.digest(Criteria())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(st.text(max_size=60) | st.binary(max_size=60).map(_text))
def test_whatever_is_passed_is_refused_in_words(text: str) -> None:
    with pytest.raises((CursorMalformed, CursorMismatch)):
        cursors.read(text, BY_DISTANCE)


@pytest.mark.parametrize(
    ("key", "station_id"),
    [
        (float("nan"), 1), (float("inf"), 1), (-1.0, 1), (b"name", 1), (1.0, -1), (1.0, 1 << 63),
    ],
)  # fmt: skip
def test_impossible_places_are_refused(key: object, station_id: int) -> None:
    forged = msgspec.msgpack.encode((cursors.digest(BY_DISTANCE), key, station_id))
    with pytest.raises(CursorMalformed):
        cursors.read(_text(forged), BY_DISTANCE)


def test_a_cursor_of_absurd_length_is_refused_unread() -> None:
    with pytest.raises(CursorMalformed):
        cursors.read("A" * (cursors.MAX_CURSOR_LENGTH + 1), BY_DISTANCE)

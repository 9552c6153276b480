"""Times are aware, and stored as milliseconds on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.base import UtcTimestamp
from app.db.moments import from_epoch_ms, to_epoch_ms


@given(st.integers(min_value=0, max_value=to_epoch_ms(datetime(2200, 1, 1, tzinfo=UTC))))
def test_a_time_comes_back_to_the_millisecond(epoch_ms: int) -> None:
    moment = from_epoch_ms(epoch_ms)
    assert moment.tzinfo is UTC
    assert to_epoch_ms(moment) == epoch_ms


def test_other_zones_are_the_same_moment() -> None:
    paris = datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    assert from_epoch_ms(to_epoch_ms(paris)) == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        to_epoch_ms(datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test


def test_the_column_keeps_nothing_as_nothing() -> None:
    column = UtcTimestamp()
    assert column.process_bind_param(None, None) is None  # type: ignore[arg-type]  # never looked at
    assert column.process_result_value(None, None) is None  # type: ignore[arg-type]  # never looked at

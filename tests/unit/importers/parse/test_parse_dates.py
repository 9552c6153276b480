"""Moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.parse.dates import parse_moment


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-07-15", "2024-07-15T00:00:00"),
        ("20240715", "2024-07-15T00:00:00"),
        ("2024-07-15T12:00:00.12+0200", "2024-07-15T10:00:00.120000"),
        ("2025-03-13T08:13:20Z", "2025-03-13T08:13:20"),
        ("2025-02-12 00:16:32 UTC", "2025-02-12T00:16:32"),
        ("22.07.21", "2021-07-22T00:00:00"),
        ("07.11.2025", "2025-11-07T00:00:00"),
        ("01/02/1999 10:30", "1999-02-01T10:30:00"),
        ("12/25/2019", "2019-12-25T00:00:00"),
        ("40282", "2010-04-14T00:00:00"),
        ("40282.5", "2010-04-14T12:00:00"),
        (40282, "2010-04-14T00:00:00"),
        (1600000000, "2020-09-13T12:26:40"),
        ("1600000000000", "2020-09-13T12:26:40"),
        ({"$date": "2020-09-20T10:00:00Z"}, "2020-09-20T10:00:00"),
        ({"$date": 1600000000000}, "2020-09-13T12:26:40"),
        ({"$date": {"$numberLong": "1600000000000"}}, "2020-09-13T12:26:40"),
        ("2023/01/05", "2023-01-05T00:00:00"),
        ("2020/1/11 10:20:30+00", "2020-01-11T10:20:30"),
        ("2023-01", "2023-01-01T00:00:00"),
        ("5 janvier 2023", "2023-01-05T00:00:00"),
        ("05-janv-23", "2023-01-05T00:00:00"),
        ("1er août 2022", "2022-08-01T00:00:00"),
        ("15. März 2020", "2020-03-15T00:00:00"),
        ("Jan 5, 2023", "2023-01-05T00:00:00"),
        ("3 July 1999", "1999-07-03T00:00:00"),
        ("2199-12-31", "2199-12-31T00:00:00"),
    ],
)
def test_a_moment_is_read(value: object, expected: str) -> None:
    assert parse_moment(value) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "99.99.99",
        "31.02.2020",
        "0001-01-01",
        "nan",
        "5",
        12,
        "5 foo 2023",
        "31 feb 2020",
        "2020/13/01",
        1e300,
        True,
        None,
        {},
        [],
    ],
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert parse_moment(value) is None


def test_the_month_may_come_first() -> None:
    assert parse_moment("5/9/2019", day_first=False) == datetime(2019, 5, 9, tzinfo=UTC)
    assert parse_moment("8/20/18 1:05 pm", day_first=False) == datetime(
        2018, 8, 20, 13, 5, tzinfo=UTC
    )
    assert parse_moment("25/12/2019", day_first=False) == datetime(2019, 12, 25, tzinfo=UTC)


def test_a_datetime_is_brought_to_utc() -> None:
    there = datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert parse_moment(there) == datetime(2024, 1, 1, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2149, 1, 1)))  # noqa: DTZ001 - naive on purpose
@settings(max_examples=100, deadline=None)
def test_german_and_iso_notations_agree(moment: datetime) -> None:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    assert parse_moment(f"{day:%d.%m.%Y}") == parse_moment(f"{day:%Y-%m-%d}")


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_text_raises(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or moment.tzinfo is UTC

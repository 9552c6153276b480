from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.web.errors import ParametersInvalid
from app.web.parameters import (
    MAX_QUERY_LENGTH,
    MAX_REPEATS,
    Parameter,
    Unfit,
    choice,
    flag,
    moment,
    number,
    read_values,
    refuse,
    refuse_all,
    split_query,
    table_of,
    whole,
)

_TABLE = table_of(
    Parameter("limit", whole(1, 500), "How many.", "1…500", "50", {"type": "integer"}),
    Parameter("radius_km", number(0, 500), "Far.", "0…500 km", "2.5", {"type": "number"}),
    Parameter("open", flag, "Open.", "true or false", "true", {"type": "boolean"}),
    Parameter(
        "word", str, "Word.", "any", "x", {"type": "string"}, is_repeatable=True, max_length=5
    ),
)


def _read(query: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return read_values(split_query(query), _TABLE)


def test_values_are_read_by_name() -> None:
    values, faults = _read(b"limit=7&word=a&word=b&radius_km=1e1&open=True")
    assert faults == []
    assert values == {"limit": 7, "word": ("a", "b"), "radius_km": 10.0, "open": True}


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        (b"limit=0", "limit", "not a whole number within 1…500"),
        (b"limit=1&limit=2", "limit", "more than once"),
        (b"limit=", "limit", "is empty"),
        (b"limit=%20", "limit", "is empty"),
        (b"limit=1_0", "limit", "not a whole number"),
        (b"limit=\xd9\xa1", "limit", "not a whole number"),
        (b"word=abcdef", "word", "has 6 characters, more than 5"),
        (b"radius_km=nan", "radius_km", "not a decimal number"),
        (b"radius_km=inf", "radius_km", "not a decimal number"),
        (b"radius_km=0x10", "radius_km", "not a decimal number"),
        (b"radius_km=1e99", "radius_km", "not within 0…500"),
        (b"radius_km=-1", "radius_km", "not within 0…500"),
        (b"open=maybe", "open", "neither true nor false"),
        (b"radius=5", "radius", "Did you mean 'radius_km'?"),
        (b"Limit=5", "Limit", "Did you mean 'limit'?"),
        (b"zzzzz=5", "zzzzz", "There is no parameter of this name."),
        (b"x" * 500 + b"=5", "x" * 64, "There is no parameter of this name."),
    ],
)
def test_a_fault_names_the_parameter_its_bounds_and_an_example(
    query: bytes, parameter: str, words: str
) -> None:
    _, (fault,) = _read(query)
    assert fault["parameter"] == parameter
    assert words in fault["detail"]
    assert fault["bounds"]
    assert fault["pointer"] == f"/query/{parameter}"
    assert set(fault) == {"parameter", "pointer", "detail", "bounds", "example"}


def test_a_pointer_escapes_what_would_part_it() -> None:
    _, (fault,) = _read(b"a/b~c=1")
    assert fault["pointer"] == "/query/a~1b~0c"


def test_endless_repeats_are_refused() -> None:
    _, (fault,) = _read(b"&".join([b"word=a"] * (MAX_REPEATS + 1)))
    assert "51 times" in fault["detail"]


def test_a_query_of_absurd_length_is_refused_unread() -> None:
    with pytest.raises(ParametersInvalid, match="query string has"):
        split_query(b"a=" + b"x" * MAX_QUERY_LENGTH)


def test_only_so_many_faults_are_listed() -> None:
    _, faults = _read(b"&".join(b"unknown%d=1" % index for index in range(100)))
    with pytest.raises(ParametersInvalid) as caught:
        refuse(faults)
    assert len(caught.value.extra["errors"]) == 20


def test_where_nothing_is_taken_anything_is_refused() -> None:
    refuse_all(b"")
    with pytest.raises(ParametersInvalid, match="no parameter of this name"):
        refuse_all(b"limit=1")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_query_string_breaks_the_reading(query: bytes) -> None:
    values, faults = _read(query)
    assert isinstance(values, dict)
    assert all(fault["detail"] for fault in faults)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T12:00:00 02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_utc(text: str, expected: datetime) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-01-31T12:00:00", "no time zone"),
        ("yesterday", "not an RFC 3339"),
        ("0001-01-01T00:00:00+10:00", "not an RFC 3339"),
    ],
)
def test_other_moments_are_refused(text: str, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        moment(text)


def test_a_choice_hints_at_the_nearest_word() -> None:
    read = choice({"power": 1, "name": 2})
    assert read("POWER") == 1
    with pytest.raises(Unfit, match=r"did you mean 'power'\?"):
        read("powr")
    with pytest.raises(Unfit, match=r"is not one of power, name$"):
        read("zzz")


def test_documentation_comes_from_the_table() -> None:
    assert _TABLE["limit"].as_openapi()["example"] == 50
    assert _TABLE["radius_km"].as_openapi()["example"] == 2.5
    assert _TABLE["open"].as_openapi()["example"] is True
    word = _TABLE["word"].as_openapi()
    assert word["schema"] == {"type": "array", "items": {"type": "string"}, "maxItems": 50}
    assert word["example"] == ["x"]

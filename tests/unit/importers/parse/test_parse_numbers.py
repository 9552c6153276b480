"""Numbers and powers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.importers.parse.numbers import (
    parse_count,
    parse_number,
    parse_power_kw,
    power_from_current,
    power_w,
)
from app.stations.draft import MAX_POWER_W, POWER_STEP_W
from app.stations.vocabulary import PowerType


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("22", 22.0),
        ("3,7", 3.7),
        (" 22 kW ", 22.0),
        ("7.4kW", 7.4),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234.567", 1234567.0),
        ("1 234,5", 1234.5),
        (".5", 0.5),
        ("-5", -5.0),
        ("~22 kW", 22.0),
        ("8.4680979999999995", 8.468098),
        ("3.3.3", None),
        ("1_000", None),
        ("22; 22", None),
        ("yes", None),
        ("nan", None),
        ("inf", None),
        ("9" * 400, None),
        ("", None),
        (None, None),
        (True, None),
        (22, 22.0),
        (math.inf, None),
        (10**400, None),
    ],
)
def test_a_number_is_read(value: object, expected: float | None) -> None:
    assert parse_number(value) == expected


@given(st.floats(min_value=-1e6, max_value=1e6))
@settings(max_examples=100, deadline=None)
def test_a_decimal_comma_means_the_same_as_a_point(number: float) -> None:
    text = f"{number:.6f}"
    assert parse_number(text) == parse_number(text.replace(".", ",")) == float(text)


@given(st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_no_text_raises(text: str) -> None:
    number = parse_number(text)
    assert number is None or math.isfinite(number)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.84E+01", 18.4),
        ("Jusqu'à 22 kW", 22.0),
        ("bis zu 50", 50.0),
        ("22000 W", 22.0),
        ("1.2 MW", 1200.0),
        ("50kw", 50.0),
        ("x", None),
        (11, 11.0),
        (None, None),
    ],
)
def test_the_unit_behind_a_power_counts(value: object, expected: float | None) -> None:
    assert parse_power_kw(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("3,7 à 22", 22.0), ("50-150 kW", 150.0), ("7.4 kW ou 22 kW", 22.0), ("1500-3000 W", 3.0),
     ("2x150 kW", 150.0), ("16 A", None), ("3 x 400 V", None), ("22 - bis", 22.0)],
)  # fmt: skip
def test_of_a_range_of_powers_the_upper_end_counts(value: str, expected: float | None) -> None:
    assert parse_power_kw(value) == expected


@pytest.mark.parametrize(("value", "expected"), [("4", 4), ("1.5", None), ("-1", None), (2.0, 2)])
def test_a_count_is_whole(value: object, expected: int | None) -> None:
    assert parse_count(value) == expected


@pytest.mark.parametrize(
    ("value_kw", "expected_w"),
    [
        (22.0, 22_000),
        (7.36, 7_400),
        (3.7000000000000002, 3_700),
        (0.0, None),
        (-1.0, None),
        (0.01, None),
        (5_000.0, 5_000_000),
        (5_000.1, None),
        (None, None),
    ],
)
def test_a_power_is_kept_in_steps(value_kw: float | None, expected_w: int | None) -> None:
    assert power_w(value_kw) == expected_w


@given(st.floats(allow_nan=False))
@settings(max_examples=100, deadline=None)
def test_a_power_is_a_step_within_bounds_or_nothing(value_kw: float) -> None:
    watts = power_w(value_kw)
    assert watts is None or (0 < watts <= MAX_POWER_W and watts % POWER_STEP_W == 0)


@pytest.mark.parametrize(
    ("voltage_v", "amperage_a", "power_type", "expected_w"),
    [
        (230, 16, PowerType.AC_1_PHASE, 3_700),
        (230, 32, PowerType.AC_3_PHASE, 22_100),
        (400, 32, PowerType.AC_3_PHASE, 22_200),
        (400, 32, PowerType.AC_2_PHASE, 12_800),
        (230, 32, PowerType.AC_2_PHASE, 14_700),
        (120, 40, PowerType.AC_2_PHASE_SPLIT, 9_600),
        (240, 40, PowerType.AC_2_PHASE_SPLIT, 9_600),
        (500, 100, PowerType.DC, 50_000),
        (230, 16, None, None),
        (None, 16, PowerType.DC, None),
        (230, 0, PowerType.DC, None),
        (-230, -16, PowerType.DC, None),
    ],
)
def test_power_follows_from_volts_and_amperes(
    voltage_v: float | None, amperage_a: float, power_type: PowerType | None, expected_w: int | None
) -> None:
    assert power_from_current(voltage_v, amperage_a, power_type) == expected_w

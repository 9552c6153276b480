from __future__ import annotations

import pytest

from app.stations.index import codes
from app.stations.index.filters import power_bounds
from app.stations.index.rows import payment_bits, power_steps
from app.stations.vocabulary import CONNECTOR_ALIASES, ConnectorStandard, Payment


@pytest.mark.parametrize(
    ("least_kw", "greatest_kw", "steps"),
    [
        (None, None, (1, 65_534)),
        (7.4, 7.4, (74, 74)),
        (0, 0, (1, 0)),
        (22, None, (220, 65_534)),
        (7.41, 7.49, (75, 74)),
        (1e9, 1e9, (65_535, 65_534)),
        (0.3, 0.7, (3, 7)),
        (4.1, 4.1, (41, 41)),
    ],
)
def test_power_bounds_are_taken_to_the_watt(
    least_kw: float | None, greatest_kw: float | None, steps: tuple[int, int]
) -> None:
    assert power_bounds(least_kw, greatest_kw) == steps


@pytest.mark.parametrize(
    ("power_w", "steps"), [(None, 0), (100, 1), (40, 1), (7_400, 74), (5_000_000, 50_000)]
)
def test_a_known_power_is_at_least_one_step(power_w: int | None, steps: int) -> None:
    assert power_steps(power_w) == steps


def test_every_standard_has_a_class_and_a_code_of_its_own() -> None:
    assert len(set(codes.STANDARD_CODES.values())) == len(ConnectorStandard)
    assert codes.NO_STANDARD not in codes.STANDARD_CODES.values()
    assert max(codes.STANDARD_CODES.values()) < 256
    assert len({standard for members in codes.CLASSES for standard in members}) == sum(
        len(members) for members in codes.CLASSES
    )


@pytest.mark.parametrize(
    ("alias", "is_exact"),
    [("ccs2", True), ("ccs", True), ("type3", True), ("tesla", True), ("nacs", True),
     ("domestic", True), ("gbt", True), ("schuko", False), ("type3a", False), ("mcs", False),
     ("cee", False)],
)  # fmt: skip
def test_common_aliases_are_answered_by_columns_alone(alias: str, *, is_exact: bool) -> None:
    assert codes.classes_of(CONNECTOR_ALIASES[alias])[1] is is_exact


def test_no_connector_is_no_class() -> None:
    assert codes.classes_of(frozenset()) == ((), True)


def test_payments_are_bits() -> None:
    assert payment_bits("") == 0
    assert (
        payment_bits("app card")
        == codes.PAYMENT_BITS[Payment.APP] | (codes.PAYMENT_BITS[Payment.CARD])
    )
    assert max(codes.PAYMENT_BITS.values()) < 256


@pytest.mark.parametrize(("country", "code"), [(None, 0), ("", 0), ("FR", 0x4652), ("F", 0x4620)])
def test_countries_are_two_letters(country: str | None, code: int) -> None:
    assert codes.country_code(country) == code

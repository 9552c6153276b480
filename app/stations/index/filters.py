"""A search's conditions as tests over columns, cheapest and sharpest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.stations.criteria import Filters
from app.stations.index import codes
from app.stations.index.columns import HIDDEN, SHOWN, Columns, Mask, Rows
from app.stations.index.hours import OpenHours
from app.stations.index.registry import Registry
from app.stations.vocabulary import ConnectorStandard

Test = Callable[[Columns, Rows], Mask]
"""Which of some rows pass."""

Ids = npt.NDArray[np.int64]

MANY_IDS, _FEW_GAPS = 10_000, 64
"""So many ids, that lie so close together, are ticked off in a list rather than looked up."""

_MAX_STEPS = np.iinfo(np.uint16).max - 1
_MOST_POWER_TESTS = 1024


def sift(columns: Columns, rows: Rows, tests: Iterable[Test]) -> Rows:
    """The rows that pass every test, in their order."""
    for test in tests:
        if not rows.size:
            break
        rows = rows[test(columns, rows)]
    return rows


def compile_tests(
    filters: Filters, registry: Registry, hours: OpenHours, text_ids: Ids | None
) -> list[Test]:
    """The tests that together are the filters.

    Args:
        filters: What must hold.
        registry: Numbers of operators and sources.
        hours: For ``open_at``.
        text_ids: Ascending ids of the stations that ``filters.text`` matches.
    """
    powers = _power_tests(
        filters.connectors, filters.min_power_kw, filters.max_power_kw, filters.is_available
    )
    tests = [*powers, _IS_SHOWN if filters.source is None else _IS_KNOWN]
    if text_ids is not None:
        tests.append(_is_among(text_ids))
    tests += _word_tests(filters, registry)
    tests += _number_tests(filters)
    if filters.open_at is not None:
        tests.append(_is_open(hours.are_open(filters.open_at)))
    return tests


def _word_tests(filters: Filters, registry: Registry) -> Iterator[Test]:
    """Of columns that must have one of some values."""
    if filters.operators:
        yield _is_in("operators", registry.operator_ids(filters.operators))
    if filters.source is not None:
        yield _is_in("feeds", registry.feed_ids(filters.source))
    if filters.country:
        yield _is_in("countries", [codes.country_code(filters.country.upper())])
    if filters.access:
        yield _is_in("access", [codes.ACCESS_CODES[word] for word in filters.access])
    if filters.open_24_7 is not None:
        yield _is_in("always_open", [codes.YES if filters.open_24_7 else codes.NO])
    if filters.payments:
        yield _has_bits(sum(codes.PAYMENT_BITS[word] for word in filters.payments))


def _number_tests(filters: Filters) -> Iterator[Test]:
    if filters.min_evses is not None:
        yield _is_at_least("evse_counts", filters.min_evses)
    if filters.created_since is not None:
        yield _is_at_least("created", _seconds(filters.created_since))
    if filters.updated_since is not None:
        yield _is_at_least("updated", _seconds(filters.updated_since))


def power_bounds(min_power_kw: float | None, max_power_kw: float | None) -> tuple[int, int]:
    """Least and greatest power that match, in steps; a known power is at least 1 step.

    Bounds are taken to the watt, so that 7.4 kW is 7,400 W whatever its binary fraction.
    """
    least, greatest = 1, _MAX_STEPS
    if min_power_kw is not None:
        least = max(1, -(-round(min_power_kw * 1000) * codes.STEPS_PER_KW // 1000))
    if max_power_kw is not None:
        greatest = round(max_power_kw * 1000) * codes.STEPS_PER_KW // 1000
    return min(least, _MAX_STEPS + 1), min(greatest, _MAX_STEPS)


@lru_cache(maxsize=_MOST_POWER_TESTS)
def _power_tests(
    connectors: frozenset[ConnectorStandard],
    min_power_kw: float | None,
    max_power_kw: float | None,
    is_available: bool,  # noqa: FBT001 - as ``Filters`` has it, and a key of what is kept
) -> tuple[Test, ...]:
    """Columns of powers first, which are sharp alone where no connector needs a closer look.

    Kept, since people have few kinds of cars.
    """
    has_power = min_power_kw is not None or max_power_kw is not None
    tests: list[Test] = []
    least, greatest = power_bounds(min_power_kw, max_power_kw)
    classes, is_exact = codes.classes_of(connectors)
    floor = least + codes.UNKNOWN_POWER if has_power else codes.UNKNOWN_POWER
    if is_available:
        tests.append(_is_at_least("available", 1))
    if connectors:
        tests.append(_has_class(classes, floor))
    elif has_power:
        tests.append(_is_at_least("max_powers", floor))
    needs_facts = (
        not is_exact or max_power_kw is not None or (is_available and (has_power or connectors))
    )
    if needs_facts:
        wanted = np.zeros(256, np.bool_)
        wanted[[codes.STANDARD_CODES[word] for word in connectors]] = True
        if not connectors:
            wanted[:] = True
        bounds = (least, greatest) if has_power else (0, _MAX_STEPS)
        tests.append(_has_fact(wanted, bounds, is_free=is_available))
    return tuple(tests)


def _is_live(least: int) -> Test:
    bound = np.array(least, np.uint8)
    return lambda columns, rows: columns.live[rows] >= bound


_IS_SHOWN, _IS_KNOWN = _is_live(SHOWN), _is_live(HIDDEN)


def _is_at_least(name: str, least: int) -> Test:
    return lambda columns, rows: getattr(columns, name)[rows] >= least


def _has_class(classes: tuple[int, ...], floor: int) -> Test:
    first, *others = classes

    def test(columns: Columns, rows: Rows) -> Mask:
        place = columns.power_place(floor)
        passes: Mask = columns.class_powers[first][rows] >= place
        for number in others:
            passes |= columns.class_powers[number][rows] >= place
        return passes

    return test


def _has_fact(wanted: Mask, bounds: tuple[int, int], *, is_free: bool) -> Test:
    """On one connector: its standard, its power, its EVSE free."""
    least, greatest = bounds

    def test(columns: Columns, rows: Rows) -> Mask:
        facts, owners = columns.facts_of(rows)
        powers = columns.fact_powers[facts]
        fits = wanted[columns.fact_standards[facts]] & (powers >= least) & (powers <= greatest)
        if is_free:
            fits &= columns.fact_free[facts] > 0
        return np.bincount(owners[fits], minlength=len(rows)) > 0

    return test


def _is_in(name: str, values: list[int]) -> Test:
    if len(values) == 1:
        (value,) = values
        return lambda columns, rows: getattr(columns, name)[rows] == value
    wanted = np.array(values, np.int64)
    return lambda columns, rows: np.isin(getattr(columns, name)[rows], wanted)


def _is_among(ids: Ids) -> Test:
    last = int(ids[-1]) if len(ids) else 0
    if len(ids) > MANY_IDS and last < _FEW_GAPS * len(ids):
        is_listed = np.zeros(last + 2, np.bool_)
        is_listed[ids] = True
        return lambda columns, rows: is_listed[
            np.minimum(columns.ids[rows].astype(np.int64), last + 1)
        ]

    def test(columns: Columns, rows: Rows) -> Mask:
        if not len(ids):
            return np.zeros(len(rows), np.bool_)
        wanted = columns.ids[rows]
        places = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        is_wanted: Mask = ids[places] == wanted
        return is_wanted

    return test


def _has_bits(bits: int) -> Test:
    return lambda columns, rows: (columns.payments[rows] & bits) > 0


def _is_open(are_open: Mask) -> Test:
    return lambda columns, rows: (
        (columns.always_open[rows] == codes.YES) | (are_open[columns.openings[rows]])
    )


def _seconds(moment: datetime) -> int:
    """Times are compared to the second: what an answer shows finds the same station again."""
    return int(moment.timestamp() // 1)

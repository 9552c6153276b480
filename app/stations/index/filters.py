"""A search's conditions as tests over columns, cheapest and sharpest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import numpy as np
import numpy.typing as npt

from app.stations.criteria import Filters
from app.stations.index import codes
from app.stations.index.columns import HIDDEN, SHOWN, Columns, Mask, Rows
from app.stations.index.hours import OpenHours
from app.stations.index.registry import Registry

Test = Callable[[Columns, Rows], Mask]
"""Which of some rows pass."""

Ids = npt.NDArray[np.int64]

MANY_IDS, _FEW_GAPS = 10_000, 64
"""So many ids, that lie so close together, are ticked off in a list rather than looked up."""

_MAX_STEPS = np.iinfo(np.uint16).max - 1


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
    least_live = HIDDEN if filters.source is not None else SHOWN
    tests = [*_power_tests(filters), _is_live(least_live)]
    if text_ids is not None:
        tests.append(_is_among(text_ids))
    tests += [
        _is_in(name, values)
        for name, values in _wanted(filters, registry).items()
        if values is not None
    ]
    if filters.payments:
        tests.append(_has_bits(sum(codes.PAYMENT_BITS[word] for word in filters.payments)))
    tests += [
        _is_at_least(name, least)
        for name, least in (
            ("evse_counts", filters.min_evses),
            ("created", _seconds(filters.created_since)),
            ("updated", _seconds(filters.updated_since)),
        )
        if least is not None
    ]
    if filters.open_at is not None:
        tests.append(_is_open(hours.are_open(filters.open_at)))
    return tests


def _wanted(filters: Filters, registry: Registry) -> dict[str, list[int] | None]:
    """Columns that must have one of some values; ``None`` where any will do."""
    always_open = codes.YES if filters.open_24_7 else codes.NO
    return {
        "operators": registry.operator_ids(filters.operators) if filters.operators else None,
        "feeds": None if filters.source is None else registry.feed_ids(filters.source),
        "countries": [codes.country_code(filters.country.upper())] if filters.country else None,
        "access": [codes.ACCESS_CODES[word] for word in filters.access] or None,
        "always_open": None if filters.open_24_7 is None else [always_open],
    }


def power_bounds(filters: Filters) -> tuple[int, int]:
    """Least and greatest power that match, in steps; a known power is at least 1 step.

    Bounds are taken to the watt, so that 7.4 kW is 7,400 W whatever its binary fraction.
    """
    least, greatest = 1, _MAX_STEPS
    if filters.min_power_kw is not None:
        least = max(1, -(-round(filters.min_power_kw * 1000) * codes.STEPS_PER_KW // 1000))
    if filters.max_power_kw is not None:
        greatest = round(filters.max_power_kw * 1000) * codes.STEPS_PER_KW // 1000
    return min(least, _MAX_STEPS + 1), min(greatest, _MAX_STEPS)


def _power_tests(filters: Filters) -> list[Test]:
    """Columns of powers first, which are sharp alone where no connector needs a closer look."""
    has_power = filters.min_power_kw is not None or filters.max_power_kw is not None
    tests: list[Test] = []
    least, greatest = power_bounds(filters)
    classes, is_exact = codes.classes_of(filters.connectors)
    floor = least + codes.UNKNOWN_POWER if has_power else codes.UNKNOWN_POWER
    if filters.is_available:
        tests.append(_is_at_least("available", 1))
    if filters.connectors:
        tests.append(_has_class(classes, floor))
    elif has_power:
        tests.append(_is_at_least("max_powers", floor))
    needs_facts = (
        not is_exact
        or filters.max_power_kw is not None
        or (filters.is_available and (has_power or filters.connectors))
    )
    if needs_facts:
        wanted = np.zeros(256, np.bool_)
        wanted[[codes.STANDARD_CODES[word] for word in filters.connectors]] = True
        if not filters.connectors:
            wanted[:] = True
        bounds = (least, greatest) if has_power else (0, _MAX_STEPS)
        tests.append(_has_fact(wanted, bounds, is_free=filters.is_available))
    return tests


def _is_live(least: int) -> Test:
    return lambda columns, rows: columns.live[rows] >= least


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


def _seconds(moment: datetime | None) -> int | None:
    """Times are compared to the second: what an answer shows finds the same station again."""
    return None if moment is None else int(moment.timestamp() // 1)

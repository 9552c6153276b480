"""From rows of the database to chunks of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.stations import queries
from app.stations.draft import POWER_STEP_W
from app.stations.index import codes
from app.stations.index.columns import (
    COORDINATE_STEPS_PER_DEG,
    HIDDEN,
    NAMELESS,
    NEVER,
    SHOWN,
    Chunk,
)
from app.stations.index.registry import Reader, Registry
from app.stations.words import fold

MAX_AT_ONCE = 500
"""Most stations that are read by id at once: about 10 ms of the event loop."""

_STANDARD_CODES: Mapping[Any, int] = codes.STANDARD_CODES
_ACCESS_CODES: Mapping[Any, int] = codes.ACCESS_CODES
_MAX_COUNT = np.iinfo(np.uint16).max
_MOST_FREE = np.iinfo(np.uint8).max
"""Whether a connector is free is asked; how many are is for ``available``."""

Row = tuple[Any, ...]


async def read_among(
    reader: Reader, registry: Registry, ids: Sequence[int], *, now_s: float, max_age_s: int
) -> Chunk:
    """Those of some stations that exist and are not gone.

    Args:
        reader: Of the catalogue.
        registry: Learns what is new among them.
        ids: At most ``MAX_AT_ONCE``.
        now_s: Seconds since 1970.
        max_age_s: Reports older than this do not count.

    Cost: three statements and about 20 µs a station.
    """
    rows = await reader.fetch_all(queries.stations(queries.among(len(ids))), ids)
    return await read_chunk(
        reader, registry, rows, queries.among(len(ids)), ids, now_s=now_s, max_age_s=max_age_s
    )


async def read_chunk(
    reader: Reader,
    registry: Registry,
    station_rows: Sequence[Row],
    condition: str,
    parameters: Sequence[int],
    *,
    now_s: float,
    max_age_s: int,
) -> Chunk:
    """The chunk of station rows, whose connectors and reports a condition finds."""
    oldest_ms = round((now_s - max_age_s) * 1000)
    facts = await reader.fetch_all(queries.connector_facts(condition), (oldest_ms, *parameters))
    reports = await reader.fetch_all(queries.reports(condition), (oldest_ms, *parameters))
    await registry.refresh(
        reader,
        operator_id=max((row[7] or 0 for row in station_rows), default=0),
        feed_id=max((row[3] for row in station_rows), default=0),
    )
    return to_chunk(registry, station_rows, facts, reports, max_age_s=max_age_s)


def to_chunk(
    registry: Registry,
    station_rows: Sequence[Row],
    fact_rows: Sequence[Row],
    report_rows: Sequence[Row],
    *,
    max_age_s: int,
) -> Chunk:
    """The chunk of rows of ``queries.stations``, ``connector_facts`` and ``reports``."""
    (
        ids, latitudes, longitudes, feeds, are_shown, names, countries, operators, access,
        always_open, patterns, time_zones, payments, evse_counts, _, ranks, versions, created,
        updated,
    ) = zip(*station_rows, strict=True) if station_rows else ((),) * 19  # fmt: skip
    stations: dict[str, npt.NDArray[Any]] = {
        "ids": np.array(ids, np.int64),
        "latitudes_e7": _steps(latitudes),
        "longitudes_e7": _steps(longitudes),
        "operators": _numbers(operators, np.int32, lambda row_id: row_id or 0),
        "feeds": np.array(feeds, np.uint16),
        "countries": _numbers(countries, np.uint16, codes.country_code),
        "access": _numbers(access, np.uint8, lambda word: _ACCESS_CODES.get(word, 0)),
        "payments": _numbers(payments, np.uint8, payment_bits),
        "always_open": _numbers(always_open, np.uint8, _tristate),
        "openings": np.fromiter(
            map(registry.opening_number, patterns, time_zones, countries), np.int32, len(ids)
        ),
        "evse_counts": np.minimum(np.array(evse_counts, np.int64), _MAX_COUNT).astype(np.uint16),
        "ranks": np.array(ranks, np.uint16),
        "card_versions": np.array(versions, np.uint32),
        "created": _seconds(created),
        "updated": _seconds(updated),
        "live": np.where(np.array(are_shown, np.bool_), SHOWN, HIDDEN).astype(np.uint8),
    }
    stations |= _volatile(stations["ids"], report_rows, max_age_s)
    owners, facts = _facts(stations["ids"], fact_rows)
    return Chunk(
        stations,
        facts,
        np.bincount(owners, minlength=len(ids)).astype(np.int64),
        [fold(name).encode("utf-8", "replace") if name else NAMELESS for name in names],
    )


def _facts(
    ids: npt.NDArray[Any], rows: Sequence[Row]
) -> tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[Any]]]:
    owner_ids, standards, powers_w, free = zip(*rows, strict=True) if rows else ((),) * 4
    owners, is_here = _places(ids, owner_ids)
    facts: dict[str, npt.NDArray[Any]] = {
        "fact_standards": _numbers(
            standards, np.uint8, lambda word: _STANDARD_CODES.get(word, codes.NO_STANDARD)
        ),
        "fact_powers": _numbers(powers_w, np.uint16, power_steps),
        "fact_free": np.minimum(np.array(free, np.int64), _MOST_FREE).astype(np.uint8),
    }
    return owners[is_here], {name: column[is_here] for name, column in facts.items()}


def _volatile(
    ids: npt.NDArray[Any], rows: Sequence[Row], max_age_s: int
) -> dict[str, npt.NDArray[Any]]:
    available = np.full(len(ids), -1, np.int16)
    reported = np.zeros(len(ids), np.uint32)
    fresh_until = np.full(len(ids), NEVER, np.uint32)
    owner_ids, counting, free, newest, oldest = zip(*rows, strict=True) if rows else ((),) * 5
    owners, is_here = _places(ids, owner_ids)
    owners = owners[is_here]
    counts = np.array(counting, np.int64)[is_here] > 0
    available[owners] = np.where(counts, np.array(free, np.int64)[is_here], -1)
    reported[owners] = _seconds(newest)[is_here]
    fresh_until[owners] = np.where(counts, _seconds(oldest)[is_here] + max_age_s, NEVER)
    return {"available": available, "reported": reported, "fresh_until": fresh_until}


def _places(
    ids: npt.NDArray[Any], wanted: Sequence[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Where ids stand among ascending ones, and which do: a station may be gone by now."""
    wanted_ids = np.array(wanted, np.int64)
    places = np.searchsorted(ids, wanted_ids)
    if not len(ids):
        return places, np.zeros(len(wanted_ids), np.bool_)
    return places, ids[np.minimum(places, len(ids) - 1)] == wanted_ids


def power_steps(power_w: int | None) -> int:
    """A power in W as steps of 0.1 kW, at least one; 0 where unknown."""
    return 0 if power_w is None else min(max(1, round(power_w / POWER_STEP_W)), _MAX_COUNT - 1)


def payment_bits(words: str) -> int:
    """Words joined by blanks as bits."""
    return sum(bit for payment, bit in codes.PAYMENT_BITS.items() if payment in words.split())


def _tristate(value: int | None) -> int:
    if value is None:
        return codes.NOT_SAID
    return codes.YES if value else codes.NO


def _steps(degrees: Sequence[float]) -> npt.NDArray[np.int32]:
    return np.rint(np.array(degrees, np.float64) * COORDINATE_STEPS_PER_DEG).astype(np.int32)


def _seconds(times_ms: Sequence[int | None]) -> npt.NDArray[np.uint32]:
    return _numbers(times_ms, np.uint32, lambda time_ms: max(0, time_ms or 0) // 1000)


def _numbers(
    values: Iterable[Any], kind: type[np.generic], number: Callable[[Any], int]
) -> npt.NDArray[Any]:
    """Values as numbers; each distinct one is worked out once."""
    known: dict[Any, int] = {}
    numbers = [
        known[value] if value in known else known.setdefault(value, number(value))
        for value in values
    ]
    return np.array(numbers, kind)

"""How busy a station is by hour of its week, counted from reports; no I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.stations.vocabulary import EvseStatus

HOURS_OF_DAY = 24
HOURS_OF_WEEK = 7 * HOURS_OF_DAY

_SAYS_OCCUPIED = {
    EvseStatus.AVAILABLE.value: False,
    EvseStatus.BLOCKED.value: True,
    EvseStatus.CHARGING.value: True,
    EvseStatus.RESERVED.value: True,
}
"""A bay that is broken, planned or unknown is neither free nor occupied."""

Hours = dict[int, tuple[int, int]]
"""By hour of the week (0 is Monday, 0:00 to 0:59): reports, and those that said occupied."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Hours).decode


class Report(NamedTuple):
    """What a bay was doing at a moment."""

    station_id: int
    evse_id: int
    """Both as the database numbers them."""
    observed_at_ms: int
    """Since 1970, UTC."""
    is_occupied: bool


def report_of(
    station_id: int, evse_id: int, status: str | None, observed_at_ms: int | None
) -> Report | None:
    """A status as a report; ``None`` where it has no date, or says neither free nor occupied."""
    is_occupied = _SAYS_OCCUPIED.get(status or "")
    if is_occupied is None or observed_at_ms is None:
        return None
    return Report(station_id, evse_id, observed_at_ms, is_occupied)


class Tally(NamedTuple):
    """The reports of one station, by hour of its week."""

    since_ms: int
    """Of the oldest, in ms since 1970."""
    hours: Hours

    @classmethod
    def unpacked(cls, since_ms: int, packed: bytes) -> Tally:
        """As it was stored."""
        return cls(since_ms, _unpack(packed))

    def packed(self) -> bytes:
        """The hours as the table keeps them: some 4 bytes for each that had a report."""
        return _pack(self.hours)

    def __add__(self, other: object) -> Tally:
        """The reports of both."""
        if not isinstance(other, Tally):
            return NotImplemented
        hours = dict(self.hours)
        for hour, (reports, occupied) in other.hours.items():
            known = hours.get(hour, (0, 0))
            hours[hour] = known[0] + reports, known[1] + occupied
        return Tally(min(self.since_ms, other.since_ms), hours)


EMPTY = _pack({})
"""The hours of a station that has had no report."""


def hour_of_week(moment_ms: int, zone: ZoneInfo) -> int:
    """0…167 in local time. An hour that the clock shows twice in autumn is one hour."""
    local = datetime.fromtimestamp(moment_ms / 1000, zone)
    return local.weekday() * HOURS_OF_DAY + local.hour


def tally(reports: Collection[Report], zones: Mapping[int, str | None]) -> dict[int, Tally]:
    """Count reports by station; of one bay at one moment there is but one.

    Args:
        reports: In any order, with any repeats.
        zones: IANA names by station. Where a zone is not known there is no hour of the
            week, so nothing is counted.

    Cost: about 2 µs a report.
    """
    counted: defaultdict[int, dict[int, list[int]]] = defaultdict(dict)
    since_ms: dict[int, int] = {}
    distinct = {(report.evse_id, report.observed_at_ms): report for report in reports}
    for station_id, _, observed_at_ms, is_occupied in distinct.values():
        zone = _zone(zones.get(station_id))
        if zone is None:
            continue
        count = counted[station_id].setdefault(hour_of_week(observed_at_ms, zone), [0, 0])
        count[0] += 1
        count[1] += is_occupied
        since_ms[station_id] = min(since_ms.get(station_id, observed_at_ms), observed_at_ms)
    return {
        station_id: Tally(
            since_ms[station_id], {hour: (count[0], count[1]) for hour, count in hours.items()}
        )
        for station_id, hours in counted.items()
    }


@lru_cache(maxsize=512)
def _zone(name: str | None) -> ZoneInfo | None:
    """All that there are: the library's own cache keeps eight, and reads the others again."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None

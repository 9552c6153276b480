"""Which opening hours are open at a moment, each distinct one worked out once a minute."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
from opening_hours import (  # type: ignore[attr-defined] # - its stubs leave the errors out
    OpeningHours,
    ParserError,
    UnknownCountryError,
)

from app.stations.index.registry import Opening, Registry

MINUTES_KEPT = 4
"""Answers for the newest few minutes are kept; a page's cursor may be a little behind."""

_SLICE = 100
"""Hours worked out before others get their turn: about 0.5 ms, 2 ms when first parsed."""

Flags = npt.NDArray[np.bool_]


class OpenHours:
    """The registry's hours, parsed on first use.

    Cost: 15 µs to parse one, 3 µs to ask it; most catalogues have a few thousand.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._parsed: list[tuple[OpeningHours, ZoneInfo] | None] = []
        self._minutes: OrderedDict[datetime, Flags] = OrderedDict()

    async def prepare(self, moment: datetime) -> None:
        """Work out a moment in slices, so that the search itself finds it ready."""
        for _ in range(0, len(self._registry.openings), _SLICE):
            self._advance(moment, _SLICE)
            await asyncio.sleep(0)

    def are_open(self, moment: datetime) -> Flags:
        """By number in the registry, whether it is open; number 0 (unreadable) never is."""
        self._advance(moment, len(self._registry.openings))
        return self._minutes[_minute(moment)]

    def _advance(self, moment: datetime, count: int) -> None:
        """Work out at most ``count`` more."""
        minute = _minute(moment)
        known = self._minutes.setdefault(minute, np.zeros(1, np.bool_))
        self._minutes.move_to_end(minute)
        while len(self._minutes) > MINUTES_KEPT:
            self._minutes.popitem(last=False)
        openings = self._registry.openings
        todo = range(len(known) - 1, min(len(known) - 1 + count, len(openings)))
        if todo:
            self._parsed += [parse(opening) for opening in openings[len(self._parsed) : todo.stop]]
            fresh = [self._is_open(number, minute) for number in todo]
            self._minutes[minute] = np.append(known, fresh)

    def _is_open(self, number: int, minute: datetime) -> bool:
        parsed = self._parsed[number]
        if parsed is None:
            return False
        hours, zone = parsed
        return hours.is_open(minute.astimezone(zone))


def parse(opening: Opening) -> tuple[OpeningHours, ZoneInfo] | None:
    """Hours and their zone; ``None`` where either cannot be read."""
    try:
        zone = ZoneInfo(opening.time_zone)
        try:
            hours = OpeningHours(opening.pattern, timezone=zone, country=opening.country)
        except UnknownCountryError:
            hours = OpeningHours(opening.pattern, timezone=zone)
    except (ParserError, ZoneInfoNotFoundError, ValueError):
        return None
    return hours, zone


def _minute(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    return utc - timedelta(seconds=utc.second, microseconds=utc.microsecond)

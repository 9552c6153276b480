"""How busy the demo's stations are supposed to have been: a few weeks that many share."""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np

from app.importers.feeds._demo_sites import FAST_FROM_W
from app.importers.feeds._demo_world import Floats
from app.stations.draft import StationContent
from app.stations.tally import HOURS_OF_DAY, HOURS_OF_WEEK, Hours

VARIANTS = 24
"""Different weeks of each kind: a week for each station would make the demo half as dear again."""

WEEKS = 8
"""As many reports an hour by day, of each of one to four bays."""

_HOURS = np.arange(HOURS_OF_WEEK)
_WEEKDAY, _HOUR = np.divmod(_HOURS, HOURS_OF_DAY)
_AT_WEEKEND = _WEEKDAY >= 5  # noqa: PLR2004 - Saturday and Sunday
_AT_NIGHT = (_HOUR < 6) | (_HOUR >= 23)  # noqa: PLR2004 - when most stations are quiet


def busy_week(content: StationContent, seed: int) -> Hours:
    """The synthetic reports of a station's week: the same for the same seed and key."""
    powers_w = (plug.max_power_w or 0 for evse in content.evses for plug in evse.connectors)
    is_fast = max(powers_w, default=0) >= FAST_FROM_W
    return _weeks(seed, is_fast=is_fast)[zlib.crc32(content.key.encode()) % VARIANTS]


@lru_cache(maxsize=4)
def _weeks(seed: int, *, is_fast: bool) -> tuple[Hours, ...]:
    random = np.random.default_rng((seed, is_fast)).random
    shape = _on_the_way() if is_fast else _where_cars_stay()
    return tuple(_week(shape, random((2, HOURS_OF_WEEK)), *random(2)) for _ in range(VARIANTS))


def _week(shape: Floats, uniform: Floats, demand: float, size: float) -> Hours:
    shares = np.clip(shape * (0.4 + demand) + 0.16 * (uniform[0] - 0.5), 0, 1)
    most = WEEKS * (1 + int(4 * size))
    # At night fewer bays change, and so fewer report.
    reports = np.where(_AT_NIGHT, most * uniform[1] ** 2, most * (0.75 + uniform[1] / 2))
    counts = reports.astype(int)
    occupied = np.rint(counts * shares).astype(int)
    return {
        hour: pair
        for hour, pair in enumerate(zip(counts.tolist(), occupied.tolist(), strict=True))
        if pair[0]
    }


def _where_cars_stay() -> Floats:
    """Beside work by day, at home in the evening, shops on Saturday."""
    workdays = 0.12 + 0.5 * _around(10, 3) + 0.6 * _around(19, 2.5)
    weekend = 0.15 + 0.45 * _around(13, 4)
    shares: Floats = np.where(_AT_WEEKEND, weekend, workdays)
    return shares


def _on_the_way() -> Floats:
    """At noon and in the late afternoon; more on Friday and Sunday."""
    journeys = np.array([1, 0.9, 0.9, 1, 1.3, 1.05, 1.35])[_WEEKDAY]
    shares: Floats = 0.06 + journeys * (0.4 * _around(12.5, 2.5) + 0.5 * _around(17.5, 2.5))
    return shares


def _around(hour: float, width: float) -> Floats:
    """A bell over the hours of each day, 1 at its top."""
    shares: Floats = np.exp(-(((_HOUR + 0.5 - hour) / width) ** 2) / 2)
    return shares

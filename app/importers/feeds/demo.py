"""The synthetic catalogue: any number of stations around real cities, from a seed.

Nothing in it exists: the feed is marked synthetic, and every operator's name says
``(demo)``. It is generated, not read, so it is no format for ``voltway import``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from app.importers.feeds._demo_draws import DRAWS_PER_STATION, KINDS, decide
from app.importers.feeds._demo_sites import (
    ACCESS,
    HOURS,
    OPERATORS,
    PAYMENTS,
    PRICES,
    STATUS_SHARES,
    STATUSES,
    STREETS,
    TOWN_PLACES,
)
from app.importers.feeds._demo_world import Floats, World, load_world
from app.stations.draft import EvseDraft, StationContent, StationDraft, StatusDraft
from app.stations.vocabulary import Payment

SOURCE = "demo"
TITLE = "VoltWay demo (synthetic)"
LICENCE = "CC0-1.0"
ATTRIBUTION = "VoltWay synthetic demo data"

BATCH_SIZE = 4_096
OLDEST_REPORT_MINUTES = 6 * 60
DEMO_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def synthetic_stations(
    count: int, seed: int, *, observed_at: datetime = DEMO_EPOCH
) -> Iterator[StationDraft]:
    """Stations that could be: the same for the same seed, on every machine.

    Eight in ten lie in towns (cities weighted by inhabitants, stations spread normally
    around the centre), two in ten along the line to a neighbouring town. About half of
    them report the status of their bays.

    Args:
        count: How many. The first stations of a longer catalogue are those of a shorter.
        seed: 0 or greater; part of every key, so catalogues of different seeds are disjoint.
        observed_at: The statuses were reported in the six hours before; aware.

    Yields:
        Drafts with keys ``{seed}-{number}`` and coordinates to 5 decimals.

    Cost: about 15 µs a station, and 0.6 s once for the cities.
    """
    world = load_world()
    for first in range(0, count, BATCH_SIZE):
        # Uniform draws only: numpy promises a stable stream for no other distribution.
        random = np.random.default_rng((seed, first // BATCH_SIZE)).random
        draws = decide(world, random((DRAWS_PER_STATION, BATCH_SIZE)))
        reports = _Reports(random((2, int(draws.evse_counts.sum()))), observed_at)
        decisions = (
            Decision(*values) for values in zip(*(column.tolist() for column in draws), strict=True)
        )
        for number, decision in zip(
            range(first, min(first + BATCH_SIZE, count)), decisions, strict=False
        ):
            yield _draft(world, f"{seed}-{number}", decision, reports)


class Decision(NamedTuple):
    """One station's element of every column of ``Draws``, in their order."""

    city: int
    neighbour: int
    on_road: bool
    latitude: float
    longitude: float
    kind: int
    evse_count: int
    operator: int
    hours: int
    access: int
    payments: int
    place: float
    house: float
    price: float
    reports: bool


class _Reports:
    """Statuses of a batch's bays, handed out in order."""

    def __init__(self, uniform: Floats, observed_at: datetime) -> None:
        statuses = np.searchsorted(np.cumsum(STATUS_SHARES)[:-1], uniform[0], side="right")
        self._statuses = statuses.tolist()
        self._ages = (uniform[1] * OLDEST_REPORT_MINUTES).astype(int).tolist()
        self._moments = [
            observed_at - timedelta(minutes=age) for age in range(OLDEST_REPORT_MINUTES)
        ]
        self._next = 0

    def take(self, evses: tuple[EvseDraft, ...], *, reports: bool) -> tuple[StatusDraft, ...]:
        """The reports of one station; the draws of one that reports nothing are passed over."""
        first = self._next
        self._next += len(evses)
        if not reports:
            return ()
        return tuple(
            StatusDraft(evse.uid, STATUSES[self._statuses[at]], self._moments[self._ages[at]])
            for at, evse in enumerate(evses, start=first)
        )


def _draft(world: World, key: str, decision: Decision, reports: _Reports) -> StationDraft:
    city, plugs = decision.city, KINDS[decision.kind].plugs
    evses = tuple(
        EvseDraft(uid=f"{key}-{number}", connectors=plugs)
        for number in range(1, decision.evse_count + 1)
    )
    hours = HOURS[decision.hours]
    payments = PAYMENTS[decision.payments]
    content = StationContent(
        key=key,
        latitude=decision.latitude,
        longitude=decision.longitude,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        evses=evses,
        name=_name(world, decision),
        street=f"{_of(STREETS, decision.house)} {1 + int(decision.place * 200)}",
        city=world.names[city],
        state=world.states[city],
        country=world.countries[city],
        operator=OPERATORS[decision.operator],
        access=ACCESS[decision.access],
        open_24_7=None if hours is None else hours == "24/7",
        opening_hours=hours,
        price_text=_price(world.currencies[city], decision.price, payments),
        payments=payments,
    )
    return StationDraft(content, statuses=reports.take(evses, reports=decision.reports))


def _of(choices: tuple[str, ...], uniform: float) -> str:
    return choices[int(uniform * len(choices))]


def _name(world: World, decision: Decision) -> str:
    here = world.names[decision.city]
    if decision.on_road:
        return f"Services {here}–{world.names[decision.neighbour]}"
    return f"{here} {_of(TOWN_PLACES, decision.place)}"


def _price(currency: str, uniform: float, payments: tuple[Payment, ...]) -> str | None:
    if Payment.FREE in payments:
        return "free of charge"
    return _of(PRICES[currency], uniform) if currency in PRICES else None

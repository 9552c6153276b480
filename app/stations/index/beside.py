"""Stations along a route, without holding up the event loop where that takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.geo.point import Point
from app.geo.route import build_route
from app.stations.index.columns import Columns
from app.stations.index.filters import Test
from app.stations.index.search import Corridor, Match, candidates_beside, measure_beside

MANY_POINTS, MANY_CANDIDATES = 1_000, 8_000
"""A route of more points, or with more stations near it, is left to a thread."""


class Beside:
    """Searches along routes; long ones one at a time, so that a thread is enough for all."""

    def __init__(self) -> None:
        self._thread = asyncio.Semaphore(1)

    async def find(
        self,
        tiers: Sequence[Columns],
        points: Sequence[Point],
        corridor_m: float,
        tests: Sequence[Test],
    ) -> list[Match]:
        """Stations within a corridor, from each of some columns.

        Which stations pass is settled at one moment; where they lie along the route depends
        on nothing that changes, and may take its time.

        Raises:
            RouteTooTangledError: See ``geo.route``.

        Cost: 10 ms on the event loop at most, but for columns of 1,000,000 that all lie near;
        some 0.3 s in the thread at most.
        """
        if len(points) > MANY_POINTS:
            async with self._thread:
                route = await asyncio.to_thread(build_route, points)
        else:
            route = build_route(points)
        corridor = Corridor(route, corridor_m)
        candidates = [candidates_beside(columns, corridor, tests) for columns in tiers]
        if sum(len(match.rows) for match in candidates) <= MANY_CANDIDATES:
            return _measured(corridor, candidates)
        async with self._thread:
            return await asyncio.to_thread(_measured, corridor, candidates)


def _measured(corridor: Corridor, candidates: Sequence[Match]) -> list[Match]:
    return [measure_beside(corridor, match) for match in candidates]

"""What chance decides about the demo's stations, drawn a batch at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.importers.feeds._demo_sites import (
    ACCESS_SHARES,
    FAST_FROM_W,
    HOURS_SHARES,
    OPERATORS,
    PAYMENT_SHARES,
    SITES,
    SiteKind,
)
from app.importers.feeds._demo_world import KM_PER_DEGREE, REGIONS, Floats, Ints, World

ROAD_SHARE = 0.2
ROAD_WIDTH_KM = 0.3
REPORTING_SHARE = 0.5
OPERATORS_PER_REGION = 14
DRAWS_PER_STATION = 15

Bools = npt.NDArray[np.bool_]


class Draws(NamedTuple):
    """Decisions about a batch, one element per station; indices point into the tables."""

    cities: Ints
    neighbours: Ints
    """The other end of the road; the city itself in town."""
    on_road: Bools
    latitudes: Floats
    longitudes: Floats
    kinds: Ints
    """Index into ``KINDS``."""
    evse_counts: Ints
    operators: Ints
    hours: Ints
    access: Ints
    payments: Ints
    places: Floats
    houses: Floats
    prices: Floats
    """Uniform draws, 0…1, for lists whose length differs per station."""
    reports: Bools


def decide(world: World, uniform: Floats) -> Draws:
    """Turn ``DRAWS_PER_STATION`` rows of uniform draws, 0…1, into decisions."""
    row = iter(uniform)
    cities = np.searchsorted(world.cumulative_weights, next(row), side="right")
    road = next(row)
    direction = (road < ROAD_SHARE / 2).astype(np.int64)
    neighbours = world.neighbours[direction, cities]
    on_road = (road < ROAD_SHARE) & (neighbours != cities)
    neighbours = np.where(on_road, neighbours, cities)
    latitudes, longitudes = _scatter(
        world, cities, neighbours, share=next(row), angle=next(row), distance=next(row)
    )
    regions = world.regions[cities]
    kinds = _pick_kinds(regions, on_road, next(row))
    return Draws(
        cities=cities,
        neighbours=neighbours,
        on_road=on_road,
        latitudes=latitudes,
        longitudes=longitudes,
        kinds=kinds,
        evse_counts=_FEWEST[kinds] + ((_MOST - _FEWEST + 1)[kinds] * next(row) ** 3).astype(int),
        operators=_pick_operators(regions, next(row)),
        hours=_pick(HOURS_SHARES, next(row)),
        access=_pick(ACCESS_SHARES, next(row)),
        payments=_pick(PAYMENT_SHARES, next(row)),
        places=next(row),
        houses=next(row),
        prices=next(row),
        reports=next(row) < REPORTING_SHARE,
    )


def _gather_kinds() -> tuple[tuple[SiteKind, ...], Floats, Floats]:
    """The kinds of all regions in one row, and the bounds by which a draw picks one.

    A region's bounds lie between its number and the next, in towns and on roads.
    """
    kinds: list[SiteKind] = []
    in_town: list[Floats] = []
    on_road: list[Floats] = []
    for number, region in enumerate(REGIONS):
        weights = np.array([kind.weight for kind in SITES[region]])
        powers_w = np.array([kind.plugs[0].max_power_w for kind in SITES[region]])
        fast = np.where(powers_w >= FAST_FROM_W, weights, 0)
        kinds += SITES[region]
        in_town.append(number + np.cumsum(weights) / weights.sum())
        on_road.append(number + np.cumsum(fast) / fast.sum())
    return tuple(kinds), np.concatenate(in_town), np.concatenate(on_road)


KINDS, _TOWN_BOUNDS, _ROAD_BOUNDS = _gather_kinds()
_FEWEST = np.array([kind.fewest_evses for kind in KINDS])
_MOST = np.array([kind.most_evses for kind in KINDS])


def _pick_kinds(regions: Ints, on_road: Bools, uniform: Floats) -> Ints:
    drawn = regions + uniform
    picked: Ints = np.where(
        on_road,
        np.searchsorted(_ROAD_BOUNDS, drawn, side="right"),
        np.searchsorted(_TOWN_BOUNDS, drawn, side="right"),
    )
    return picked


def _pick(shares: tuple[float, ...], uniform: Floats) -> Ints:
    return np.searchsorted(np.cumsum(shares)[:-1], uniform, side="right")


def _pick_operators(regions: Ints, uniform: Floats) -> Ints:
    """A few large operators and many small ones, other ones in each region."""
    nth = (OPERATORS_PER_REGION * uniform**2).astype(int)
    picked: Ints = (regions * 7 + nth) % len(OPERATORS)
    return picked


def _scatter(
    world: World, cities: Ints, neighbours: Ints, *, share: Floats, angle: Floats, distance: Floats
) -> tuple[Floats, Floats]:
    """Coordinates: normal around the centre, or along the road and a little beside it."""
    spread_km = np.where(neighbours == cities, world.spread_km[cities], ROAD_WIDTH_KM)
    radius_km = spread_km * np.sqrt(-2 * np.log1p(-distance))
    north_km, east_km = (radius_km * turn(2 * np.pi * angle) for turn in (np.sin, np.cos))
    latitudes = world.latitudes[cities] + north_km / KM_PER_DEGREE
    latitudes += share * (world.latitudes[neighbours] - world.latitudes[cities])
    longitudes = world.longitudes[cities] + east_km / KM_PER_DEGREE / np.cos(np.radians(latitudes))
    longitudes += share * (world.longitudes[neighbours] - world.longitudes[cities])
    return np.round(latitudes, 5), np.round((longitudes + 180) % 360 - 180, 5)

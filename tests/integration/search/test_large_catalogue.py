"""Searches over 300,000 stations against every station looked at, on each database."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt
import pytest

from app.geo.bbox import Box
from app.geo.distance import EARTH_RADIUS_M
from app.geo.point import Point
from app.importers.feeds.demo import synthetic_stations
from app.stations.criteria import Along, Area, Criteria, Filters, Inside, Near, Sort
from app.stations.draft import StationDraft
from app.stations.finding import Page
from app.stations.index import open_index
from app.stations.search import StationSearch
from app.stations.vocabulary import ConnectorStandard
from tests.fixtures.catalogue import NOW, Catalogue
from tests.fixtures.oracle import CLOSE_M, Known, measure, passes
from tests.fixtures.spread import Places, spread

pytestmark = pytest.mark.anyio

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

ORIGINALS, COPIES = 1_000, 299
MAX_AGE_S = 3600
LIMIT = 200
HALF_TURN = 180.0

_CENTRES = (
    Point(48.9, 2.4), Point(48.8001, 2.3), Point(90.0, 12.0), Point(-89.99, 170.0),
    Point(0.25, 180.0), Point(0.2, -179.9), Point(-33.9, 151.2),
)  # fmt: skip
_FILTERS = (
    Filters(),
    Filters(connectors=frozenset({ConnectorStandard.IEC_62196_T2_COMBO}), min_power_kw=50.0),
    Filters(connectors=frozenset({ConnectorStandard.CHADEMO}), is_available=True),
    Filters(min_power_kw=300.0),
    Filters(min_evses=2, country="DE"),
)


def searches(count: int) -> list[Criteria]:
    chance = random.Random(11)  # noqa: S311 - the same searches in every run
    drawn = []
    for _ in range(count):
        centre = chance.choice(_CENTRES)
        south = max(-90.0, centre.latitude - 0.5)
        area: Area = chance.choice(
            (
                Near(centre, chance.choice((0.0, 1.0, 10.0, 500.0))),
                Near(centre, 10.0),
                Inside(Box(centre.longitude, south, -centre.longitude, 89.0)),
                Along((centre, Point(south, centre.longitude), _east_of(centre)), 20.0),
            )
        )
        sort = chance.choice((None, None, Sort.POWER, Sort.ID))
        drawn.append(Criteria(area, chance.choice(_FILTERS), sort))
    return drawn


def _east_of(point: Point) -> Point:
    east = point.longitude + 0.7
    return Point(max(-90.0, point.latitude - 0.5), east - 360 if east > 180 else east)


class Everything:
    """All stations, each looked at for each search."""

    def __init__(self, drafts: list[StationDraft], places: Places) -> None:
        self.originals = [
            Known(number, draft.content, 0, draft.statuses)
            for number, draft in enumerate(drafts, start=1)
        ]
        self.places = places
        self.powers_w = np.tile([one.max_power_w for one in self.originals], COPIES + 1)
        self.vectors = _vectors(places)

    def expected(self, criteria: Criteria) -> dict[int, float]:
        """Each station that matches, by id, with what it is ordered by."""
        fitting = [
            passes(one, criteria.filters, now_s=NOW.timestamp(), max_age_s=MAX_AGE_S)
            for one in self.originals
        ]
        is_fitting = np.tile(fitting, COPIES + 1)
        measured = self._measured(criteria.area, is_fitting)
        is_found = is_fitting & ~np.isnan(measured)
        keys = {Sort.POWER: -self.powers_w, Sort.ID: np.arange(1, len(measured) + 1)}
        by = keys.get(criteria.order, measured)
        return {row + 1: float(by[row]) for row in np.flatnonzero(is_found).tolist()}

    def _measured(self, area: Area, is_fitting: Marks) -> Floats:
        """Distance, or how far along; 0 in a box. Not a number outside."""
        if isinstance(area, Near):
            distances_m = self._distances_m(area.centre)
            return np.where(distances_m <= area.radius_km * 1000, distances_m, np.nan)
        if isinstance(area, Along):
            return self._along_m(area, is_fitting)
        assert isinstance(area, Inside)
        latitudes, longitudes = self.places
        west, south, east, north = area.box
        # The meridian of 180° has two names.
        turned = np.where(np.abs(longitudes) == HALF_TURN, -longitudes, longitudes)
        inside = np.zeros(len(longitudes), np.bool_)
        for named in (longitudes, turned):
            is_east, is_west = named >= west, named <= east
            inside |= is_east & is_west if west <= east else is_east | is_west
        inside &= (latitudes >= south) & (latitudes <= north)
        return np.where(inside, 0.0, np.nan)

    def _along_m(self, area: Along, is_fitting: Marks) -> Floats:
        """The slow and exact look is for those that fit, and are near a corner of the route."""
        along_m = np.full(len(self.powers_w), np.nan)
        legs_m = [measure(end, Near(start))[0] or 0 for start, end in pairwise(area.points)]
        nearest_m = np.min([self._distances_m(point) for point in area.points], axis=0)
        reach_m = area.corridor_km * 1000 + max(legs_m) / 2 + 1
        for row in np.flatnonzero(is_fitting & (nearest_m <= reach_m)).tolist():
            place = Point(self.places.latitudes[row], self.places.longitudes[row])
            distance_m, along = measure(place, area)
            if distance_m is not None and distance_m <= area.corridor_km * 1000:
                along_m[row] = along
        return along_m

    def _distances_m(self, point: Point) -> Floats:
        """By chords, another formula than the product's."""
        here = _vectors(Places(np.array([point.latitude]), np.array([point.longitude])))
        half_chords = np.linalg.norm(self.vectors - here, axis=1) / 2
        distances_m: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1, half_chords))
        return distances_m


def _vectors(places: Places) -> Floats:
    latitudes, longitudes = np.radians(places.latitudes), np.radians(places.longitudes)
    flat = np.cos(latitudes)
    return np.stack((flat * np.cos(longitudes), flat * np.sin(longitudes), np.sin(latitudes)), 1)


def assert_first(page: Page, expected: dict[int, float], criteria: Criteria) -> None:
    """The page is the beginning of what was expected; equal ones by id, close ones in any order."""
    ids = [one.station_id for one in page.found]
    keys = [expected[station_id] for station_id in ids]
    assert len(set(ids)) == len(ids) == min(LIMIT, len(expected)), criteria
    assert keys == pytest.approx(sorted(expected.values())[:LIMIT], abs=0.01), criteria
    if criteria.order in {Sort.POWER, Sort.ID}:
        assert ids == sorted(expected, key=lambda one: (expected[one], one))[:LIMIT]
    elif criteria.order is Sort.DISTANCE:
        assert [one.distance_m for one in page.found] == pytest.approx(keys, abs=CLOSE_M)


def small_stations() -> list[StationDraft]:
    """Of few bays, which take most of the time to copy."""
    drawn = synthetic_stations(10 * ORIGINALS, 7, observed_at=NOW + timedelta(hours=4))
    return list(islice((draft for draft in drawn if len(draft.content.evses) <= 2), ORIGINALS))


async def test_searches_find_what_looking_at_every_station_finds(catalogue: Catalogue) -> None:
    drafts = small_stations()
    ids = await catalogue.store(drafts)
    assert ids == list(range(1, ORIGINALS + 1))
    everything = Everything(drafts, await spread(catalogue, COPIES))
    assert len(everything.powers_w) == 300_000
    index = await open_index(
        catalogue.reader, None, status_max_age_s=MAX_AGE_S, clock=NOW.timestamp
    )
    search = StationSearch(index, catalogue.reader)
    found_any = 0
    for criteria in searches(40):
        page = await search.page(criteria, limit=LIMIT)
        expected = everything.expected(criteria)
        assert_first(page, expected, criteria)
        found_any += bool(expected)
    assert found_any > 20

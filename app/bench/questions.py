"""Seeded queries of each kind, around the stations of a catalogue."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from app.geo.bbox import Box, around
from app.geo.distance import EARTH_RADIUS_M, haversine_m
from app.geo.point import Point
from app.stations.criteria import Along, Criteria, Filters, Inside, Near
from app.stations.vocabulary import CONNECTOR_ALIASES, ConnectorStandard

RADIUS_KM = 10.0
ROUTE_KM = 300.0
ROUTE_POINTS = 300
CORRIDOR_KM = 2.0
BOX_KM = 10.0
"""From the centre to a side: a city on a screen."""
MAP_ZOOMS = (5, 8)

_WORDS_OF = {
    "CHADEMO": "chademo",
    "GBT_AC": "gbt_ac",
    "GBT_DC": "gbt_dc",
    "IEC_62196_T1": "type1",
    "IEC_62196_T1_COMBO": "ccs1",
    "IEC_62196_T2": "type2",
    "IEC_62196_T2_COMBO": "ccs2",
    "SAE_J3400": "nacs",
}
_POWERS_KW = (3.0, 7.0, 11.0, 22.0, 50.0, 150.0)
_COMMON_WORDS = ("market", "city hall", "retail park", "central sta")
_FAR_NORTH_DEG = 65.0
_NEAR_ANTIMERIDIAN_DEG = 170.0


class Nearest(NamedTuple):
    """The nearest 50 around a point, with a connector and a power: what everyone asks."""

    centre: Point
    connector: str
    min_power_kw: float

    @property
    def standards(self) -> frozenset[ConnectorStandard]:
        """What the connector's word stands for."""
        return CONNECTOR_ALIASES[self.connector]

    @property
    def min_power_w(self) -> int:
        """In W."""
        return round(self.min_power_kw * 1000)

    @property
    def criteria(self) -> Criteria:
        """As the search takes it."""
        filters = Filters(connectors=self.standards, min_power_kw=self.min_power_kw)
        return Criteria(Near(self.centre, RADIUS_KM), filters)

    @property
    def target(self) -> str:
        """As HTTP takes it."""
        query = {
            "latitude": f"{self.centre.latitude:.5f}",
            "longitude": f"{self.centre.longitude:.5f}",
            "radius_km": f"{RADIUS_KM:g}",
            "connector": self.connector,
            "min_power_kw": f"{self.min_power_kw:g}",
        }
        return f"/api/v1/stations?{urlencode(query)}"


class Questions(NamedTuple):
    """Queries of every kind; ``boxes`` with the zoom at which a map asks for them."""

    nearest: list[Nearest]
    boxes: list[Criteria]
    corridors: list[Criteria]
    texts: list[Criteria]
    """A town, or a town and the beginning of a word."""
    common_texts: list[Criteria]
    """Words that one station in twenty has."""
    cluster_boxes: list[tuple[Box, int]]


class Place(NamedTuple):
    """Where someone might ask, and for what: a connector that a station there has."""

    point: Point
    connector: str
    """An alias of the vocabulary."""
    power_kw: float
    city: str


def sample_places(catalogue: Path, count: int, seed: int) -> list[Place]:
    """Connectors of a catalogue, evenly drawn, so that large sites are asked for most.

    Those far north and near the antimeridian are left out: the peers that we are compared
    with know neither pole nor antimeridian.
    """
    connection = sqlite3.connect(catalogue)
    try:
        (greatest,) = connection.execute("SELECT MAX(id) FROM connector").fetchone()
        chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        ids = sorted(chance.sample(range(1, greatest + 1), min(greatest, 4 * count)))
        rows = connection.execute(
            "SELECT latitude, longitude, standard, connector.max_power_w, city FROM connector"  # noqa: S608 - only question marks
            " JOIN evse ON evse.id = connector.evse_id JOIN station ON station.id = evse.station_id"
            f" WHERE connector.id IN ({','.join('?' * len(ids))})"
            f" AND ABS(latitude) < {_FAR_NORTH_DEG} AND ABS(longitude) < {_NEAR_ANTIMERIDIAN_DEG}"
            " ORDER BY connector.id",
            ids,
        ).fetchall()
    finally:
        connection.close()
    places = [
        Place(Point(latitude, longitude), _WORDS_OF[standard], power_w / 1000, city)
        for latitude, longitude, standard, power_w, city in rows
        if standard in _WORDS_OF
    ]
    chance.shuffle(places)
    return places[:count]


def draw_questions(places: Sequence[Place], seed: int) -> Questions:
    """One query of each kind a place; corridors and clusters: for every fifth."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    centres = [_beside(place.point, chance) for place in places]
    few = centres[: max(1, len(centres) // 5)]
    return Questions(
        nearest=[
            Nearest(centre, place.connector, _power_below(place.power_kw, chance))
            for centre, place in zip(centres, places, strict=True)
        ],
        boxes=[Criteria(Inside(around(centre, BOX_KM * 1000))) for centre in centres],
        corridors=[
            Criteria(Along(_route(centre, chance), CORRIDOR_KM), Filters(min_power_kw=50.0))
            for centre in few
        ],
        texts=[_about(chance.choice((place.city, f"{place.city} ma"))) for place in places],
        common_texts=[_about(chance.choice(_COMMON_WORDS)) for _ in few],
        cluster_boxes=[(_map_view(centre, zoom), zoom) for centre in few for zoom in MAP_ZOOMS],
    )


def _about(text: str) -> Criteria:
    return Criteria(filters=Filters(text=text))


def _power_below(power_kw: float, chance: random.Random) -> float:
    return chance.choice([power for power in _POWERS_KW if power <= power_kw])


def _beside(place: Point, chance: random.Random) -> Point:
    return Point(
        round(place.latitude + chance.gauss(0, 0.02), 5),
        round(place.longitude + chance.gauss(0, 0.02), 5),
    )


def _map_view(centre: Point, zoom: int) -> Box:
    """What a map of 1,280 × 720 pixels shows at a zoom, roughly."""
    width_deg = 360 * 1280 / 512 / 2**zoom
    height_deg = width_deg * 720 / 1280 * math.cos(math.radians(centre.latitude))
    return Box(
        max(-180.0, centre.longitude - width_deg / 2),
        max(-85.0, centre.latitude - height_deg / 2),
        min(180.0, centre.longitude + width_deg / 2),
        min(85.0, centre.latitude + height_deg / 2),
    )


def _route(start: Point, chance: random.Random) -> tuple[Point, ...]:
    """A winding way of ``ROUTE_KM``: legs of equal length whose bearing drifts."""
    leg_rad = ROUTE_KM * 1000 / (ROUTE_POINTS - 1) / EARTH_RADIUS_M
    # Towards the equator, so that no way ends at a pole.
    bearing = chance.uniform(-1, 1) + (math.pi if start.latitude > 0 else 0)
    points = [start]
    while len(points) < ROUTE_POINTS:
        bearing += chance.gauss(0, 0.05)
        latitude = points[-1].latitude + math.degrees(leg_rad * math.cos(bearing))
        narrow = math.cos(math.radians(latitude))
        longitude = points[-1].longitude + math.degrees(leg_rad * math.sin(bearing) / narrow)
        points.append(Point(round(latitude, 5), round(longitude, 5)))
    return tuple(points)


def route_length_km(points: Sequence[Point]) -> float:
    """The sum of a route's legs."""
    return sum(haversine_m(*leg) for leg in pairwise(points)) / 1000

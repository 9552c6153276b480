"""Routes between points: by road where an OSRM is given, else straight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Final, Literal, NamedTuple, Protocol

import httpx2
import msgspec

from app.geo.arc import along_arcs, length_m
from app.geo.point import Point
from app.map.errors import RouteNotFound, RouterAway
from app.stations.criteria import MAX_ROUTE_POINTS
from app.utils.advanced_logging import setup_logging

DEADLINE_S: Final = 10.0
CONNECT_TIMEOUT_S: Final = 2.0
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""A million points; a road across Europe has some hundred thousand."""

MAX_CONNECTIONS: Final = 20
_NO_ROAD = frozenset({"NoRoute", "NoSegment", "NoTrips", "NoTable"})

RouterName = Literal["great-circle", "osrm"]


class Directions(NamedTuple):
    """A way from point to point."""

    line: Sequence[Point]
    """At most as many points as a search along a route takes."""
    distance_m: float
    duration_s: float | None
    """``None`` where nobody knows how fast."""
    router: RouterName


class Router(Protocol):
    """Finds ways."""

    name: RouterName

    async def route(self, points: Sequence[Point]) -> Directions:
        """The way through two or more points, in their order."""


class StraightRouter:
    """Great-circle legs, as a bird would go."""

    name: RouterName = "great-circle"

    async def route(self, points: Sequence[Point]) -> Directions:
        """See ``Router``; never fails."""
        return Directions(along_arcs(points), length_m(points), None, self.name)


_Position = Annotated[list[float], msgspec.Meta(min_length=2)]


class _Line(msgspec.Struct):
    coordinates: Annotated[list[_Position], msgspec.Meta(min_length=2)]


class _Way(msgspec.Struct):
    geometry: _Line
    distance: Annotated[float, msgspec.Meta(ge=0)]
    duration: Annotated[float, msgspec.Meta(ge=0)]


class _Answer(msgspec.Struct):
    code: str
    routes: list[_Way] = []


_decode = msgspec.json.Decoder(_Answer).decode
_logger = setup_logging("app.map")


class OsrmRouter:
    """A server that speaks OSRM's HTTP API (``/route/v1``).

    Args:
        base_url: http or https, without the ``/route/v1``.
        client: Follows no redirects: what the operator named is what is asked.
    """

    name: RouterName = "osrm"

    def __init__(self, base_url: str, client: httpx2.AsyncClient) -> None:
        self._base_url = base_url.rstrip("/")
        self._client = client

    async def route(self, points: Sequence[Point]) -> Directions:
        """See ``Router``.

        Raises:
            RouterAway: No answer in ``DEADLINE_S``, or none that can be used.
            RouteNotFound: No road joins the points.
        """
        places = ";".join(f"{longitude:.6f},{latitude:.6f}" for latitude, longitude in points)
        url = f"{self._base_url}/route/v1/driving/{places}"
        try:
            async with asyncio.timeout(DEADLINE_S):
                body = await self._read(url)
            return _directions(_decode(body))
        except TimeoutError as error:
            raise _away(f"has not answered within {DEADLINE_S:.0f} s", error) from error
        except httpx2.HTTPError as error:
            raise _away("cannot be reached", error) from error
        except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as error:
            raise _away("answers in words that are not OSRM's", error) from error

    async def _read(self, url: str) -> bytes:
        asked = {"overview": "full", "geometries": "geojson"}
        body = bytearray()
        async with self._client.stream("GET", url, params=asked) as response:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise _away(f"answers more than {MAX_ANSWER_BYTES:,} bytes")
        return bytes(body)


def _directions(answer: _Answer) -> Directions:
    if answer.code in _NO_ROAD:
        raise RouteNotFound
    if answer.code != "Ok" or not answer.routes:
        raise _away("refuses the question", answer.code[:40])
    way = answer.routes[0]
    line = [Point(latitude, longitude) for longitude, latitude, *_ in way.geometry.coordinates]
    if not all(abs(one.latitude) <= 90 and abs(one.longitude) <= 180 for one in line):  # noqa: PLR2004 - degrees
        raise _away("leads beyond the globe")
    return Directions(_thinned(line), way.distance, way.duration, OsrmRouter.name)


def _thinned(line: Sequence[Point]) -> Sequence[Point]:
    """Every so manieth point where there are too many, and the last."""
    step = -(-(len(line) - 1) // (MAX_ROUTE_POINTS - 1))
    return [*line[:-1:step], line[-1]]


def _away(reason: str, error: object = None) -> RouterAway:
    _logger.warning("router away", extra={"reason": reason, "cause": repr(error)})
    return RouterAway(reason)


@asynccontextmanager
async def open_router(base_url: str | None) -> AsyncIterator[Router]:
    """The router of a setting; straight legs where it names none."""
    if base_url is None:
        yield StraightRouter()
        return
    async with httpx2.AsyncClient(
        follow_redirects=False,
        timeout=httpx2.Timeout(DEADLINE_S, connect=CONNECT_TIMEOUT_S),
        limits=httpx2.Limits(max_connections=MAX_CONNECTIONS),
        headers={"user-agent": "voltway", "accept": "application/json"},
    ) as client:
        yield OsrmRouter(base_url, client)

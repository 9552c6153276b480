"""How many requests a caller may send: one decision for each, told in its headers.

Fields as the IETF's draft has them: ``RateLimit-Policy: "caller";q=1200;w=60`` and
``RateLimit: "caller";r=1199;t=1`` (``r`` left now, ``t`` seconds until all are).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import VoltWayError
from app.middleware.client_address import client_address, read_networks
from app.utils.rate_limit import Bucket, Decision, Limit
from app.web.errors import FormatNotAcceptable
from app.web.formats import Form, negotiate
from app.web.problems import answer_to

HEADERS = ("RateLimit-Policy", "RateLimit", "Retry-After")

CALLER, ENDPOINT = "caller", "endpoint"
"""Names of the policies."""

ENDPOINTS = (
    "/api/v1/stations/along-route",
    "/api/v1/stations/clusters",
    "/api/v1/stations/",
    "/api/v1/stations",
    "/api/v1/places",
    "/api/v1/directions",
    "/api/v1/favorites",
    "/api/v1/users",
    "/api/v1/auth",
    "/api/v1/keys",
    "/api/v1/admin",
    "/tiles/",
    "/api/",
)
"""What is counted, by the beginnings of paths, the longest first. All else is free: health,
metrics, the page and its files, the documentation."""

_COUNTED = re.compile("|".join(map(re.escape, ENDPOINTS)))
_FREE = ("/api/v1/health",)
_STREAM_COST, _ROUTE_COST, _MAP_COST = 20, 5, 2
_COSTS = {
    "/api/v1/stations/along-route": _ROUTE_COST,
    "/api/v1/stations/clusters": _MAP_COST,
    "/api/v1/directions": _ROUTE_COST,
}
_STREAMED = (b"format=csv", b"format=ndjson")
_STREAM_FORMS = (Form.CSV, Form.NDJSON)
_MOST_BUSY = 4096
"""Callers, each with an endpoint, whose buckets are not made anew for each request."""
_V6_NETWORK = 64


class TooManyRequests(VoltWayError):
    """A caller asked more often than it may."""

    slug, title, status = "too-many-requests", "Too many requests", 429

    def __init__(self, policy: str, limit: Limit, retry_after_s: int) -> None:
        super().__init__(
            f"The limit {policy!r} allows {limit.count} requests in {limit.period_s} s;"
            f" ask again in {retry_after_s} s.",
            policy=policy,
        )
        self.headers: Mapping[str, str] = {"Retry-After": str(retry_after_s)}


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be asked; ``None`` is no limit.

    Attributes:
        caller: Of one user or address, over all endpoints.
        endpoint: Of one user or address, for each endpoint.
    """

    caller: Limit | None
    endpoint: Limit | None


NameOf = Callable[[Scope], str | None]
"""The user of a request, as far as that can be told without asking a database."""


class RateLimits:
    """Refuses what is too much with 429, and tells everybody what is left.

    Args:
        rules: The limits.
        trusted_proxies: Networks whose ``X-Forwarded-For`` is believed.
    """

    def __init__(self, app: ASGIApp, *, rules: Rules, trusted_proxies: Sequence[str] = ()) -> None:
        self.app = app
        self.trusted = read_networks(trusted_proxies)
        named = [(CALLER, rules.caller), (ENDPOINT, rules.endpoint)]
        self.limits = [(name, limit) for name, limit in named if limit is not None]
        self.policy = ", ".join(
            f'"{name}";q={limit.count};w={limit.period_s}' for name, limit in self.limits
        ).encode()
        self._buckets = lru_cache(maxsize=_MOST_BUSY)(self._buckets_of)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, as ASGI has it."""
        endpoint = _endpoint_of(scope) if self.limits and scope["type"] == "http" else None
        if endpoint is None:
            await self.app(scope, receive, send)
            return
        resources = scope["app"].state.resources
        caller = caller_of(scope, resources.callers.name_of, self.trusted)
        buckets = self._buckets(caller, endpoint, _cost_of(scope, endpoint))
        decision = await resources.limiter.take(buckets)
        headers = self._told(decision)

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        if decision.refused is None:
            await self.app(scope, receive, send_told)
        else:
            name, limit = self.limits[decision.refused]
            error = TooManyRequests(name, limit, whole_s(decision.retry_after_s))
            await answer_to(scope, error)(scope, receive, send_told)

    def _buckets_of(self, caller: str, endpoint: str, cost: int) -> list[Bucket]:
        tag = f"{{{caller}}}"
        keys = {CALLER: tag, ENDPOINT: f"{tag}:{endpoint}"}
        return [Bucket(keys[name], limit, min(cost, limit.count)) for name, limit in self.limits]

    def _told(self, decision: Decision) -> list[tuple[bytes, bytes]]:
        """The policies, and what is left of the one that refuses or is nearest to its end."""
        if decision.refused is not None:
            return self._fields(decision, decision.refused, 0)
        left = [decision.remaining(place, limit) for place, (_, limit) in enumerate(self.limits)]
        remaining = min(left)
        return self._fields(decision, left.index(remaining), remaining)

    def _fields(self, decision: Decision, place: int, remaining: int) -> list[tuple[bytes, bytes]]:
        state = f'"{self.limits[place][0]}";r={remaining};t={decision.reset_s(place)}'
        return [(b"ratelimit-policy", self.policy), (b"ratelimit", state.encode())]


def caller_of(scope: Scope, name_of: NameOf, trusted: Sequence[Any]) -> str:
    """Who is counted: the user, else the address, of IPv6 the network that one customer has."""
    name = name_of(scope)
    return f"user:{name}" if name is not None else network_of(client_address(scope, trusted))


@lru_cache(maxsize=_MOST_BUSY)
def network_of(address: str | None) -> str:
    """What an address is counted as: of IPv6 its /64, which one customer has."""
    if address is None:
        return "local"
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            # A socket of both families names IPv4 callers so; their /64 would be all of them.
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> _V6_NETWORK << _V6_NETWORK)}/{_V6_NETWORK}"
    return address


def _endpoint_of(scope: Scope) -> str | None:
    """The beginning of the path that is counted; ``None`` for what is free."""
    path: str = scope["path"]
    if scope["method"] == "OPTIONS" or path in _FREE:
        return None
    match = _COUNTED.match(path)
    return None if match is None else match[0]


def _cost_of(scope: Scope, endpoint: str) -> int:
    """How many requests one counts for: what takes a server longer, counts for more."""
    if endpoint != "/api/v1/stations":
        return _COSTS.get(endpoint, 1)
    query: bytes = scope["query_string"]
    if b"%" in query:
        query = unquote_to_bytes(query)
    if _is_streamed(scope, query):
        return _STREAM_COST
    return _ROUTE_COST if b"route=" in query else 1


def _is_streamed(scope: Scope, query: bytes) -> bool:
    if b"format=" in query:
        return any(word in query for word in _STREAMED)
    for name, value in scope["headers"]:
        if name == b"accept":
            return _accepts_a_stream(value)
    return False


@lru_cache(maxsize=256)
def _accepts_a_stream(accept: bytes) -> bool:
    try:
        return negotiate(accept.decode("latin-1")) in _STREAM_FORMS
    except FormatNotAcceptable:
        return False


def whole_s(seconds: float) -> int:
    """Rounded up: who waits so long is let through."""
    return max(1, math.ceil(seconds))

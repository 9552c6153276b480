"""Who is calling, seen through proxies that are trusted and no others."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from starlette.types import Scope

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks of addresses or CIDR texts; raises ``ValueError`` for anything else."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(scope: Scope, trusted: Sequence[Network]) -> str | None:
    """The caller's address: the last in ``X-Forwarded-For`` that is no trusted proxy.

    The header counts only where the peer itself is trusted. Hops are read from the right,
    since each proxy appends whom it saw and only the trusted ones tell the truth; where all
    are trusted, the first is the caller. A hop may carry a port or brackets; one that is no
    address makes the whole header worthless. An IPv4 address within IPv6 is told as IPv4.
    ``None`` where the server does not know the peer (a Unix socket).
    """
    peer: str | None = scope["client"][0] if scope.get("client") else None
    if not trusted or peer is None:
        return peer
    seen = _read_hop(peer)
    if seen is None or not _is_in(seen, trusted):
        return peer
    for hop in reversed(_forwarded_for(scope)):
        address = _read_hop(hop)
        if address is None:
            return peer
        seen = address
        if not _is_in(address, trusted):
            break
    return str(seen)


def is_secure(scope: Scope, trusted: Sequence[Network]) -> bool:
    """Whether the caller came by TLS, which may have ended at a proxy that is trusted."""
    if scope.get("scheme") in {"https", "wss"}:
        return True
    if not trusted or not scope.get("client"):
        return False
    peer = _read_hop(scope["client"][0])
    if peer is None or not _is_in(peer, trusted):
        return False
    told = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
    return told == [b"https"]


def _forwarded_for(scope: Scope) -> list[str]:
    """The hops of all such headers, in the order in which they were written."""
    return [
        hop
        for name, value in scope["headers"]
        if name == b"x-forwarded-for"
        for part in value.decode("latin-1").split(",")
        if (hop := part.strip())
    ]


def _read_hop(text: str) -> _Address | None:
    """``192.0.2.1``, ``192.0.2.1:80``, ``2001:db8::1`` or ``[2001:db8::1]:80``."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: _Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)

"""Who is calling, seen through proxies that are trusted and no others."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import Scope

Network = IPv4Network | IPv6Network


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks of addresses or CIDR texts; raises ``ValueError`` for anything else."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(scope: Scope, trusted: Sequence[Network]) -> str | None:
    """The caller's address: the last in ``X-Forwarded-For`` that is no trusted proxy.

    The header counts only where the peer itself is trusted; one that cannot be read is
    ignored. ``None`` where the server does not know the peer (a Unix socket).
    """
    peer: str | None = scope["client"][0] if scope.get("client") else None
    if not trusted or peer is None or not _is_in(peer, trusted):
        return peer
    forwarded = ",".join(
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
    )
    hops = [hop for part in forwarded.split(",") if (hop := part.strip())]
    for hop in reversed(hops):
        if not _is_address(hop):
            return peer
        if not _is_in(hop, trusted):
            return hop
    return peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)

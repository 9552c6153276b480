"""Which node of a cluster keeps which key, as far as this process knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

_UNNAMED = {"", "?"}
"""What a node says for its host where it does not know it: the one it was asked by."""


class SlotMap:
    """The owner of each of the 16384 slots, by ``host:port``.

    Args:
        seeds: Nodes to ask as long as no other is known.

    It may be out of date, and then the nodes say so: it decides whom to ask, never what is true.
    """

    def __init__(self, seeds: Sequence[str]) -> None:
        self._seeds = tuple(seeds)
        self._owners: list[str | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
        self.nodes: tuple[str, ...] = self._seeds
        """Every node that is known, replicas and seeds included."""

    def owner(self, key: str | bytes) -> str | None:
        """The node that keeps a key; ``None`` if nobody has told yet."""
        return self._owners[key_slot(key.encode() if isinstance(key, str) else key)]

    def primaries(self) -> tuple[str, ...]:
        """The nodes that keep something."""
        return tuple(dict.fromkeys(owner for owner in self._owners if owner is not None))

    def move(self, slot: int, address: str) -> None:
        """One slot has another owner."""
        self._owners[slot] = address
        if address not in self.nodes:
            self.nodes = (*self.nodes, address)

    def learn(self, told: Sequence[Any], *, asked: str) -> None:
        """Go by an answer to ``CLUSTER SLOTS``; what it leaves out has no owner."""
        owners: list[str | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
        nodes: dict[str, None] = dict.fromkeys(self._seeds)
        for first, last, *members in told:
            addresses = [address_of(member[0], member[1], asked=asked) for member in members]
            nodes |= dict.fromkeys(addresses)
            owners[first : last + 1] = [addresses[0]] * (last + 1 - first)
        self._owners, self.nodes = owners, tuple(nodes)


def address_of(host: bytes | str | None, port: int, *, asked: str) -> str:
    """``host:port`` of a node that another one names."""
    name = host.decode() if isinstance(host, bytes) else host or ""
    if name in _UNNAMED:
        name = asked.rpartition(":")[0]
    return f"[{name}]:{port}" if ":" in name and not name.startswith("[") else f"{name}:{port}"

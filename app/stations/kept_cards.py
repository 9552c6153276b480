"""Cards by key: from memory, else from Redis, else from the database, then kept in both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple, Protocol

from app.utils.caching import Tiers

Key = tuple[str, int, int]
"""Catalogue, station, version of its card: what it names never changes."""


class CardReader(Protocol):
    """As much of the catalogue's raw reader as cards need."""

    async def read_cards(self, station_ids: Sequence[int]) -> Sequence[tuple[int, int, bytes]]:
        """Station, version and body of cards, in no order; unknown ids are absent."""
        ...

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        """Bodies in the order asked; ``None`` for an unknown id."""
        ...


class Wanted(NamedTuple):
    """Cards as an index knows them."""

    catalogue: str
    """Its uuid: several may share a Redis."""
    ids: list[int]
    versions: list[int]


class KeptCards:
    """The cards of a catalogue.

    Args:
        reader: Of the catalogue.
        tiers: What keeps them; ``None``: each is read from the database each time.
    """

    def __init__(self, reader: CardReader, tiers: Tiers[Key] | None = None) -> None:
        self._reader = reader
        self._tiers = tiers

    async def kept(self, wanted: Wanted) -> list[bytes | None]:
        """Cards of at most 500 stations, in their order; ``None`` for one that has none.

        A card that is of another version by now is given, since it is newer, and not kept.

        Cost: no statement where memory holds all (0.1 µs a card); else one ``MGET`` where
        there is a Redis; else one statement (2 µs a card).
        """
        if self._tiers is None:
            return await self.read(wanted.ids)
        others: dict[Key, bytes] = {}

        async def load(keys: Sequence[Key]) -> dict[Key, bytes]:
            known = {key[1]: key for key in keys}
            current: dict[Key, bytes] = {}
            for station_id, version, body in await self._reader.read_cards(list(known)):
                key = known[station_id]
                if version == key[2]:
                    current[key] = body
                else:
                    others[key] = body
            return current

        keys = list(zip(repeat(wanted.catalogue), wanted.ids, wanted.versions, strict=False))
        bodies = await self._tiers.get_many(keys, load, redis_key=_redis_key)
        if others:
            return [
                others.get(key) if body is None else body
                for key, body in zip(keys, bodies, strict=True)
            ]
        return bodies

    async def read(self, ids: Sequence[int]) -> list[bytes | None]:
        """The same straight from the database, keeping none: for whole results.

        Cost: one statement, 2 µs a card.
        """
        return await self._reader.read_bodies(ids)


def _redis_key(key: Key) -> str:
    catalogue, station_id, version = key
    return f"{catalogue}:card:{station_id}:{version}"

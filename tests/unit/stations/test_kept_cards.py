from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.stations.kept_cards import KeptCards, Wanted
from app.utils.caching import MemoryTier, Tiers

pytestmark = pytest.mark.anyio


class Cards:
    """A database of cards that counts its statements."""

    def __init__(self, cards: dict[int, tuple[int, bytes]]) -> None:
        self.cards = cards
        self.asked: list[list[int]] = []

    async def read_cards(self, station_ids: Sequence[int]) -> list[tuple[int, int, bytes]]:
        self.asked.append(list(station_ids))
        return [(one, *self.cards[one]) for one in station_ids if one in self.cards]

    async def read_bodies(self, station_ids: Sequence[int]) -> list[bytes | None]:
        known = {one: body for one, _, body in await self.read_cards(station_ids)}
        return [known.get(one) for one in station_ids]


def kept_cards(database: Cards, *, max_bytes: int = 1 << 20) -> KeptCards:
    return KeptCards(database, Tiers(MemoryTier("cards", max_bytes=max_bytes), None))


async def test_what_memory_holds_is_not_read_again() -> None:
    database = Cards({1: (7, b"one"), 2: (1, b"two")})
    cards = kept_cards(database)
    assert await cards.kept(Wanted("a", [2, 1], [1, 7])) == [b"two", b"one"]
    assert await cards.kept(Wanted("a", [1, 2], [7, 1])) == [b"one", b"two"]
    assert database.asked == [[2, 1]]


async def test_only_what_is_missing_is_read() -> None:
    database = Cards({1: (1, b"one"), 2: (1, b"two"), 3: (1, b"three")})
    cards = kept_cards(database)
    await cards.kept(Wanted("a", [2], [1]))
    assert await cards.kept(Wanted("a", [1, 2, 3], [1, 1, 1])) == [b"one", b"two", b"three"]
    assert database.asked == [[2], [1, 3]]


async def test_another_version_is_another_card() -> None:
    database = Cards({1: (1, b"old")})
    cards = kept_cards(database)
    await cards.kept(Wanted("a", [1], [1]))
    database.cards[1] = (2, b"new")
    assert await cards.kept(Wanted("a", [1], [1])) == [b"old"]
    assert await cards.kept(Wanted("a", [1], [2])) == [b"new"]


async def test_a_card_newer_than_the_index_is_served_and_not_kept() -> None:
    database = Cards({1: (2, b"new")})
    cards = kept_cards(database)
    assert await cards.kept(Wanted("a", [1], [1])) == [b"new"]
    database.cards[1] = (3, b"newer")
    assert await cards.kept(Wanted("a", [1], [1])) == [b"newer"]


async def test_a_station_without_a_card_has_none() -> None:
    database = Cards({2: (1, b"two")})
    cards = kept_cards(database)
    assert await cards.kept(Wanted("a", [1, 2], [1, 1])) == [None, b"two"]
    assert await cards.kept(Wanted("a", [], [])) == []
    assert await cards.read([1, 2]) == [None, b"two"]


async def test_another_catalogue_has_other_cards() -> None:
    database = Cards({1: (1, b"first")})
    cards = kept_cards(database)
    await cards.kept(Wanted("a", [1], [1]))
    database.cards[1] = (1, b"second")
    assert await cards.kept(Wanted("b", [1], [1])) == [b"second"]


async def test_memory_is_bounded() -> None:
    database = Cards({one: (1, bytes(1_000)) for one in range(100)})
    memory = MemoryTier[tuple[str, int, int]]("cards", max_bytes=20_000)
    cards = KeptCards(database, Tiers(memory, None))
    for one in range(100):
        await cards.kept(Wanted("a", [one], [1]))
    entries, held_bytes = memory.held()
    assert 5 < entries < 20
    assert held_bytes <= 20_000


async def test_whole_results_are_read_past_the_tiers() -> None:
    database = Cards({1: (1, b"one")})
    cards = kept_cards(database)
    assert await cards.read([1]) == [b"one"]
    assert await cards.kept(Wanted("a", [1], [1])) == [b"one"]
    assert len(database.asked) == 2

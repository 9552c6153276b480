"""The pool of objects: cleared, bounded, guarded against what borrowers do wrong."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils.memory_optimization import MemoryPool, PoolStats, keep_as_is


class Closeable:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.anyio
async def test_what_comes_back_is_lent_again() -> None:
    pool: MemoryPool[dict[str, int]] = MemoryPool(lambda: dict(), max_size=100)  # noqa: C408, PLW0108 - as its users write it
    first = await pool.acquire()
    await pool.release(first)
    assert await pool.acquire() is first


def test_the_last_one_back_is_lent_first() -> None:
    pool: MemoryPool[list[int]] = MemoryPool(list)
    first, second = pool.acquire_nowait(), pool.acquire_nowait()
    pool.release_nowait(first)
    pool.release_nowait(second)
    assert pool.acquire_nowait() is second


@pytest.mark.parametrize(
    ("factory", "fill"),
    [
        (dict, lambda item: item.update(secret=1)),
        (OrderedDict, lambda item: item.update(secret=1)),
        (lambda: defaultdict(list), lambda item: item["secret"].append(1)),
        (Counter, lambda item: item.update("secret")),
        (list, lambda item: item.append("secret")),
        (set, lambda item: item.add("secret")),
        (deque, lambda item: item.append("secret")),
    ],
)
def test_nobody_sees_what_another_left(
    factory: Callable[[], Any], fill: Callable[[Any], None]
) -> None:
    pool = MemoryPool(factory)
    item = pool.acquire_nowait()
    fill(item)
    pool.release_nowait(item)
    assert not pool.acquire_nowait()


@pytest.mark.parametrize("length", [0, 5, 1 << 16, (1 << 16) + 1, 200_000])
def test_a_buffer_keeps_its_length_and_loses_its_bytes(length: int) -> None:
    pool = MemoryPool(lambda: bytearray(length))
    with pool.item() as buffer:
        buffer[:] = b"x" * length
    with pool.item() as again:
        assert again is buffer
        assert again == bytes(length)


def test_a_type_that_cannot_be_cleared_asks_for_a_reset() -> None:
    with pytest.raises(TypeError, match="a pool cannot clear Closeable; give it reset="):
        MemoryPool(Closeable).acquire_nowait()


def test_a_subclass_may_hold_more_than_clearing_reaches() -> None:
    class Labelled(dict[str, str]):
        label = ""

    with pytest.raises(TypeError, match="Labelled"):
        MemoryPool(Labelled).acquire_nowait()


def test_an_object_without_state_needs_no_reset() -> None:
    pool = MemoryPool(object)
    with pool.item() as token:
        pass
    assert pool.acquire_nowait() is token


def test_the_reset_that_was_given_is_the_one_that_is_used() -> None:
    pool = MemoryPool(lambda: {"kept": 1}, reset=lambda item: item.pop("secret", None))
    with pool.item() as item:
        item["secret"] = 2
    assert pool.acquire_nowait() == {"kept": 1}


def test_content_stays_only_on_purpose() -> None:
    pool = MemoryPool(lambda: bytearray(3), reset=keep_as_is)
    with pool.item() as buffer:
        buffer[:] = b"abc"
    assert pool.acquire_nowait() == b"abc"


def test_what_comes_back_to_a_full_pool_is_disposed_of() -> None:
    pool = MemoryPool(Closeable, 1, reset=keep_as_is, dispose=Closeable.close)
    first, second = pool.acquire_nowait(), pool.acquire_nowait()
    pool.release_nowait(first)
    pool.release_nowait(second)
    assert not first.is_closed
    assert second.is_closed
    assert pool.stats() == PoolStats(created=2, reused=0, dropped=1, idle=1, in_use=0)


def test_a_pool_of_nothing_makes_each_anew() -> None:
    pool: MemoryPool[dict[str, int]] = MemoryPool(dict, max_size=0)
    pool.release_nowait(pool.acquire_nowait())
    assert pool.stats().idle == 0


def test_a_size_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="max_size is 0 or more, not -1"):
        MemoryPool(dict, max_size=-1)


@pytest.mark.anyio
async def test_giving_back_twice_is_refused() -> None:
    pool: MemoryPool[dict[str, int]] = MemoryPool(dict)
    item = await pool.acquire()
    await pool.release(item)
    with pytest.raises(ValueError, match="this dict is not on loan"):
        await pool.release(item)
    assert pool.stats().idle == 1


def test_what_another_made_is_refused() -> None:
    pool: MemoryPool[dict[str, int]] = MemoryPool(dict)
    with pytest.raises(ValueError, match="this dict is not on loan"):
        pool.release_nowait({})
    assert pool.stats().idle == 0


def test_what_could_not_be_cleared_is_not_lent_again() -> None:
    def fail(_item: Closeable) -> None:
        raise OSError

    pool = MemoryPool(Closeable, reset=fail, dispose=Closeable.close)
    item = pool.acquire_nowait()
    with pytest.raises(OSError):  # noqa: PT011 - its kind is the matter
        pool.release_nowait(item)
    assert item.is_closed
    assert pool.stats() == PoolStats(created=1, reused=0, dropped=1, idle=0, in_use=0)


@pytest.mark.anyio
async def test_a_block_gives_back_however_it_ends() -> None:
    pool: MemoryPool[dict[str, int]] = MemoryPool(dict)
    with pytest.raises(KeyError):
        async with pool.item() as item:
            item["missing"]
    assert pool.stats() == PoolStats(created=1, reused=0, dropped=0, idle=1, in_use=0)


def test_clearing_disposes_of_what_waits_and_not_of_what_is_lent() -> None:
    pool = MemoryPool(Closeable, reset=keep_as_is, dispose=Closeable.close)
    waiting, lent = pool.acquire_nowait(), pool.acquire_nowait()
    pool.release_nowait(waiting)
    pool.clear()
    assert waiting.is_closed
    assert not lent.is_closed
    pool.release_nowait(lent)
    assert pool.stats() == PoolStats(created=2, reused=0, dropped=1, idle=1, in_use=0)


def test_a_return_that_finds_the_pool_full_only_afterwards_makes_room() -> None:
    """Another thread's object comes in between the look and the return: here, from the reset."""
    pool: MemoryPool[Closeable] = MemoryPool(
        Closeable, 1, reset=lambda _item: _return_others(), dispose=Closeable.close
    )
    first, second = pool.acquire_nowait(), pool.acquire_nowait()
    others = [second]

    def _return_others() -> None:
        while others:
            pool.release_nowait(others.pop())

    pool.release_nowait(first)
    assert pool.stats().idle == 1
    assert [first.is_closed, second.is_closed].count(True) == 1


def test_threads_never_share_what_they_were_lent() -> None:
    pool: MemoryPool[dict[str, int]] = MemoryPool(dict, max_size=4)
    together = threading.Barrier(8)
    seen: list[int] = []

    def borrow(number: int) -> None:
        together.wait()
        for _ in range(500):
            with pool.item() as item:
                seen.append(len(item))
                item["number"] = number
                if item["number"] != number:
                    seen.append(-1)

    threads = [threading.Thread(target=borrow, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {0}
    assert pool.stats().in_use == 0
    assert pool.stats().idle <= 4


@settings(max_examples=100, deadline=None)
@given(
    max_size=st.integers(0, 4),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 7)), max_size=40),
)
def test_a_pool_agrees_with_its_model(max_size: int, steps: list[tuple[bool, int]]) -> None:
    """Lent objects are distinct and empty; never more than ``max_size`` wait; counts add up."""
    pool: MemoryPool[list[int]] = MemoryPool(list, max_size)
    lent: list[list[int]] = []
    for is_loan, position in steps:
        if is_loan or not lent:
            item = pool.acquire_nowait()
            assert item == []
            assert all(item is not other for other in lent)
            item.append(position)
            lent.append(item)
        else:
            pool.release_nowait(lent.pop(position % len(lent)))
        stats = pool.stats()
        assert stats.idle <= max_size
        assert stats.in_use == len(lent)
        assert stats.created == stats.idle + stats.in_use + stats.dropped

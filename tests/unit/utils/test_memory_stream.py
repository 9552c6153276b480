"""Streams: every item once, in order, nothing held, others get their turn."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.utils.memory_optimization import StreamingProcessor
from tests.fixtures.peaks import peak_bytes

stream = StreamingProcessor.stream_process


async def asynchronous(items: list[int]) -> AsyncIterator[int]:
    for item in items:
        yield item


@settings(max_examples=50, deadline=None)
@given(items=st.lists(st.integers()), chunk_size=st.integers(1, 10))
def test_every_item_comes_once_and_in_order(items: list[int], chunk_size: int) -> None:
    async def collect() -> list[list[int]]:
        return [
            [item async for item in stream(items, chunk_size)],
            [item async for item in stream(iter(items), chunk_size)],
            [item async for item in stream(asynchronous(items), chunk_size=chunk_size)],
            [item - 1 async for item in stream(items, chunk_size, transform=lambda one: one + 1)],
        ]

    assert asyncio.run(collect()) == [items] * 4


@pytest.mark.anyio
async def test_items_can_be_transformed_by_a_coroutine_function() -> None:
    async def double(item: int) -> int:
        await asyncio.sleep(0)
        return item * 2

    assert [item async for item in stream([1, 2, 3], transform=double)] == [2, 4, 6]


@pytest.mark.anyio
@pytest.mark.parametrize("is_async", [False, True])
async def test_others_get_their_turn_after_each_chunk(*, is_async: bool) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.ensure_future(other())
    items = list(range(95))
    async for _ in stream(asynchronous(items) if is_async else items, chunk_size=10):
        pass
    running.cancel()
    assert turns == 9


class Closing:
    """A source of each kind that notes that it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def plain(self) -> Iterator[int]:
        try:
            yield from range(1_000)
        finally:
            self.is_closed = True

    async def asynchronous(self) -> AsyncIterator[int]:
        try:
            for number in range(1_000):
                yield number
        finally:
            self.is_closed = True

    def source(self, *, is_async: bool) -> Iterator[int] | AsyncIterator[int]:
        return self.asynchronous() if is_async else self.plain()


@pytest.mark.anyio
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("is_transformed", [False, True])
async def test_a_generator_is_closed_when_its_stream_is(
    *, is_async: bool, is_transformed: bool
) -> None:
    closing = Closing()
    source = closing.source(is_async=is_async)
    items = stream(source, transform=str) if is_transformed else stream(source)
    async with aclosing(items):
        async for _ in items:
            break
    assert closing.is_closed


@pytest.mark.anyio
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_generator_is_closed_soon_after_a_break(*, is_async: bool) -> None:
    closing = Closing()
    source = closing.source(is_async=is_async)
    async for _ in stream(source):
        break
    for _turn in range(3):
        await asyncio.sleep(0)
    assert closing.is_closed


@pytest.mark.anyio
async def test_a_generator_is_closed_when_a_transform_fails() -> None:
    closing = Closing()

    def fail(_item: int) -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - its kind is the matter
        async for _ in stream(closing.plain(), transform=fail):
            pass
    assert closing.is_closed


@pytest.mark.anyio
async def test_a_file_stays_open() -> None:
    file = io.StringIO("one\ntwo\nthree\n")
    items = stream(file)
    async with aclosing(items):
        assert await anext(items) == "one\n"
    assert file.readline() == "two\n"


@pytest.mark.anyio
async def test_what_is_no_generator_needs_no_closing() -> None:
    class Countdown:
        left = 3

        def __aiter__(self) -> AsyncIterator[int]:
            return self

        async def __anext__(self) -> int:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    assert [item async for item in stream(Countdown())] == [2, 1, 0]


def test_a_chunk_has_at_least_one_item() -> None:
    with pytest.raises(ValueError, match="chunk_size is 1 or more, not 0"):
        stream([], chunk_size=0)


def test_what_cannot_be_iterated_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="cannot stream int"):
        stream(7)  # type: ignore[call-overload]  # a caller's mistake


@pytest.mark.anyio
async def test_memory_does_not_grow_with_the_number_of_items() -> None:
    async def peak_of(count: int) -> int:
        return await peak_bytes(lambda: stream((bytes(1_000) for _ in range(count)), chunk_size=50))

    few, many = await peak_of(500), await peak_of(5_000)
    assert many < few + 2_000

"""Whole results as streams: the same bytes as a page, in memory that does not grow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.stations.answers import begun, stream_body
from app.stations.cards import Found, Volatile, render
from app.stations.criteria import Criteria
from app.stations.draft import StationContent
from app.web.formats import Form
from tests.fixtures.peaks import peak_bytes

pytestmark = pytest.mark.anyio

_BATCH = 50


def found(number: int) -> Found:
    body = render(
        StationContent(
            key=str(number), latitude=45.7, longitude=4.8, licence="etalab-2.0", attribution="x",
            name="Gare, quai 2", city="Lyon", country="FR",
        ),
        public_id=f"irve:{number}",
        source="irve",
        updated_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
        is_synthetic=False,
    )  # fmt: skip
    return Found(number, body, Volatile(None, None), None, None)


async def batches(count: int) -> AsyncIterator[list[Found]]:
    for first in range(0, count, _BATCH):
        yield [found(number) for number in range(first, min(first + _BATCH, count))]


async def written(form: Form, source: AsyncIterator[list[Found]]) -> bytes:
    return b"".join([piece async for piece in stream_body(form, source, Criteria())])


async def test_each_form_has_every_station_once() -> None:
    lines = (await written(Form.NDJSON, batches(120))).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"irve:{n}" for n in range(120)]
    rows = (await written(Form.CSV, batches(120))).split(b"\r\n")
    assert rows[0].startswith(b"id,name,")
    assert [row.split(b",")[0] for row in rows[1:-1]] == [b"irve:%d" % n for n in range(120)]
    document = json.loads(await written(Form.GEOJSON, batches(120)))
    assert [one["id"] for one in document["features"]] == [f"irve:{n}" for n in range(120)]


async def test_batches_may_be_empty_and_no_piece_is() -> None:
    async def sparse() -> AsyncIterator[list[Found]]:
        yield []
        yield [found(1)]
        yield []
        yield [found(2)]

    document = json.loads(await written(Form.GEOJSON, sparse()))
    assert [one["id"] for one in document["features"]] == ["irve:1", "irve:2"]
    for form in (Form.GEOJSON, Form.CSV, Form.NDJSON):
        assert all([piece async for piece in stream_body(form, sparse(), Criteria())])


@pytest.mark.parametrize("form", [Form.NDJSON, Form.CSV, Form.GEOJSON])
async def test_ten_times_the_stations_need_no_more_memory(form: Form) -> None:
    async def peak_of(count: int) -> int:
        return await peak_bytes(lambda: stream_body(form, batches(count), Criteria()))

    few, many = await peak_of(400), await peak_of(4_000)
    assert many < few * 1.1


async def test_others_have_their_turn_between_two_batches() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.ensure_future(other())
    await written(Form.NDJSON, batches(_BATCH * 10))
    running.cancel()
    assert turns >= 9


async def test_the_search_ends_with_the_stream_of_its_result() -> None:
    is_closed = False

    async def source() -> AsyncIterator[list[Found]]:
        nonlocal is_closed
        try:
            yield [found(1)]
            yield [found(2)]
        finally:
            is_closed = True

    pieces = stream_body(Form.NDJSON, await begun(source()), Criteria())
    async for _ in pieces:
        break
    await pieces.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert is_closed

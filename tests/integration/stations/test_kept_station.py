"""A station's document is read once for all who ask, until a change is known."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

import pytest

from app.db.dialects.base import CatalogueReader
from app.importers.feeds.demo import synthetic_stations
from app.stations import catalog
from app.stations.errors import StationNotFound
from app.utils.caching import TestClock, testing
from tests.fixtures.catalogue import Catalogue, open_catalogue

pytestmark = pytest.mark.anyio

FIRST = "demo:1-0"


class CountingReader:
    """The catalogue's reader; counts its statements."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._reader = catalogue.reader
        self.statements = 0

    async def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.statements += 1
        return await self._reader.fetch_all(sql, parameters)


@pytest.fixture
def clock() -> Iterator[TestClock]:
    with testing() as moved_by_hand:
        yield moved_by_hand


@pytest.fixture
async def reader(
    catalogue_url: str, clock: TestClock, anyio_backend: str
) -> AsyncIterator[CountingReader]:
    async with open_catalogue(catalogue_url) as opened:
        await opened.store(list(synthetic_stations(3, seed=1)), source="demo")
        yield CountingReader(opened)


async def ask(reader: CountingReader, seq: int, station_id: str = FIRST) -> catalog.WholeStation:
    return await catalog.kept_station(
        cast("CatalogueReader", reader),
        station_id,
        as_of=("this catalogue", seq),
        status_max_age_s=3600,
    )


async def test_whoever_asks_again_costs_no_statement(reader: CountingReader) -> None:
    first = await ask(reader, 1)
    asked = reader.statements
    assert asked == 4
    assert await ask(reader, 1) == first
    assert reader.statements == asked


async def test_a_known_change_or_some_seconds_have_it_read_again(
    reader: CountingReader, clock: TestClock
) -> None:
    await ask(reader, 1)
    await ask(reader, 2)
    assert reader.statements == 8
    clock.advance(catalog.KEPT_S + 1)
    await ask(reader, 2)
    assert reader.statements == 12


async def test_what_is_not_there_is_looked_for_each_time(reader: CountingReader) -> None:
    for _ in range(2):
        with pytest.raises(StationNotFound):
            await ask(reader, 1, "demo:nowhere")
    assert reader.statements == 2

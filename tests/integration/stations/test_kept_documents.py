"""Reference data is counted once, until a station changes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.importers.feeds.demo import synthetic_stations
from app.stations.index.build import open_index
from app.stations.index.feed import Follower
from app.stations.search import StationSearch
from app.utils import metrics
from tests.fixtures.catalogue import Catalogue, open_catalogue

pytestmark = pytest.mark.anyio

FEW, MORE = 20, 25


@pytest.fixture
async def catalogue(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Catalogue]:
    async with open_catalogue(catalogue_url) as opened:
        await opened.store(list(synthetic_stations(FEW, seed=1)))
        yield opened


async def test_a_document_is_made_anew_when_a_station_came(catalogue: Catalogue) -> None:
    index = await open_index(catalogue.reader, None, status_max_age_s=3600)
    search, follower = StationSearch(index, catalogue.reader), Follower(index, catalogue.reader)
    await follower.poll()
    made: list[int] = []

    def document() -> bytes:
        made.append(index.station_count)
        return b"%d" % index.station_count

    assert [search.documents.kept("all", document) for _ in range(3)] == [b"20"] * 3
    assert made == [FEW]
    assert list(search.count_feeds().values()) == [FEW]
    await catalogue.store(list(synthetic_stations(MORE, seed=1)))
    await follower.poll()
    assert search.documents.kept("all", document) == b"25"
    assert search.documents.kept("other", document) == b"25"
    assert made == [FEW, MORE, MORE]
    assert list(search.count_feeds().values()) == [MORE]


async def test_a_status_alone_makes_no_document_anew(catalogue: Catalogue) -> None:
    index = await open_index(catalogue.reader, None, status_max_age_s=3600)
    follower = Follower(index, catalogue.reader)
    await follower.poll()
    before = index.revision
    await catalogue.change(
        1,
        "UPDATE evse SET status = 'CHARGING', status_updated_at = 1000 WHERE station_id = :id",
        kind="status",
    )
    await follower.poll()
    assert index.revision == before
    await catalogue.change(1, "UPDATE station SET name = 'New' WHERE id = :id")
    await follower.poll()
    assert index.revision > before


async def test_an_index_that_was_rebuilt_has_other_documents(catalogue: Catalogue) -> None:
    index = await open_index(catalogue.reader, None, status_max_age_s=3600)
    follower = Follower(index, catalogue.reader)
    before = index.revision
    await follower.rebuild()
    assert index.revision > before


async def test_what_goes_over_the_whole_catalogue_is_timed(catalogue: Catalogue) -> None:
    index = await open_index(catalogue.reader, None, status_max_age_s=3600)
    search, follower = StationSearch(index, catalogue.reader), Follower(index, catalogue.reader)
    with metrics.testing() as changed:
        search.count_operators()
        search.count_connectors()
        await follower.rebuild()
        for operation in ("count_operators", "count_connectors", "rebuild"):
            assert changed("operation_duration_count", operation=operation) == 1

"""The index follows what is committed, keeps what it built, and never trusts what is damaged."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from app.geo.point import Point
from app.stations.cards import Volatile, as_json
from app.stations.criteria import Criteria, Filters, Near, Sort
from app.stations.draft import (
    ConnectorDraft,
    EvseDraft,
    StationContent,
    StationDraft,
    StatusDraft,
)
from app.stations.index import StationIndex, build, feed, open_index, overlay, segment
from app.stations.index.columns import NEVER
from app.stations.index.feed import Follower
from app.stations.search import StationSearch
from app.stations.vocabulary import ConnectorStandard, EvseStatus
from tests.fixtures.catalogue import NOW, Catalogue, open_catalogue

pytestmark = pytest.mark.anyio

MAX_AGE_S = 3600
PARIS = Point(48.85, 2.35)
AVAILABLE = Criteria(None, Filters(is_available=True))


def station(
    key: str, latitude: float = 48.85, *, name: str | None = None, free: bool | None = None
) -> StationDraft:
    statuses: tuple[StatusDraft, ...] = ()
    if free is not None:
        status = EvseStatus.AVAILABLE if free else EvseStatus.CHARGING
        statuses = (StatusDraft("1", status, NOW - timedelta(minutes=1)),)
    return StationDraft(
        StationContent(
            key=key,
            latitude=latitude,
            longitude=2.35,
            licence="CC0-1.0",
            attribution="nobody",
            name=name,
            operator=f"Operator {key}",
            evses=(
                EvseDraft(
                    uid="1",
                    connectors=(ConnectorDraft(ConnectorStandard.CHADEMO, max_power_w=50_000),),
                ),
            ),
        ),
        statuses=statuses,
    )


@dataclass
class Clock:
    """The time that the test says it is."""

    now_s: float = NOW.timestamp()

    def __call__(self) -> float:
        return self.now_s


async def opened(
    catalogue: Catalogue, directory: Path | None = None, clock: Clock | None = None
) -> tuple[StationSearch, Follower, StationIndex]:
    index = await open_index(
        catalogue.reader, directory, status_max_age_s=MAX_AGE_S, clock=clock or Clock()
    )
    follower = Follower(index, catalogue.reader)
    await follower.poll()
    return StationSearch(index, catalogue.reader), follower, index


async def ids(search: StationSearch, criteria: Criteria = Criteria()) -> list[int]:  # noqa: B008 - frozen
    return [one.station_id for one in (await search.page(criteria)).found]


async def test_new_moved_changed_and_gone_stations_are_followed(catalogue: Catalogue) -> None:
    one, two = await catalogue.store([station("one"), station("two")])
    search, follower, _ = await opened(catalogue)
    assert await ids(search) == [one, two]

    (three,) = await catalogue.store([station("three", name="Zoo")])
    await catalogue.store([station("one", 60.0)])
    await follower.poll()
    assert await ids(search) == [one, two, three]
    assert await ids(search, Criteria(Near(PARIS, 10))) == [two, three]
    assert await ids(search, Criteria(sort=Sort.NAME)) == [three, one, two]
    assert await ids(search, Criteria(None, Filters(operators=frozenset({"OPERATOR THREE"})))) == [
        three
    ]

    await catalogue.change(two, "UPDATE station SET gone_at = 1 WHERE id = :id")
    await catalogue.change(three, "UPDATE station SET is_shown = false WHERE id = :id")
    await follower.poll()
    assert await ids(search) == [one]
    assert await ids(search, Criteria(None, Filters(source="alpha"))) == [one, three]

    await catalogue.change(two, "UPDATE station SET gone_at = NULL WHERE id = :id")
    await follower.poll()
    assert await ids(search) == [one, two]
    assert follower.station_count == 3


async def test_open_at_asks_the_hours_of_the_place(catalogue: Catalogue) -> None:
    plain = station("plain")
    by_day = msgspec.structs.replace(
        plain,
        content=msgspec.structs.replace(
            plain.content, key="day", opening_hours="Mo-Su 08:00-20:00", country="FR"
        ),
    )
    always = msgspec.structs.replace(
        plain, content=msgspec.structs.replace(plain.content, key="always", open_24_7=True)
    )
    _, day_id, always_id = await catalogue.store([plain, by_day, always])
    search, _, _ = await opened(catalogue)
    at_noon = Criteria(None, Filters(open_at=NOW))
    at_night = Criteria(None, Filters(open_at=NOW.replace(hour=23)))
    assert await ids(search, at_noon) == [day_id, always_id]
    assert await ids(search, at_night) == [always_id]


async def test_a_new_source_is_learnt(catalogue: Catalogue) -> None:
    await catalogue.store([station("one")])
    search, follower, _ = await opened(catalogue)
    (other,) = await catalogue.store([station("one")], source="beta")
    await follower.poll()
    assert await ids(search, Criteria(None, Filters(source="beta"))) == [other]


async def test_a_running_follower_sees_another_processs_commit(catalogue: Catalogue) -> None:
    await catalogue.store([station("one")])
    index = await open_index(catalogue.reader, None, status_max_age_s=MAX_AGE_S)
    seen = asyncio.Event()
    follower = Follower(index, catalogue.reader, on_change=lambda _: seen.set())
    async with follower:
        seen.clear()
        await catalogue.store([station("two")])
        await asyncio.wait_for(seen.wait(), timeout=5)
        assert index.station_count == 2
        assert follower.fault is None
        assert follower.lag_s < 5


async def test_a_status_is_patched_in_place_and_runs_out(catalogue: Catalogue) -> None:
    clock = Clock()
    (one,) = await catalogue.store([station("one", free=False)])
    search, follower, index = await opened(catalogue, clock=clock)
    assert await ids(search, AVAILABLE) == []

    await catalogue.store([station("one", free=True)])
    await catalogue.change(
        one,
        "UPDATE evse SET status = 'AVAILABLE', status_updated_at = 1780315200000"
        " WHERE station_id = :id",
        kind="status",
    )
    await follower.poll()
    assert await ids(search, AVAILABLE) == [one]
    assert len(index.tiers) == 1
    chademo = Filters(is_available=True, connectors=frozenset({ConnectorStandard.CHADEMO}))
    assert await ids(search, Criteria(None, chademo)) == [one]
    found = (await search.page(Criteria())).found[0]
    assert json.loads(as_json(found))["status_updated_at"] == "2026-06-01T12:00:00Z"
    assert found.volatile.available_count == 1

    clock.now_s += MAX_AGE_S
    await follower.poll()
    assert await ids(search, AVAILABLE) == [one]
    clock.now_s += 1
    await follower.poll()
    assert await ids(search, AVAILABLE) == []
    found = (await search.page(Criteria())).found[0]
    assert found.volatile == Volatile(None, int(NOW.timestamp()))


async def test_a_saved_segment_is_opened_and_caught_up(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    await catalogue.store([station("one")])
    await opened(catalogue, tmp_path / "index")
    (saved,) = (tmp_path / "index").glob("*/2-*")
    (two,) = await catalogue.store([station("two")])
    marker = saved.stat().st_mtime_ns
    search, _, index = await opened(catalogue, tmp_path / "index")
    assert index.seq == 2
    assert two in await ids(search)
    assert saved.stat().st_mtime_ns == marker
    assert [path.name for path in saved.parent.glob("2-*")] == ["2-1"]


@pytest.mark.parametrize("damage", ["bit", "short", "meta", "schema", "catalogue", "missing"])
async def test_a_damaged_segment_is_rebuilt(
    catalogue: Catalogue, tmp_path: Path, damage: str
) -> None:
    (one,) = await catalogue.store([station("one")])
    await opened(catalogue, tmp_path / "index")
    (saved,) = (tmp_path / "index").glob("*/2-*")
    columns, meta = saved / "columns.bin", saved / "meta.json"
    content = columns.read_bytes()
    known = json.loads(meta.read_bytes())
    if damage == "bit":
        columns.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif damage == "short":
        columns.write_bytes(content[:-64])
    elif damage == "meta":
        meta.write_text("{")
    elif damage == "missing":
        columns.unlink()
    else:
        meta.write_text(json.dumps(known | {damage: "other"}))
    search, _, _ = await opened(catalogue, tmp_path / "index")
    assert await ids(search) == [one]
    assert json.loads(meta.read_bytes()) == known


async def test_another_catalogues_segment_is_not_used(catalogue: Catalogue, tmp_path: Path) -> None:
    await catalogue.store([station("one"), station("two")])
    await opened(catalogue, tmp_path / "index")
    async with open_catalogue(tmp_path / "other.db") as other:
        search, _, _ = await opened(other, tmp_path / "index")
        assert await ids(search) == []
    assert len(list((tmp_path / "index").iterdir())) == 2


async def test_only_the_newest_segments_are_kept(catalogue: Catalogue, tmp_path: Path) -> None:
    for number in range(4):
        await catalogue.store([station(str(number))])
        _, follower, _ = await opened(catalogue, tmp_path / "index")
        await follower.rebuild()
    kept = sorted(path.name for path in (tmp_path / "index").glob("*/2-*"))
    assert kept == ["2-3", "2-4"]


async def test_changes_that_are_no_longer_on_record_mean_a_rebuild(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    await catalogue.store([station("one")])
    search, follower, index = await opened(catalogue, tmp_path / "index")
    await catalogue.store([station("two")])
    await catalogue.store([station("three")])
    await catalogue.run("DELETE FROM change WHERE seq < 3")
    await follower.poll()
    assert follower.reload_count == 1
    assert len(await ids(search)) == 3
    assert index.seq == 3
    _, _, reopened = await opened(catalogue, tmp_path / "index")
    assert reopened.station_count == 3


async def test_a_catalogue_that_was_set_back_is_read_anew(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    one, two = await catalogue.store([station("one"), station("two")])
    search, follower, _ = await opened(catalogue, tmp_path / "index")
    await catalogue.run("UPDATE station SET gone_at = 1 WHERE id = 2")
    await catalogue.run("DELETE FROM change WHERE seq = 2")
    assert (one, two) == (1, 2)
    await follower.poll()
    assert await ids(search) == [one]
    assert [path.name for path in (tmp_path / "index").glob("*/2-*")] == ["2-1"]


@pytest.fixture
def _folds_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "MIN_FOLD", 2)
    monkeypatch.setattr(overlay, "FOLD_SHARE", 1)


@pytest.mark.usefixtures("_folds_soon")
async def test_many_changes_are_folded_in_beside_the_searches(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    await catalogue.store([station("one")])
    search, follower, index = await opened(catalogue, tmp_path / "index")
    await catalogue.store([station(str(number)) for number in range(5)])
    await follower.poll()
    assert index.changed_count == 5
    (late,) = await catalogue.store([station("late")])
    async with asyncio.timeout(30):
        while index.changed_count > 1:
            await follower.poll()
            await asyncio.sleep(0)
    assert len(await ids(search)) == 7
    assert late in await ids(search)


async def test_far_behind_means_a_rebuild(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "TOO_FAR_BEHIND", 2)
    await catalogue.store([station("one")])
    search, follower, index = await opened(catalogue)
    await catalogue.store([station(str(number)) for number in range(5)])
    await follower.poll()
    assert len(index.tiers) == 1
    assert len(await ids(search)) == 6


async def test_a_large_catalogue_is_built_in_a_process_of_its_own(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "LARGE", 0)
    await catalogue.store([station("one", name="Été")])
    search, _, _ = await opened(catalogue, tmp_path / "index")
    assert len(await ids(search)) == 1


async def test_a_follower_says_why_it_cannot_follow(catalogue: Catalogue) -> None:
    await catalogue.store([station("one")])
    _, follower, _ = await opened(catalogue)
    await catalogue.reader.close()
    task = asyncio.create_task(follower.run())
    while follower.fault is None:  # noqa: ASYNC110 - a follower announces no failures
        await asyncio.sleep(0)
    task.cancel()
    assert "closed" in follower.fault


async def test_a_changed_card_is_served_at_once(catalogue: Catalogue) -> None:
    await catalogue.store([station("one")])
    search, _, _ = await opened(catalogue)
    await catalogue.store([station("one", name="New")])
    (found,) = (await search.page(Criteria())).found
    assert json.loads(as_json(found))["name"] == "New"


async def test_a_station_without_a_card_is_left_out(catalogue: Catalogue) -> None:
    _, two = await catalogue.store([station("one"), station("two", 60.0)])
    search, _, _ = await opened(catalogue)
    await catalogue.run("DELETE FROM card WHERE station_id = 1")
    assert await ids(search) == [two]


async def test_an_index_that_cannot_be_saved_is_kept_in_memory(
    catalogue: Catalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (one,) = await catalogue.store([station("one")])
    (tmp_path / "file").write_text("no directory")
    search, _, _ = await opened(catalogue, tmp_path / "file")
    assert await ids(search) == [one]
    assert "cannot be saved" in caplog.text


async def test_reports_of_stations_that_went_run_out_once(catalogue: Catalogue) -> None:
    clock = Clock()
    (one,) = await catalogue.store([station("one", free=True)])
    _, follower, index = await opened(catalogue, clock=clock)
    await catalogue.change(one, "UPDATE station SET gone_at = 1 WHERE id = :id")
    await follower.poll()
    clock.now_s += 2 * MAX_AGE_S
    await follower.poll()
    assert index.tiers[0].fresh_until.tolist() == [NEVER]


async def test_segments_saved_twice_replace_each_other(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    await catalogue.store([station("one")])
    read = await build.read_segment(
        catalogue.reader, status_max_age_s=MAX_AGE_S, now_s=NOW.timestamp()
    )
    for _ in range(2):
        path = segment.save(tmp_path, "uuid", read)
    assert sorted(file.name for file in path.iterdir()) == ["columns.bin", "meta.json"]
    reopened = segment.open_newest(tmp_path, "uuid", between=(0, 9))
    assert reopened is not None
    assert reopened.columns.ids.tolist() == read.columns.ids.tolist()

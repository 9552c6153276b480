"""Whole imports into a real catalogue: every row accounted for, repeatable, careful."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.db.base import Base
from app.db.engine import Database, open_database
from app.importers import grouping, reader
from app.importers.errors import (
    FeedNameRefused,
    FormatNotRecognised,
    ImportBusy,
    LayoutNotUnderstood,
    SourceUnreadable,
)
from app.importers.fetch import locate
from app.importers.options import Options, RejectBound
from app.importers.report import Report
from app.importers.row import RejectedRow
from app.importers.run import import_feed
from app.importers.sink import DrySink, StoringSink
from app.stations.models import Card, Change, Evse, ImportRun, Reject, Station, UnknownWord
from tests.fixtures.small_feed import HEADER, SmallFeed

pytestmark = pytest.mark.anyio

TWO_STATIONS = ["A,1,Alpha,48.1,2.1,22,5,", "B,1,Beta,48.2,2.2,50,5,", "A,2,Alpha,48.1,2.1,11,6,"]


@pytest.fixture
async def database(catalogue_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    opened = open_database(catalogue_url)
    yield opened
    async with opened.writes.begin() as session:
        assert await opened.dialect.find_damage(session) == []
        assert await session.scalar(select(func.count(Card.station_id))) == await session.scalar(
            select(func.count(Station.id))
        )
    await opened.close()


class Importer:
    """Imports lines of a table into one database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.path = folder / "table.csv"
        self.rejects: list[RejectedRow] = []

    async def __call__(
        self, lines: list[str], options: Options | None = None, *, groups_rows: bool = True
    ) -> Report:
        self.path.write_text("\n".join([HEADER, *lines, ""]))
        report = await import_feed(
            self.database,
            locate(str(self.path)),
            SmallFeed(groups_rows=groups_rows),
            options,
            on_reject=self.rejects.append,
        )
        assert report.rows_read == len(lines)
        assert sum(report.reasons.values()) == (
            report.outcomes["skipped"] + report.outcomes["rejected"]
        )
        return report


@pytest.fixture
def importing(database: Database, tmp_path: Path) -> Importer:
    return Importer(database, tmp_path)


def outcomes(report: Report) -> dict[str, int]:
    return {name: count for name, count in report.outcomes.items() if count}


COMPLETE = Options(claims_complete=True)


async def test_a_first_import_stores_and_merges(importing: Importer) -> None:
    report = await importing(TWO_STATIONS)
    assert outcomes(report) == {"stored": 2, "merged": 1}
    assert (report.stations_new, report.stations_total, report.evses_total) == (2, 2, 3)
    assert (report.state, report.is_complete) == ("done", False)
    assert "--complete" in report.notes.remarks["complete"]


async def test_a_second_import_changes_nothing(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    for lines in (TWO_STATIONS, list(reversed(TWO_STATIONS))):
        report = await importing(lines)
        assert outcomes(report) == {"unchanged": 3}
        assert report.stations_unchanged == 2


async def test_equal_content_moves_no_time_and_no_version(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    async with importing.database.reads() as session:
        before = (await session.execute(select(Station.__table__))).all()
        last_change = await session.scalar(select(func.max(Change.seq)))
    newer = [line.replace(",5,", ",9,").replace(",6,", ",9,") for line in TWO_STATIONS]
    assert outcomes(await importing(newer)) == {"unchanged": 3}
    async with importing.database.reads() as session:
        assert (await session.execute(select(Station.__table__))).all() == before
        assert await session.scalar(select(func.max(Change.seq))) == last_change


async def test_rows_of_a_changed_station_are_told_apart(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    edited = [
        "A,1,Alpha,48.1,2.1,22,5,",
        "A,2,Alpha,48.1,2.1,43,6,",
        "A,3,Alpha,48.1,2.1,7,6,",
        "B,1,Beta,48.2,2.2,50,5,",
    ]
    report = await importing(edited)
    assert outcomes(report) == {"unchanged": 2, "changed": 1, "merged": 1}
    assert (report.stations_changed, report.evses_total) == (1, 4)
    async with importing.database.reads() as session:
        station = (await session.scalars(select(Station).where(Station.key == "A"))).one()
        card = await session.get_one(Card, station.id)
    assert (station.evse_count, station.max_power_w, station.card_version) == (3, 43_000, 2)
    assert card.version == 2
    assert b'"max_power_kw":43.0' in card.body


async def test_a_bay_that_is_gone_changes_its_station(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    fewer = TWO_STATIONS[:2]
    assert outcomes(await importing(fewer)) == {"skipped": 1, "unchanged": 1}
    dry = await importing(fewer, Options(claims_complete=True, is_dry_run=True))
    assert outcomes(dry) == {"changed": 1, "unchanged": 1}
    assert outcomes(await importing(fewer, COMPLETE)) == {"changed": 1, "unchanged": 1}
    older = ["A,1,Renamed,48.1,2.1,33,1,", *fewer[1:]]
    assert outcomes(await importing(older, COMPLETE)) == {"skipped": 1, "unchanged": 1}
    async with importing.database.reads() as session:
        assert await session.scalar(select(func.count(Evse.id))) == 2


async def test_bays_keep_their_row_ids(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    ids = select(Evse.uid, Evse.id).join(Station).where(Station.key == "A").order_by(Evse.uid)
    async with importing.database.reads() as session:
        before = (await session.execute(ids)).all()
    await importing(["A,2,Renamed,48.1,2.1,99,7,", "A,1,Renamed,48.1,2.1,22,7,"])
    async with importing.database.reads() as session:
        assert (await session.execute(ids)).all() == before


async def test_repeated_rows_are_merged_once_and_unchanged_later(importing: Importer) -> None:
    twice = [TWO_STATIONS[0], TWO_STATIONS[1], TWO_STATIONS[0]]
    for groups_rows in (True, False):
        report = await importing(
            twice, Options(feed_name=f"grouped-{groups_rows}"), groups_rows=groups_rows
        )
        assert outcomes(report) == {"stored": 2, "merged": 1}
        report = await importing(
            twice, Options(feed_name=f"grouped-{groups_rows}"), groups_rows=groups_rows
        )
        assert outcomes(report) == {"unchanged": 3}


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [("5", "6", "second"), ("6", "5", "first"), ("5", "5", "second"), ("", "5", "second")],
)
async def test_of_contradicting_rows_the_newest_wins(
    importing: Importer, first: str, second: str, winner: str
) -> None:
    lines = [f"A,1,first,48.1,2.1,22,{first},", f"A,1,second,48.1,2.1,22,{second},"]
    report = await importing(lines, groups_rows=False)
    assert outcomes(report) == {"stored": 1, "merged": 1}
    assert report.notes.flags["key-repeated"] == 1
    async with importing.database.reads() as session:
        assert await session.scalar(select(Station.name)) == winner


async def test_what_is_older_than_stored_is_skipped(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    older = ["A,1,Old name,48.1,2.1,22,1,", "A,2,Old name,48.1,2.1,22,2,"]
    report = await importing(older)
    assert outcomes(report) == {"skipped": 2}
    assert report.reasons == {"older-than-stored": 2}
    undated = await importing(["B,1,New name,48.2,2.2,50,,"])
    assert outcomes(undated) == {"changed": 1}


async def test_rules_and_faults_are_counted_and_kept(importing: Importer) -> None:
    lines = [
        "A,1,skip,48.1,2.1,22,5,",
        "B,1,reject,48.1,2.1,22,5,",
        "C,1,crash,48.1,2.1,22,5,",
        "D,1,Island,0,0,22,5,",
        "E,1,Gamma,48.1,2.1,,5,",
    ]
    report = await importing(lines, Options(bound=RejectBound(rows=3)))
    assert outcomes(report) == {"skipped": 1, "rejected": 3, "stored": 1}
    assert report.reasons == {
        "not-for-cars": 1,
        "no-coordinates": 1,
        "unreadable-row": 1,
        "null-island": 1,
    }
    assert importing.rejects[1] == RejectedRow(
        3, "unreadable-row", "ZeroDivisionError: by this row", lines[2] + "\n"
    )
    async with importing.database.reads() as session:
        kept = (await session.scalars(select(Reject).order_by(Reject.row_number))).all()
        word = (await session.scalars(select(UnknownWord))).one()
        ledger_row = (await session.scalars(select(ImportRun))).one()
    assert [(row.row_number, row.reason, row.raw) for row in kept] == [
        (reject.row_number, reject.reason, reject.raw) for reject in importing.rejects
    ]
    assert (word.kind, word.word, word.occurrences) == ("connector", "plug of nobody", 1)
    assert json.loads(ledger_row.counts)["reasons"] == report.reasons
    assert (ledger_row.state, ledger_row.rows_read) == ("done", 5)
    again = await importing([*lines, "F,1,Delta,48.1,2.1,,5,"])
    assert again.notes.unknown_words["connector"] == {"plug of nobody": 2}
    async with importing.database.reads() as session:
        assert (await session.scalars(select(UnknownWord.occurrences))).one() == 2


async def test_a_flood_of_rejects_is_kept_wholly(importing: Importer) -> None:
    await importing([f"B,{number},reject,1,1,1,1," for number in range(1_300)])
    async with importing.database.reads() as session:
        assert await session.scalar(select(func.count(Reject.id))) == 1_300


async def test_only_a_complete_pull_marks_stations_gone(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    report = await importing(TWO_STATIONS[:1])
    assert (report.stations_gone, report.stations_total) == (0, 2)
    report = await importing([TWO_STATIONS[0], TWO_STATIONS[2]], COMPLETE)
    assert (report.is_complete, report.stations_gone, report.stations_total) == (True, 1, 1)
    assert "complete" not in report.notes.remarks
    async with importing.database.reads() as session:
        gone = (await session.scalars(select(Station).where(Station.gone_at.is_not(None)))).one()
    assert gone.key == "B"
    report = await importing(TWO_STATIONS, COMPLETE)
    assert outcomes(report) == {"unchanged": 2, "changed": 1}
    assert (report.stations_returned, report.stations_total) == (1, 2)
    async with importing.database.reads() as session:
        back = (await session.scalars(select(Station).where(Station.key == "B"))).one()
        kinds = (await session.scalars(select(Change.kind).order_by(Change.seq.desc()))).all()
    assert (back.id, back.updated_at, back.card_version) == (gone.id, gone.updated_at, 1)
    assert set(kinds) == {"station"}


async def test_a_pull_with_too_many_rejects_or_no_rows_is_not_complete(
    importing: Importer,
) -> None:
    await importing(TWO_STATIONS)
    report = await importing(["B,1,reject,1,1,1,1,", TWO_STATIONS[0]], COMPLETE)
    assert "too many" in report.notes.remarks["complete"]
    report = await importing([], COMPLETE)
    assert "no rows" in report.notes.remarks["complete"]
    assert report.stations_total == 2


async def test_statuses_apply_only_when_newer_and_change_no_content(importing: Importer) -> None:
    line = "A,1,Alpha,48.1,2.1,22,{},{}"

    async def status() -> tuple[str | None, int]:
        async with importing.database.reads() as session:
            evse = (await session.scalars(select(Evse))).one()
        return evse.status, evse.status_updated_at.day if evse.status_updated_at else 0

    await importing([line.format(5, "AVAILABLE")])
    assert await status() == ("AVAILABLE", 5)
    report = await importing([line.format(7, "CHARGING")])
    assert (outcomes(report), report.statuses_applied) == ({"unchanged": 1}, 1)
    assert await status() == ("CHARGING", 7)
    report = await importing([line.format(6, "AVAILABLE")])
    assert report.statuses_applied == 0
    assert await status() == ("CHARGING", 7)
    report = await importing([line.format("", "AVAILABLE")])
    assert report.statuses_applied == 0
    async with importing.database.reads() as session:
        changes = (await session.execute(select(Change.kind, Change.version))).all()
    assert [tuple(change) for change in changes] == [("station", 1), ("status", 1)]


async def test_a_status_without_a_date_stands_until_one_has_a_date(importing: Importer) -> None:
    line = "A,1,Alpha,48.1,2.1,22,{},{}"
    await importing([line.format("", "AVAILABLE")])
    assert (await importing([line.format("", "AVAILABLE")])).statuses_applied == 0
    assert (await importing([line.format("", "CHARGING")])).statuses_applied == 1
    assert (await importing([line.format(3, "CHARGING")])).statuses_applied == 1


async def everything(database: Database) -> list[object]:
    """All rows of all tables."""
    async with database.reads() as session:
        return [
            (await session.execute(select(table).order_by(*table.primary_key))).all()
            for table in Base.metadata.sorted_tables
        ]


async def test_a_dry_run_reports_the_same_and_writes_nothing(importing: Importer) -> None:
    await importing([*TWO_STATIONS, "C,1,Gamma,48.3,2.3,22,5,"])
    await importing(TWO_STATIONS, COMPLETE)
    edited = ["A,1,Alpha,48.1,2.1,33,7,", "C,1,Gamma,48.3,2.3,22,5,", "D,1,Delta,48,2,1,,"]
    before = await everything(importing.database)
    dry = await importing(edited, Options(claims_complete=True, is_dry_run=True))
    assert await everything(importing.database) == before
    wet = await importing(edited, COMPLETE)
    same = {"dry_run": None, "seconds": None, "evses_total": None}
    assert dry.as_json() | same == wet.as_json() | same
    assert (dry.stations_gone, dry.stations_returned, dry.stations_new) == (1, 1, 1)


async def test_a_dry_run_needs_no_database(importing: Importer) -> None:
    importing.database = None  # type: ignore[assignment]  # as the command does
    report = await importing([*TWO_STATIONS, "A,9,reject,1,1,1,1,"], Options(is_dry_run=True))
    assert outcomes(report) == {"stored": 2, "merged": 1, "rejected": 1}
    assert report.stations_total == 2
    with pytest.raises(ValueError, match="dry run"):
        await importing(TWO_STATIONS)


async def test_a_dry_run_of_a_new_feed_finds_all_new(importing: Importer) -> None:
    report = await importing(TWO_STATIONS, Options(is_dry_run=True, claims_complete=True))
    assert (report.stations_new, report.stations_gone, report.stations_total) == (2, 0, 2)


async def test_feeds_of_a_source_do_not_mix(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    report = await importing(TWO_STATIONS, Options(feed_name="other", claims_complete=True))
    assert outcomes(report) == {"stored": 2, "merged": 1}
    assert report.stations_gone == 0
    async with importing.database.reads() as session:
        ids = (await session.scalars(select(Station.public_id).order_by(Station.id))).all()
    assert ids == ["small:A", "small:B", "small:other:A", "small:other:B"]


@pytest.mark.parametrize("name", ["", "a b", "é", "x" * 65, "../x"])
async def test_a_feed_has_a_plain_name(importing: Importer, name: str) -> None:
    with pytest.raises(FeedNameRefused):
        await importing(TWO_STATIONS, Options(feed_name=name))


async def test_two_imports_of_a_feed_do_not_run_at_once(importing: Importer) -> None:
    async with importing.database.dialect.exclusive("import small small"):
        with pytest.raises(ImportBusy, match="wait until it is done"):
            await importing(TWO_STATIONS)
        assert (await importing(TWO_STATIONS, Options(feed_name="other"))).stations_new == 2


async def test_a_broken_source_stores_nothing_and_says_so(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    importing.path.write_text('[{"key": "A", "uid": 1, "x": 1}, {"broken"')
    with pytest.raises(SourceUnreadable, match="not JSON"):
        await import_feed(importing.database, locate(str(importing.path)), SmallFeed(), COMPLETE)
    assert (await importing(TWO_STATIONS)).stations_unchanged == 2


async def test_a_source_that_breaks_later_fails_its_run(
    importing: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "SAMPLE_ROWS", 1)
    record = json.dumps(dict(zip(HEADER.split(","), ["B", "1", "", 1, 1, 1, "", ""], strict=True)))
    importing.path.write_text(f"[{record}, {record}, oops")
    with pytest.raises(SourceUnreadable, match="after 2 rows"):
        await import_feed(importing.database, locate(str(importing.path)), SmallFeed(), COMPLETE)
    async with importing.database.reads() as session:
        assert (await session.scalars(select(ImportRun.state))).all() == ["failed"]
        assert await session.scalar(select(func.count(Station.id))) == 0


async def test_an_interrupted_run_says_so(
    importing: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(StoringSink, "store", interrupt)
        with pytest.raises(KeyboardInterrupt):
            await importing(TWO_STATIONS)
    with monkeypatch.context() as patched:
        patched.setattr(DrySink, "store", interrupt)
        with pytest.raises(KeyboardInterrupt):
            await importing(TWO_STATIONS, Options(is_dry_run=True))
    async with importing.database.reads() as session:
        assert (await session.scalars(select(ImportRun.state))).all() == ["interrupted"]


async def test_the_next_run_closes_what_a_killed_one_left_open(importing: Importer) -> None:
    await importing(TWO_STATIONS)
    async with importing.database.writes.begin() as session:
        await session.execute(update(ImportRun).values(state="running", finished_at=None))
    await importing(TWO_STATIONS)
    async with importing.database.reads() as session:
        runs = (await session.scalars(select(ImportRun).order_by(ImportRun.id))).all()
    assert [row.state for row in runs] == ["interrupted", "done"]
    assert all(row.finished_at is not None for row in runs)


async def test_an_unknown_layout_and_an_unknown_format_are_refused(importing: Importer) -> None:
    importing.path.write_text("foo,bar,baz\n1,2,3\n")
    with pytest.raises(LayoutNotUnderstood, match="foo, bar, baz"):
        await import_feed(importing.database, locate(str(importing.path)), SmallFeed())
    with pytest.raises(FormatNotRecognised, match="foo"):
        await import_feed(importing.database, locate(str(importing.path)))


async def test_a_placeholder_key_makes_no_giant_station(
    importing: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MAX_GROUP_ROWS", 1_200)
    crowd = [f"n/a,{number},Alpha,48.1,2.1,22,5," for number in range(1_100)]
    report = await importing(crowd)
    assert report.reasons == {"too-many-evses": 1_100}
    report = await importing([*crowd, *crowd])
    assert report.reasons == {"too-many-rows": 2_200}
    assert "more than one station has" in importing.rejects[-1].detail


async def test_chunks_end_at_many_stations(importing: Importer) -> None:
    report = await importing([f"K{number},1,N,48.1,2.1,22,5," for number in range(1_200)])
    assert report.stations_total == 1_200


async def test_progress_is_told(importing: Importer) -> None:
    seen: list[tuple[int, int | None]] = []

    class Watch:
        def reading(self, rows: int, bytes_read: int, size_bytes: int | None) -> None:
            seen.append((bytes_read, size_bytes))

        def storing(self, rows: int, rows_total: int) -> None:
            seen.append((rows, rows_total))

    importing.path.write_text("\n".join([HEADER, *TWO_STATIONS]))
    await import_feed(
        importing.database, locate(str(importing.path)), SmallFeed(), progress=Watch()
    )
    size_bytes = importing.path.stat().st_size
    assert seen == [(size_bytes, size_bytes), (3, 3)]

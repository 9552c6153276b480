"""Whatever a feed holds, the numbers add up, and a second run finds nothing to do."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.engine import Database, open_database
from app.importers.fetch import locate
from app.importers.options import Options
from app.importers.report import Report
from app.importers.run import import_feed
from tests.fixtures.small_feed import HEADER, SmallFeed

rows = st.lists(
    st.builds(
        ",".join,
        st.tuples(
            st.sampled_from("ABCDé"),
            st.sampled_from("1234"),
            st.sampled_from(["x", "y", "skip", "reject", "crash", '"open']),
            st.sampled_from(["48.1", "0", "91"]),
            st.sampled_from(["2.1", "0"]),
            st.sampled_from(["22", "50", ""]),
            st.sampled_from(["", "1", "2", "3"]),
            st.sampled_from(["", "AVAILABLE", "CHARGING"]),
        ),
    ),
    max_size=14,
)


_numbers = count(1)


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has its own feed
)
@given(first=rows, second=rows, groups_rows=st.booleans(), is_whole=st.booleans())
def test_every_row_has_one_outcome(
    catalogue_url: str,
    tmp_path: Path,
    first: list[str],
    second: list[str],
    *,
    groups_rows: bool,
    is_whole: bool,
) -> None:
    options = Options(feed_name=f"f{next(_numbers)}", claims_complete=is_whole)
    feed = SmallFeed(groups_rows=groups_rows)
    asyncio.run(check(catalogue_url, tmp_path, first, second, feed, options))


async def check(
    catalogue_url: str,
    folder: Path,
    first: list[str],
    second: list[str],
    feed: SmallFeed,
    options: Options,
) -> None:
    database = open_database(catalogue_url)
    try:
        await run(database, folder, first, feed, options)
        changed = await run(database, folder, second, feed, options)
        again = await run(database, folder, second, feed, options)
        refused = ("skipped", "rejected")
        assert again.outcomes["unchanged"] == again.rows_read - sum(
            again.outcomes[outcome] for outcome in refused
        )
        assert (again.stations_new, again.stations_changed, again.stations_gone) == (0, 0, 0)
        assert again.stations_total == changed.stations_total
        assert [again.outcomes[outcome] for outcome in refused] == [
            changed.outcomes[outcome] for outcome in refused
        ]
        async with database.writes.begin() as session:
            assert await database.dialect.find_damage(session) == []
    finally:
        await database.close()


async def run(
    database: Database, folder: Path, lines: list[str], feed: SmallFeed, options: Options
) -> Report:
    path = folder / "table.csv"
    path.write_text("\n".join([HEADER, *lines, ""]))
    report = await import_feed(database, locate(str(path)), feed, options)
    assert report.rows_read == len(lines)
    assert sum(report.outcomes.values()) == report.rows_read
    assert sum(report.reasons.values()) == (
        report.outcomes["skipped"] + report.outcomes["rejected"]
    )
    assert report.outcomes["stored"] == report.stations_new
    assert report.outcomes["changed"] >= report.stations_changed
    return report
